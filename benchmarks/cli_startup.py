"""``genbench --help`` beside a bare ``python -c "import typer, rich"``, in turns."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

GENBENCH = str(Path(sys.executable).with_name("genbench"))
COMMANDS = {
    "bare": [sys.executable, "-c", "import typer, rich"],
    "help": [GENBENCH, "--help"],
    "list": [GENBENCH, "list", "models"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(repeats + 1):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if turn:  # the first warms the disk cache
                times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, command in COMMANDS.items():
        print(f"{medians[name]:.3f} s  {' '.join([Path(command[0]).name, *command[1:]])}")
    ratios = {name: round(medians[name] / medians["bare"], 2) for name in ("help", "list")}
    print(f"--help costs {ratios['help']} times the bare imports (aim: under 3)")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps({"benchmark": "cli_startup", "ratios": ratios, "peak_mb": {}, "machine": machine}))


if __name__ == "__main__":
    main()
