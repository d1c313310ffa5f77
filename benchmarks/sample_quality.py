"""Precision, recall, density and coverage, beside the ``prdc`` package on the same sets.

Each measurement is a fresh process that imports its side, notes its peak memory, computes the four metrics of two normal
sets in float64, and notes time and peak memory again; the two sides take turns. Memory is the peak above the bare
imports. With ``--large`` genbench's side also runs on 50,000 x 50,000, where the package would hold 20 GB a matrix.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

NEIGHBOURS = 5
SIDES = ("genbench", "prdc")


def measure(side: str, n: int, dim: int) -> dict[str, Any]:
    """Seconds, megabytes above the bare imports, and the metrics themselves; in this process."""
    import numpy as np

    if side == "genbench":
        from genbench.evaluation.prdc import prdc as compute
    else:
        from prdc import compute_prdc as compute
    imported = peak_mb()
    real, fake = np.random.default_rng(0).normal(size=(2, n, dim))
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # the package prints the sizes
        metrics = compute(real, fake, NEIGHBOURS)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "mb": peak_mb() - imported, "metrics": {k: float(v) for k, v in metrics.items()}}


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def in_fresh_process(side: str, n: int, dim: int, threads: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--n", str(n), "--dim", str(dim)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--large", action="store_true", help="also 50,000 x 50,000, genbench alone")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options.side, options.n, options.dim)))
        return

    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for _ in range(options.repeats):
        for side in SIDES:
            runs[side].append(in_fresh_process(side, options.n, options.dim, options.threads))
    seconds, mb = (
        {side: statistics.median(run[key] for run in found) for side, found in runs.items()}
        for key in ("seconds", "mb")
    )
    ours, theirs = (runs[side][0]["metrics"] for side in SIDES)
    assert all(math.isclose(ours[name], theirs[name], abs_tol=1e-9) for name in theirs), (ours, theirs)
    for side in SIDES:
        print(f"{side:9} {options.n} x {options.n}: {seconds[side]:7.2f} s, {mb[side]:7.0f} MB above the imports")
    ratios = {"speed": round(seconds["prdc"] / seconds["genbench"], 2), "memory": round(mb["genbench"] / mb["prdc"], 4)}
    peak = {side: round(value) for side, value in mb.items()}
    print(f"{ratios['speed']} times as fast (aim: 4), {ratios['memory']} of the memory (aim: at most 0.2); same values")
    if options.large:
        large = in_fresh_process("genbench", 50_000, options.dim, options.threads)
        peak["genbench_50000"] = round(large["mb"])
        print(f"genbench  50000 x 50000: {large['seconds']:7.2f} s, {large['mb']:7.0f} MB above the imports")
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} threads, Python {platform.python_version()}"
    )
    print(json.dumps({"benchmark": "sample_quality", "ratios": ratios, "peak_mb": peak, "machine": machine}))


if __name__ == "__main__":
    main()
