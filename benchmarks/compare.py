"""``genbench compare`` and ``genbench report`` on tables of 100,000 rows, and peak memory; beside them what reading
them with pandas alone takes."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from genbench.measurement import COLUMNS

GENBENCH = str(Path(sys.executable).with_name("genbench"))
SEEDS = 3
SECONDS, MEGABYTES = 3.0, 1000.0
REPORT_SECONDS, REPORT_MEGABYTES = 20.0, 15.0
"""The aims; the report's megabytes are those of its file."""
READ = "import sys, pandas as pd; [pd.read_csv(path) for path in sys.argv[1:]]"
KEY = ["dataset", "model", "metric", "estimator", "n", "examples"]


def write_run(folder: Path, rows: int, seed: int) -> list[Path]:
    """A run of so many rows: 100 models, 10 data sets, 10 metrics, and training sizes; returns its CSV files."""
    rng = np.random.default_rng(seed)
    index = np.arange(rows)
    seeds = (index % 97)[:, None] + rng.normal(size=(rows, SEEDS))
    half = 4.303 * seeds.std(axis=1, ddof=1) / np.sqrt(SEEDS)
    frame = pd.DataFrame({name: [""] * rows for name in COLUMNS}).assign(
        model=[f"model_{i % 100}" for i in index],
        dataset=[f"data_{i // 100 % 10}" for i in index],
        metric=[f"metric_{i // 1000 % 10}" for i in index],
        estimator="exact",
        plugin="plugin",
        examples=10 * (1 + index // 10_000),
        n=1000,
        seeds=SEEDS,
        better="lower",
        status="ok",
        value=seeds.mean(axis=1),
        ci_low=seeds.mean(axis=1) - half,
        ci_high=seeds.mean(axis=1) + half,
    )
    paths = [folder / "tables" / "measured.csv", folder / "seeds" / "measured.csv"]
    for path in paths:
        path.parent.mkdir(parents=True)
    frame.to_csv(paths[0], index=False)
    frame[KEY].join(pd.DataFrame(seeds, columns=[str(i) for i in range(SEEDS)])).to_csv(paths[1], index=False)
    (folder / "run.json").write_text(json.dumps({"jobs": {}, "tables": ["measured"]}))
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / name for name in "ab"]
        paths = [path for seed, folder in enumerate(folders) for path in write_run(folder, arguments.rows, seed)]
        page = Path(scratch) / "report.html"
        commands = {
            "read": [sys.executable, "-c", READ, *map(str, paths)],
            "compare": [GENBENCH, "compare", *map(str, folders)],
            "report": [GENBENCH, "report", str(folders[0]), "-o", str(page)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(arguments.repeats + 1):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                if turn:  # the first warms the disk cache
                    times[name].append(time.perf_counter() - started)
        page_megabytes = page.stat().st_size / 1e6
    medians = {name: statistics.median(values) for name, values in times.items()}
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    for name, seconds in medians.items():
        print(f"{seconds:.2f} s  {name}, {'' if name == 'report' else 'twice '}{arguments.rows} rows")
    print(f"compare: {medians['compare']:.2f} s (aim: under {SECONDS:g})")
    print(
        f"report: {medians['report']:.2f} s (aim: under {REPORT_SECONDS:g}), {page_megabytes:.1f} MB "
        f"(aim: under {REPORT_MEGABYTES:g})"
    )
    print(f"both: at most {peak:.0f} MB of memory (aim: under {MEGABYTES:g})")
    ratios = {f"{name}_to_read": round(medians[name] / medians["read"], 2) for name in ("compare", "report")}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps({"benchmark": "compare", "ratios": ratios, "peak_mb": {"both": round(peak)}, "machine": machine}))


if __name__ == "__main__":
    main()
