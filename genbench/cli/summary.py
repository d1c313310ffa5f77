"""What is printed when a run has ended, or its tables are built again: tables, what failed, and where all of it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from genbench.cli.digest import show_digest
from genbench.cli.display import data_warnings, table_console
from genbench.cli.short_tables import show_headline
from genbench.errors import RunFolderError
from genbench.report.gallery import draw_gallery
from genbench.report.page import write_report
from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.csv_files import csv_files
from genbench.results.loading import read_run
from genbench.results.tables import FAILURES, are_current, build_tables, controls, flaws, write_tables

if TYPE_CHECKING:
    import pandas as pd

    from genbench.execution.run import RunSummary
    from genbench.protocol import Protocol
    from genbench.results.folder import RunFolder

SHOWN_FAILURES = 10
MOST_LINES = 100
"""Of tables, at the end of a run; longer ones become a digest."""


def show_summary(folder: RunFolder, protocol: Protocol, summary: RunSummary) -> None:
    """Write tables, pictures and report; print the tables short, or what they come to; say where all is and what it is good
    for. Tables that the folder kept alone are replaced once the new ones are written."""
    console = table_console()
    tables = write_tables(folder.at_work())
    folder.take_over()
    models = sum(frame["model"].nunique() for frame in _measurements(tables).values())
    whole = _printed(console, tables, folder) if models <= MOST_LINES else None  # which have a line each
    if whole is not None and whole.count("\n") <= MOST_LINES:
        console.file.write(whole)
    else:
        show_digest(console, _measurements(tables), controls(folder))
        _show_failures(console, tables[FAILURES])
        _say(console, f"All tables: genbench tables {folder.path}")
    _show_data_warnings(console, folder)
    write_report(folder.path, folder.report)
    resumed = f", {summary.resumed} of them from before" if summary.resumed else ""
    _say(
        console,
        f"{summary.planned} jobs{resumed}; {summary.failed} failed. {where(folder)}; report: {folder.report}",
    )
    if protocol.name == "quick":
        _say(
            console,
            "The quick protocol is for a first look. For numbers to quote: genbench run --all --protocol standard",
        )


def where(folder: RunFolder, anew: bool = False) -> str:
    """Draw the pictures that are missing, or all of them ``anew``, and say where tables and pictures are."""
    pictures = draw_gallery(folder, anew)
    return f"Tables: {folder.tables}" + (f"; {pictures} pictures: {folder.pictures}" if pictures else "")


def show_tables(console: Console, folder: RunFolder, anew: bool = False) -> None:
    """Print each table short, as its jobs give it, or, where there are none, as it is kept. Tables and pictures that are not
    as the jobs give them are written again; all of the pictures if ``anew``.

    Raises :class:`genbench.errors.RunFolderError` if the folder holds no run.
    """
    if folder.has_results() or not csv_files(folder.tables):
        tables = build_tables(folder)
        told = _written(folder, tables, anew)
    else:
        tables = _kept_tables(folder)
        told = f"Tables: {folder.tables}, as they are: without their jobs they cannot be made again"
    console.file.write(_printed(console, tables, folder))
    _say(console, told)
    _show_data_warnings(console, folder)


def _written(folder: RunFolder, tables: dict[str, pd.DataFrame], anew: bool) -> str:
    """Write what is not as it should be, if that is possible and loses nothing; say where all is."""
    if not anew and any(folder.damage(key) for key in folder.read_run()["jobs"]):
        return f"Tables: {folder.tables}, as they were before jobs were damaged; --rebuild writes what is printed here"
    try:
        if anew or not are_current(folder, tables):
            with folder.locked():
                write_tables(folder)
        return where(folder, anew)
    except RunFolderError as error:
        if anew:
            raise
        return f"Tables: those in {folder.tables} are older than what is printed here: {error}"


def _kept_tables(folder: RunFolder) -> dict[str, pd.DataFrame]:
    folder.read_run()  # says so if there is none
    rows = read_run(folder.path).rows
    return {FAILURES: rows.iloc[:0], **{str(name): found for name, found in rows.groupby("table", sort=False)}}


def _printed(console: Console, tables: dict[str, pd.DataFrame], folder: RunFolder) -> str:
    """Each table short, what failed, and the flaws of controls, as the console would show them."""
    apart = controls(folder)
    with console.capture() as capture:
        for name, frame in _measurements(tables).items():
            show_headline(console, name, frame, apart)
        _show_failures(console, tables[FAILURES])
        for model, flaw in sorted(flaws(folder).items()):
            _say(console, f"[dim]{escape(model)}: {escape(flaw)}[/dim]")
    return capture.get()


def _measurements(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Without the failures, and the tables of pairs, which are too long to print."""
    return {name: frame for name, frame in tables.items() if name != FAILURES and name not in TABLES_OF_PAIRS}


def _show_failures(console: Console, frame: pd.DataFrame) -> None:
    failed = frame[frame["status"] != "skipped"]
    for _, row in failed.head(SHOWN_FAILURES).iterrows():
        pair = " on ".join(part for part in (row["model"], row["dataset"]) if isinstance(part, str) and part)
        what = f"{row['status'].replace('_', ' ')}: {pair}, {row['metric']}: {row['reason']}"
        _say(console, escape(what))
    if len(failed) > SHOWN_FAILURES:
        _say(console, f"... and {len(failed) - SHOWN_FAILURES} more; see failures.md")


def _show_data_warnings(console: Console, folder: RunFolder) -> None:
    known = folder.read_run()["datasets"]
    for warning in data_warnings({dataset: record.get("warnings", ()) for dataset, record in known.items()}):
        _say(console, escape(warning))


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, highlight=False)
