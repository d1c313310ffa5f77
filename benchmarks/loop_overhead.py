"""The training loop beside a minimal hand-written PyTorch loop on the same modules, and beside pythae's trainer, in turns.

All train the same variational autoencoder on the same examples, with the same batch size, epochs and optimiser (fused
Adam). The hand-written loop logs nothing, validates nothing and survives nothing. ``plain`` is its time over ours: 1 means
that the loop costs nothing. ``pythae_1`` and ``pythae_8`` are pythae's time for one seed and for eight, one after another,
over ours (Chadebec et al. 2022, Pythae: unifying generative autoencoders in Python). Pythae and the few small packages that
its trainer imports are installed into a folder of their own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genbench import Budget, DataSource, DataSpec, Draws, FitContext, Split
from genbench.data.digits import digits
from genbench.training import NeuralModel, Objective
from genbench.training.loop import fit_side_by_side

BATCH_SIZE, LATENT = 128, 8
EXAMPLES = 1024
"""Whole batches, so that an epoch is as many steps on all sides."""
PYTHAE = ("pythae==0.1.2", "tqdm==4.70.1", "cloudpickle==3.1.2", "imageio==2.38.1")


class SmallVAE(NeuralModel):
    """Gaussian likelihood of unit variance; two hidden layers of 128 each way."""

    def __init__(self, data: DataSpec) -> None:
        super().__init__(data)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(data.dim, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
        self.code = nn.Linear(128, 2 * LATENT)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, data.dim)
        )

    def objectives(self) -> list[Objective]:
        return [Objective("elbo", self.loss)]

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        mean, log_variance = self.code(self.encoder(x)).chunk(2, dim=1)
        z = mean + (log_variance / 2).exp() * draws.normal(len(x), LATENT)
        misfit = (self.decoder(z) - x.flatten(1)).square().sum(1) / 2
        divergence = (log_variance.exp() + mean.square() - 1 - log_variance).sum(1) / 2
        return (misfit + divergence).mean()


def by_hand(models: Sequence[SmallVAE], train: Split, epochs: int) -> None:
    for model in models:
        draws, order = Draws(1), torch.Generator().manual_seed(0)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
        for _ in range(epochs):
            for chosen in torch.randperm(len(train), generator=order).split(BATCH_SIZE):
                loss = model.loss(train.x[chosen], train.y[chosen], draws)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()


def by_loop(models: Sequence[SmallVAE], train: Split, epochs: int) -> None:
    budget = Budget(epochs * len(train), BATCH_SIZE)
    contexts = [FitContext("cpu", budget, seed, Draws(seed)) for seed in range(len(models))]
    with contextlib.redirect_stdout(io.StringIO()):
        assert fit_side_by_side(models, train, train, contexts) == [None] * len(models)


def by_pythae(models: Sequence[SmallVAE], train: Split, epochs: int) -> None:
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    class Encoder(BaseEncoder):
        def __init__(self, model: SmallVAE) -> None:
            super().__init__()
            self.encoder, self.code = model.encoder, model.code

        def forward(self, x: Tensor) -> Any:
            mean, log_variance = self.code(self.encoder(x)).chunk(2, dim=1)
            return ModelOutput(embedding=mean, log_covariance=log_variance)

    class Decoder(BaseDecoder):
        def __init__(self, model: SmallVAE) -> None:
            super().__init__()
            self.decoder = model.decoder

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=self.decoder(z))

    logging.disable(logging.WARNING)
    for seed, model in enumerate(models):
        config = VAEConfig(input_dim=tuple(train.x.shape[1:]), latent_dim=LATENT, reconstruction_loss="mse")
        theirs = VAE(config, encoder=Encoder(model), decoder=Decoder(model))
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            settings = BaseTrainerConfig(
                output_dir=folder,
                num_epochs=epochs,
                per_device_train_batch_size=BATCH_SIZE,
                learning_rate=1e-3,
                optimizer_params={"fused": True},
                seed=seed,
                no_cuda=True,
            )
            BaseTrainer(theirs, BaseDataset(train.x, train.y), training_config=settings).train()


def install_pythae() -> None:
    """Into a folder of its own, without what only its other parts need; what it shares with genbench is genbench's."""
    folder = Path(tempfile.gettempdir()) / ("genbench-" + PYTHAE[0].replace("==", "-"))
    if not (folder / "pythae").is_dir():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *PYTHAE]
        subprocess.run(install, check=True)
    sys.path.append(str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    install_pythae()
    torch.set_num_threads(options.threads)
    dataset = digits(DataSource(()))
    train = dataset.train.to_torch()[:EXAMPLES]
    sides: dict[str, tuple[Callable[[Sequence[SmallVAE], Split, int], None], int]] = {
        "by hand": (by_hand, 1),
        "loop": (by_loop, 1),
        "pythae": (by_pythae, 1),
        "loop, 8 seeds": (by_loop, 8),
        "pythae, 8 seeds": (by_pythae, 8),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.repeats + 1):
        for name, (side, seeds) in sides.items():
            torch.manual_seed(0)
            models = [SmallVAE(dataset.spec) for _ in range(seeds)]
            started = time.perf_counter()
            side(models, train, options.epochs if turn else 2)
            if turn:  # the first warms up what only the first call pays for
                times[name].append(time.perf_counter() - started)
    steps = options.epochs * EXAMPLES // BATCH_SIZE
    for name, values in times.items():
        print(f"{1000 * statistics.median(values) / steps:.3f} ms a step  {name}")

    def ratio(theirs: str, ours: str) -> float:
        return round(statistics.median(t / o for t, o in zip(times[theirs], times[ours], strict=True)), 3)

    ratios = {
        "plain": ratio("by hand", "loop"),
        "pythae_1": ratio("pythae", "loop"),
        "pythae_8": ratio("pythae, 8 seeds", "loop, 8 seeds"),
    }
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} threads, torch {torch.__version__}"
    print(json.dumps({"benchmark": "loop_overhead", "ratios": ratios, "peak_mb": {}, "machine": machine}))


if __name__ == "__main__":
    main()
