"""Tables that are kept without their jobs stay as they are until the run that replaces them has written its own."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import CommandLine, OwnProcess, one_error_line
from made_runs import make_run, measured

from genbench.cli import run as verb
from genbench.cli import summary
from genbench.execution import plan as planning
from genbench.execution import pool, run, selection, unchanged
from genbench.execution.plan import Plan
from genbench.execution.run import RunSummary
from genbench.results.folder import RunFolder

ALL = ("run", "--all", "--protocol", "tiny.toml", "--out", "kept")
ONE = ("run", "-m", "gaussian", "-d", "iris", "--protocol", "tiny.toml", "--out", "kept")


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """In its folder lies ``kept``, which keeps tables alone."""
    kept = make_run(tmp_path / "kept", {("old", "d"): [measured("nll", [1.0, 2.0])]})
    shutil.rmtree(kept.jobs)
    return OwnProcess(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    """The files that the folder shows."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path): (folder / path).read_bytes() for path in found if not path.parts[0].startswith(".")}


def run_of(monkeypatch: pytest.MonkeyPatch, jobs: int, *, interrupted: bool = False) -> None:
    """Let ``genbench run`` leave so many jobs, and then be interrupted or end."""

    def execute(plan: Plan, inputs: str, protocol: Any, folder: RunFolder, *others: Any) -> RunSummary:
        rows = {(f"new{place}", "d"): [measured("nll", [3.0, 4.0])] for place in range(jobs)}
        made = make_run(folder.path, rows, protocol=protocol.model_dump(mode="json"), key="new")
        made.write_run({**made.read_run(), "inputs": inputs, **({"finished": None} if interrupted else {})})
        shutil.rmtree(made.tables)
        if interrupted:
            raise KeyboardInterrupt
        return RunSummary(jobs, 0, 0)

    jobs_of_plan = tuple(SimpleNamespace(key=f"new{place}") for place in range(2))
    plan = Plan(jobs_of_plan, (), (), {"device": "cpu"})  # type: ignore[arg-type]
    monkeypatch.setattr(planning, "make_plan", lambda *others: plan)
    monkeypatch.setattr(pool, "worker_pool", lambda *others: contextlib.nullcontext())
    monkeypatch.setattr(run, "execute_plan", execute)
    monkeypatch.setattr(verb, "registry_with_warnings", lambda *others: None)
    monkeypatch.setattr("genbench.cli.run.signal.signal", lambda *others: None)
    monkeypatch.setattr(selection, "select", lambda registry, protocol, source, models, datasets: [*models, *datasets])
    monkeypatch.setattr(unchanged, "inputs_of", lambda chosen, *others: ",".join(chosen))
    monkeypatch.setattr(summary, "write_report", lambda *others: None)


def interrupt(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_interrupted_leaves_them(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, before = cli.cwd / "kept", contents(cli.cwd / "kept")
    one_error_line(cli("watch", "kept"), "kept keeps tables alone")
    for jobs in (0, 1):
        run_of(monkeypatch, jobs, interrupted=True)
        assert cli(*ALL).returncode == 130
        assert contents(kept) == before
        assert f"stopped: {jobs} of {jobs} jobs; see kept" in cli("watch", "kept").stdout
    assert "as they are" in cli("tables", "kept").stdout
    assert contents(kept) == before
    one_error_line(cli(*ONE), "kept keeps tables alone")  # another run does not go on with that one

    run_of(monkeypatch, 2)
    done = cli(*ALL)
    assert done.returncode == 0, done.stderr
    assert set(contents(kept)) == {*before, "jobs/new0/result.json", "jobs/new1/result.json"}
    assert "new1" in (kept / "tables" / "likelihood.csv").read_text()
    assert RunFolder(kept).read_run()["planned"] == ["new0", "new1"]
    assert {path.name for path in kept.glob(".*")} == {".lock"}


def test_a_fresh_run_of_few_jobs_goes_on_without_fresh(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_of(monkeypatch, 1, interrupted=True)
    with monkeypatch.context() as before_it_begins:
        before_it_begins.setattr(planning, "make_plan", interrupt)
        assert cli(*ONE, "--fresh").stderr.splitlines()[-1].endswith("--out kept --fresh")
    stopped = cli(*ONE, "--fresh")
    assert stopped.returncode == 130
    assert stopped.stderr.splitlines()[-1].endswith("--out kept")
    run_of(monkeypatch, 2)
    assert cli(*ONE).returncode == 0
    assert "new0" in (cli.cwd / "kept" / "tables" / "likelihood.csv").read_text()


def test_a_replacement_that_was_cut_short_is_done_again(tmp_path: Path) -> None:
    kept = make_run(tmp_path, {("old", "d"): [measured("nll", [1.0, 2.0])]})
    shutil.rmtree(kept.jobs)
    new = make_run(kept.at_work().path, {("new", "d"): [measured("nll", [3.0, 4.0])]}, key="new")
    new.jobs.rename(kept.jobs)
    assert kept.at_work() is kept
    with kept.locked():
        assert not new.path.exists()
        assert kept.result("new0") is not None
