"""Several seeds of a model through the training loop at once, beside the same loop taking them one after another, in turns.

Both sides get the same steps, batch size and threads, and everything that the loop does (trial run, tracing, logging) is
timed; a training has as many steps as under the protocol ``quick``. Where the loop itself decides against stacking, both
sides are the same and the ratio is 1 but for noise; the decision is printed. The wider the layers, the more of a step is
arithmetic, which a stack does not spare: ``gan`` has layers of 64, ``gan_128`` those of the defaults. Peak memory is that
of a process of its own, above what it held after the imports.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from genbench import Budget, Dataset, DataSource, Draws, FitContext
from genbench.data.digits import digits
from genbench.data.synthetic import ring8
from genbench.execution.memory import Usage
from genbench.training import NeuralModel
from genbench.training.loop import fit_side_by_side
from genbench_adversarial.dcgan import DCGAN
from genbench_adversarial.gan import GAN
from genbench_adversarial.wgan import WGANGP
from genbench_autoencoders.vae import VAE

BATCH_SIZE = 128
SETTINGS: dict[str, tuple[type[NeuralModel], Callable[..., Dataset], dict[str, Any]]] = {
    "gan": (GAN, ring8, {"hidden": (64, 64)}),
    "gan_128": (GAN, ring8, {"hidden": (128, 128)}),
    "vae": (VAE, digits, {}),
    "conv": (GAN, digits, {"network": "conv"}),
    "wgan_gp": (WGANGP, ring8, {}),
    "dcgan": (DCGAN, digits, {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--steps", type=int, default=781)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--only", choices=SETTINGS, nargs="+", default=list(SETTINGS))
    parser.add_argument(
        "--peak", nargs=2, metavar=("NAME", "SEEDS"), help="print the peak memory of one training, and no more"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.peak:
        print(peak_mb(options.peak[0], int(options.peak[1]), options.device))
        return
    ratios, peaks = {}, {}
    for name in options.only:
        seconds(name, 2, 5, options.device, stacked=True)  # warms up what only the first call pays for
        for seeds in options.seeds:
            stacked, single = [], []
            for _ in range(options.repeats):
                stacked.append(seconds(name, seeds, options.steps, options.device, stacked=True))
                single.append(seconds(name, seeds, options.steps, options.device, stacked=False))
            ratio = statistics.median(single) / statistics.median(stacked)
            ratios[f"{name}_{seeds}"] = round(ratio, 2)
            milliseconds = [1000 * statistics.median(times) / options.steps for times in (stacked, single)]
            print(
                f"{name:7} {seeds:2} seeds: a step {milliseconds[0]:7.2f} ms at once,"
                f" {milliseconds[1]:7.2f} ms one after another, ratio {ratio:.2f}",
                flush=True,
            )
        for seeds in (1, 8):
            peaks[f"{name}_{seeds}"] = measured_elsewhere(name, seeds, options)
        print(f"{name:7} peak memory: {peaks[f'{name}_1']:.0f} MB for one seed, {peaks[f'{name}_8']:.0f} MB for eight")
    where = (
        torch.cuda.get_device_name() if options.device == "cuda" else f"{platform.machine()}, {os.cpu_count()} cores"
    )
    machine = f"{where}, {options.threads} threads, torch {torch.__version__}"
    print(json.dumps({"benchmark": "seeds_side_by_side", "ratios": ratios, "peak_mb": peaks, "machine": machine}))


def seconds(name: str, seeds: int, steps: int, device: str, *, stacked: bool) -> float:
    """Seconds of a whole training; what the loop decided is printed once."""
    models, splits, contexts = prepared(name, seeds, steps, device)
    said = io.StringIO()
    started = time.perf_counter()
    with contextlib.redirect_stdout(said):
        if stacked:
            errors = fit_side_by_side(models, *splits, contexts)
        else:
            errors = [
                fit_side_by_side([model], *splits, [context])[0]
                for model, context in zip(models, contexts, strict=True)
            ]
    if device == "cuda":
        torch.cuda.synchronize()
    taken = time.perf_counter() - started
    assert errors == [None] * seeds, errors
    if steps == 5:
        print(f"{name:7} {said.getvalue().strip()}")
    return taken


def prepared(name: str, seeds: int, steps: int, device: str) -> tuple[Sequence[Any], list[Any], list[Any]]:
    kind, load, hyperparameters = SETTINGS[name]
    dataset = load(DataSource(()))
    models = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        models.append(kind(dataset.spec, **hyperparameters).to(device))
    contexts = [
        FitContext(device, Budget(steps * BATCH_SIZE, BATCH_SIZE), seed, Draws(seed, device)) for seed in range(seeds)
    ]
    return models, [dataset.train.to_torch(device), dataset.validation.to_torch(device)], contexts


def peak_mb(name: str, seeds: int, device: str) -> float:
    """Of a whole training in a fresh process: all that it takes above the bare imports of this script."""
    models, splits, contexts = prepared(name, seeds, 100, device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        fit_side_by_side(models, *splits, contexts)
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    with Usage() as usage:
        fit_side_by_side(models, *splits, contexts)
    return usage.peak_memory_mb


def measured_elsewhere(name: str, seeds: int, options: argparse.Namespace) -> float:
    command = [sys.executable, __file__, "--peak", name, str(seeds), "--device", options.device]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return round(float(done.stdout.split()[-1]), 1)


if __name__ == "__main__":
    main()
