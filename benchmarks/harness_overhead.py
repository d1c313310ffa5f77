"""What the harness adds to a job, beside what a script that imports torch pays before it does anything.

Runs ``genbench run`` on many trivial jobs (a model that fits nothing and is measured by nothing but its cost) and fresh
``python -c "import torch"`` processes, in turns. The harness's seconds a job are the slope between a run of few jobs and
one of many, so that the start of the fork server, paid once a run, is told apart and printed by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FEW = 5
PLUGIN = """
from genbench import Model, ModelSpec, hookimpl

@hookimpl
def genbench_models():
    for i in range(int({count})):
        yield ModelSpec(name=f"trivial{{i}}", target="trivial_plugin:Trivial", summary="Does nothing")

class Trivial(Model):
    deterministic_fit = True
    def fit(self, train, validation, context):
        pass
"""


def install(site: Path, count: int) -> None:
    (site / "trivial_plugin.py").write_text(PLUGIN.format(count=count))
    metadata = site / "trivial_plugin-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: trivial-plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[genbench]\ntrivial = trivial_plugin\n")


def seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def run_jobs(count: int, workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder), count)
        environment = {**os.environ, "PYTHONPATH": folder}
        models = [part for i in range(count) for part in ("-m", f"trivial{i}")]
        genbench = str(Path(sys.executable).with_name("genbench"))
        out = str(Path(folder) / "run")
        return seconds([genbench, "run", *models, "-d", "iris", "--workers", str(workers), "--out", out], environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()

    imports, per_job, starts = [], [], []
    seconds([sys.executable, "-c", "import torch"], dict(os.environ))  # warms the disk cache for both sides
    for _ in range(options.repeats):
        imports.append(seconds([sys.executable, "-c", "import torch"], dict(os.environ)))
        few, many = run_jobs(FEW, 1), run_jobs(options.jobs, 1)
        per_job.append((many - few) / (options.jobs - FEW))
        starts.append(few - FEW * per_job[-1])
    job, fresh, start = (statistics.median(values) for values in (per_job, imports, starts))
    print(f"seconds a trivial job, one worker:      {job:.4f}")
    print(f"seconds of a fresh 'import torch':      {fresh:.3f}")
    print(f"seconds a run, paid once:               {start:.2f}")
    print(f"a job costs {job / fresh:.3f} of a fresh import (aim: under 0.1)")
    ratios = {"import_over_job": round(fresh / job, 2), "job_over_import": round(job / fresh, 4)}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps({"benchmark": "harness_overhead", "ratios": ratios, "peak_mb": {}, "machine": machine}))


if __name__ == "__main__":
    main()
