"""What the tests of the harness share: plugin distributions made on the spot, and the command line as a user calls it."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import psutil
import pytest

from genbench.cli.main import main

GENBENCH = Path(sys.executable).with_name("genbench")
SPECIMENS = Path(__file__).parent / "specimens"
MARK = "GENBENCH_TEST_MARK"

TINY_PROTOCOL = """
name = "tiny"
summary = "As small as can be."
datasets = ["iris"]
seeds = 2
threads = 1

[training]
examples_seen = 1000
batch_size = 50

[evaluation]
test_examples = 30
samples = 20
mode_samples = 20
neighbours = 3
resamples = 100
jackknife_groups = 2
learning_curve_sizes = [10, 20]
learning_curve_subsets = 2
semi_supervised_labels = [10]
semi_supervised_subsets = 2
generative_curve_sizes = [50]
generative_curve_datasets = ["iris", "breast_cancer", "mixture"]
importance_samples = 4
probe_examples = 30

[limits]
seconds = 60
memory_gb = 0.5
"""


def write_distribution(
    site: Path, name: str, modules: Mapping[str, str], entry_points: Mapping[str, str], version: str = "1.0"
) -> None:
    """Put a distribution into a folder of installed packages, as pip would: its modules, METADATA and entry points."""
    information = site / f"{name.replace('-', '_')}-{version}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    declared = "".join(f"{entry} = {module}\n" for entry, module in entry_points.items())
    (information / "entry_points.txt").write_text(f"[genbench]\n{declared}")
    for module, source in modules.items():
        (site / f"{module}.py").write_text(source)


def write_specimens(site: Path) -> None:
    """The distribution of tests/specimens: models that behave, and models broken in every way that one can think of."""
    modules = {path.stem: path.read_text() for path in SPECIMENS.glob("*.py")}
    write_distribution(site, "genbench-specimens", modules, {"specimens": "specimens"})


@dataclass
class CommandLine:
    """Calls ``genbench`` in a folder of its own, with extra packages, all of its processes marked."""

    cwd: Path
    site: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.cwd.mkdir(parents=True, exist_ok=True)
        (self.cwd / "tiny.toml").write_text(TINY_PROTOCOL)

    def environment(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("GENBENCH_")}
        paths = (
            {"PYTHONPATH": os.pathsep.join(filter(None, [str(self.site), own.get("PYTHONPATH")]))} if self.site else {}
        )
        cache = {"GENBENCH_CACHE": str(self.cwd / "cache"), "COLUMNS": "200"}
        return {**own, **paths, **cache, **self.variables, MARK: self.mark}

    def __call__(self, *arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [GENBENCH, *map(str, arguments)],
            cwd=self.cwd,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run(self, *arguments: str | Path, out: str = "out", timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """``genbench run`` under the tiny protocol, unless told otherwise."""
        chosen = () if "--protocol" in arguments else ("--protocol", "tiny.toml")
        return self("run", *arguments, *chosen, "--out", out, timeout=timeout)

    def start(self, *arguments: str | Path, out: str = "out") -> subprocess.Popen[str]:
        """Start a run under the tiny protocol, in a process group of its own."""
        return subprocess.Popen(
            [GENBENCH, "run", *map(str, arguments), "--protocol", "tiny.toml", "--out", out],
            cwd=self.cwd,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_interrupts,
        )

    def processes(self) -> list[psutil.Process]:
        """Every living process that one of the calls started, however deep and whoever its parent is now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def processes_gone_within(self, seconds: float) -> bool:
        return wait_until(lambda: not self.processes(), seconds)

    def table(self, name: str, out: str = "out") -> pd.DataFrame:
        return pd.read_csv(self.cwd / out / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)

    def jobs(self, out: str = "out") -> dict[str, int]:
        """The finished jobs of a run folder, and when each was written (nanoseconds)."""
        results = (self.cwd / out / "jobs").glob("[!.]*/result.json")
        return {path.parent.name: path.stat().st_mtime_ns for path in results}

    def all_but_cost(self, out: str = "out") -> dict[str, str]:
        """The text of every table but ``cost``, whose numbers are seconds."""
        tables = (self.cwd / out / "tables").iterdir()
        return {path.name: path.read_text() for path in tables if path.stem != "cost"}


class OwnProcess(CommandLine):
    """The same in this process, which has imported everything: for calls that end before any worker starts."""

    def __call__(self, *arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = ["genbench", *map(str, arguments)]
        with (
            contextlib.chdir(self.cwd),
            mock.patch.object(sys, "argv", command),
            mock.patch.dict(os.environ, self.environment(), clear=True),
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as errors,
            pytest.raises(SystemExit) as end,
        ):
            main()
        return subprocess.CompletedProcess(command, int(end.value.code or 0), out.getvalue(), errors.getvalue())


def _hear_interrupts() -> None:
    """A shell starts what it puts in the background with SIGINT ignored, nohup with SIGHUP; children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_until(condition: object, seconds: float) -> bool:
    """Whether the condition, called again and again, came true in time."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def one_error_line(done: subprocess.CompletedProcess[str], *parts: str) -> str:
    """The one line that a user's mistake ends in, with exit code 2; it must hold each of the parts."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr + done.stdout
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("genbench: "), lines[0]
    for part in parts:
        assert part in lines[0], f"{part!r} is not in {lines[0]!r}"
    return lines[0]


def bare_result(key: str, **others: Any) -> dict[str, Any]:
    """A result.json without a measurement, of ``m`` on ``d``."""
    return {
        "key": key, "model": "m", "dataset": "d", "plugin": "p", "control": False, "status": "ok", "failures": [],
        "skipped": {}, "measurements": {}, **others,
    }  # fmt: skip


def metric_rows(frame: pd.DataFrame, model: str) -> list[Sequence[str]]:
    """(metric, status, reason) of a model's rows in the table of failures."""
    rows = frame[frame["model"] == model]
    return list(rows[["metric", "status", "reason"]].itertuples(index=False, name=None))
