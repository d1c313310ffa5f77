"""What is printed when a run has ended, or its tables are built again: tables, what failed, and where all of it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from genbench.cli.digest import show_digest
from genbench.cli.display import data_warnings, table_console
from genbench.cli.short_tables import show_headline
from genbench.report.gallery import draw_gallery
from genbench.report.page import write_report
from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.loading import read_run
from genbench.results.tables import FAILURES, controls, flaws, write_tables

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


def where(folder: RunFolder) -> str:
    """Draw the pictures that are missing, and say where tables and pictures are."""
    pictures = draw_gallery(folder)
    return f"Tables: {folder.tables}" + (f"; {pictures} pictures: {folder.pictures}" if pictures else "")


def show_tables(console: Console, folder: RunFolder) -> None:
    """Write tables and pictures of the folder anew and print each table short; tables whose jobs are not there are printed
    as they are. Raises :class:`genbench.errors.RunFolderError` if the folder holds no run."""
    kept = folder.keeps_tables_alone()
    console.file.write(_printed(console, _kept_tables(folder) if kept else write_tables(folder), folder))
    told = (
        f"Tables: {folder.tables}, as they are: without their jobs they cannot be made again" if kept else where(folder)
    )
    _say(console, told)
    _show_data_warnings(console, folder)


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
