"""One seed through the training loop, beside a minimal hand-written PyTorch loop on the same modules, in turns.

Same batches a step, steps and optimiser (fused Adam); the hand-written loop logs nothing, validates nothing and survives
nothing. ``plain`` is its time over ours: 1 means that the loop costs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genbench import Budget, DataSource, DataSpec, Draws, FitContext, Split
from genbench.data.digits import digits
from genbench.training import NeuralModel, Objective
from genbench.training.loop import fit_side_by_side

BATCH_SIZE, LATENT = 128, 8


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


def by_hand(model: SmallVAE, train: Split, steps: int) -> None:
    draws, order = Draws(1), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    step = 0
    while True:
        permutation = torch.randperm(len(train), generator=order)
        for start in range(0, len(train) - BATCH_SIZE + 1, BATCH_SIZE):
            if step == steps:
                return
            chosen = permutation[start : start + BATCH_SIZE]
            loss = model.loss(train.x[chosen], train.y[chosen], draws)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1


def by_loop(model: SmallVAE, train: Split, steps: int) -> None:
    context = FitContext("cpu", Budget(steps * BATCH_SIZE, BATCH_SIZE), 0, Draws(0))
    assert fit_side_by_side([model], train, train, [context]) == [None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = digits(DataSource(()))
    train = dataset.train.to_torch()
    sides: dict[str, Callable[[SmallVAE, Split, int], None]] = {"by hand": by_hand, "loop": by_loop}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.repeats + 1):
        for name, side in sides.items():
            torch.manual_seed(0)
            model = SmallVAE(dataset.spec)
            started = time.perf_counter()
            side(model, train, options.steps)
            if turn:  # the first warms up what only the first call pays for
                times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{1000 * value / options.steps:.3f} ms a step  {name}")
    ratio = round(statistics.median(h / o for h, o in zip(times["by hand"], times["loop"], strict=True)), 3)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} threads, torch {torch.__version__}"
    print(json.dumps({"benchmark": "loop_overhead", "ratios": {"plain": ratio}, "peak_mb": {}, "machine": machine}))


if __name__ == "__main__":
    main()
