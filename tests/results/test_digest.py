"""What is printed at the end of a run: its tables if they are few, else a line for each."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from made_runs import edit_record, failed, make_run, measured
from rich.console import Console

from genbench.cli import summary
from genbench.cli.digest import show_digest
from genbench.cli.display import table_console
from genbench.cli.short_tables import show_headline
from genbench.execution.run import RunSummary
from genbench.measurement import Measurement
from genbench.protocol import load_protocol
from genbench.report.overview import _dataset
from genbench.results.folder import RunFolder
from genbench.results.tables import build_tables, controls


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    def rows(small: float, large: float, bound: float) -> list[Measurement]:
        of_n = [measured("nll", [value] * 3, n=n) for n, value in ((10, small), (100, large))]
        return [*of_n, measured("nll", [bound] * 3, estimator="bound")]

    models = {"a": rows(1.0, 2.0, 0.1), "b": rows(2.0, 1.5, 0.2), "control": rows(0.0, 0.0, 0.0)}
    runs = {(model, data): found for data in ("d", "e", "f") for model, found in models.items()}
    runs["c", "d"] = [failed("nll", "timeout", "too slow")]
    return make_run(tmp_path / "run", runs, controls=("control",))


def test_a_line_a_table(folder: RunFolder) -> None:
    console = Console(record=True, width=120)
    show_digest(console, {"likelihood": build_tables(folder)["likelihood"]}, controls(folder))
    (line,) = [line for line in console.export_text().splitlines() if "likelihood" in line]
    assert " ".join(line.split()) == "likelihood nll ↓ d: b 1.500; e: b 1.500; 1 more data sets"


def test_a_headline_is_the_models_own_value_and_not_an_estimators_control(tmp_path: Path) -> None:
    rows = [
        measured("parzen_log_density", [9.0] * 3, estimator="parzen[training-examples]", better=""),
        measured("parzen_log_density", [7.0] * 3, estimator="parzen[samples]", better="higher"),
    ]
    run = make_run(tmp_path / "run", {("a", "d"): rows})
    (frame,) = (frame for name, frame in build_tables(run).items() if name != "failures")
    console = Console(record=True, width=120)
    show_headline(console, "parzen", frame, frozenset())
    assert "a 7" in " ".join(console.export_text().split())


@pytest.mark.parametrize(("most_lines", "digest"), [(1000, False), (3, True)])
def test_long_tables_become_a_digest(
    folder: RunFolder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    most_lines: int,
    digest: bool,
) -> None:
    monkeypatch.setattr(summary, "MOST_LINES", most_lines)
    summary.show_summary(folder, load_protocol("standard"), RunSummary(planned=10, resumed=2, failed=1))
    printed = capsys.readouterr().out
    assert (f"All tables: genbench tables {folder.path}" in printed) == digest
    assert ("likelihood: nll (nats, lower is better)" in printed) != digest
    assert "timeout: c on d, fit: too slow" in printed
    assert printed.splitlines()[-1].startswith("10 jobs, 2 of them from before; 1 failed. Tables: ")
    assert folder.report.is_file()


def test_tables_that_were_kept_without_their_jobs_are_printed_and_left_as_they_are(folder: RunFolder) -> None:
    console = Console(record=True, width=200)
    shutil.rmtree(folder.jobs)
    before = {path.name: path.read_text() for path in folder.tables.iterdir()}
    console.file = io.StringIO()
    summary.show_tables(console, folder)
    shown = console.file.getvalue()
    assert "likelihood: nll" in shown
    assert "timeout: c on d, fit: too slow" in shown
    assert f"Tables: {folder.tables}, as they are: without their jobs they cannot be made again" in shown
    assert {path.name: path.read_text() for path in folder.tables.iterdir()} == before


def test_a_table_in_which_all_failed_names_no_estimators(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {("a", "d"): [failed("nll")]})
    console = Console(record=True, width=120)
    show_headline(console, "likelihood", build_tables(run)["likelihood"], frozenset())
    assert console.export_text().strip().splitlines()[-1].strip() == "controls dim"


def test_warnings_of_data_are_told_beside_the_results(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    edit_record(folder, datasets={"d": {"fingerprint": "same", "warnings": ["column 'id' [tells]"], "notes": ["done"]}})
    summary.show_tables(table_console(), folder)
    assert "warning: data set 'd': column 'id' [tells]\n" in capsys.readouterr().out
    assert _dataset("d", folder.read_run())["notes"] == "column 'id' [tells]; done"
