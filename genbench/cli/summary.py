"""The tables, short: one headline metric a table, models down and data sets across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genbench.cli.display import table_console
from genbench.report.gallery import draw_gallery
from genbench.report.page import write_report
from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.layout import TRAINING, best_rows, short
from genbench.results.tables import FAILURES, controls, flaws, write_tables

if TYPE_CHECKING:
    import pandas as pd

    from genbench.execution.run import RunSummary
    from genbench.protocol import Protocol
    from genbench.results.folder import RunFolder

MARKS = ("", "†", "‡", "§")
SHOWN_FAILURES = 10


def show_summary(folder: RunFolder, protocol: Protocol, summary: RunSummary) -> None:
    """Write tables, pictures and report, print the tables short, and say where all is and what it is good for."""
    console = table_console()
    show_tables(console, folder)
    write_report(folder.path, folder.report)
    resumed = f", {summary.resumed} of them from before" if summary.resumed else ""
    console.print(
        f"{summary.planned} jobs{resumed}; {summary.failed} failed. {where(folder)}; report: {folder.report}",
        soft_wrap=True,
        highlight=False,
    )
    if protocol.name == "quick":
        console.print(
            "The quick protocol is for a first look. For numbers to quote: genbench run --all --protocol standard",
            soft_wrap=True,
            highlight=False,
        )


def where(folder: RunFolder) -> str:
    """Draw the pictures that are missing, and say where tables and pictures are."""
    pictures = draw_gallery(folder)
    return f"Tables: {folder.tables}" + (f"; {pictures} pictures: {folder.pictures}" if pictures else "")


def show_tables(console: Console, folder: RunFolder) -> None:
    """Write the tables of the folder and print each one short."""
    tables, apart = write_tables(folder), controls(folder)
    for name, frame in tables.items():
        if name == FAILURES:
            _show_failures(console, frame)
        elif name not in TABLES_OF_PAIRS:  # which are too long to print
            _show_headline(console, name, frame, apart)
    for model, flaw in sorted(flaws(folder).items()):
        console.print(f"[dim]{escape(model)}: {escape(flaw)}[/dim]", soft_wrap=True, highlight=False)


def _show_headline(console: Console, name: str, frame: pd.DataFrame, apart: frozenset[str]) -> None:
    metric = _headline(frame)
    rows = frame[frame["metric"] == metric]
    largest = rows.groupby(["dataset", "model"])["examples"].transform("max")
    rows = rows[rows["examples"].isna() | (rows["examples"] == largest)].drop_duplicates(["dataset", "model"])
    estimators = list(dict.fromkeys(estimator for estimator in rows["estimator"] if estimator))
    first = rows.sort_values("status", key=lambda status: status != "ok", kind="stable").iloc[0]
    details = ", ".join(
        part for part in (first["unit"], f"{first['better']} is better" if first["better"] else "") if part
    )
    title = f"{name.replace('_', ' ')}: {metric}" + (f" ({details})" if details else "")
    console.print(f"[bold]{escape(title)}[/bold]", highlight=False)
    table = Table("model", box=None)
    datasets = list(dict.fromkeys(rows["dataset"]))
    for dataset in datasets:
        table.add_column(escape(dataset), justify="right")
    best = {label for dataset in datasets for label in best_rows(rows[rows["dataset"] == dataset], apart)}
    for model in sorted(rows["model"].unique(), key=lambda model: (model in apart, model)):
        cells = []
        for dataset in datasets:
            found = rows[(rows["dataset"] == dataset) & (rows["model"] == model)]
            cells.append(_cell(found, best, estimators) if len(found) else "–")
        table.add_row(escape(model), *cells, style="dim" if model in apart else None)
    console.print(table)
    notes = [f"{MARKS[i % len(MARKS)]} {estimator}".strip() for i, estimator in enumerate(estimators)]
    console.print(f"[dim]estimators: {escape(', '.join(notes))}; best of an estimator in bold; controls dim[/dim]\n")


def _headline(frame: pd.DataFrame) -> str:
    """The metric that most pairs of model and data set have; of several, the one that comes first. What models logged
    while they were trained is the headline only where there is nothing else."""
    logged = frame["metric"].str.startswith(TRAINING)
    measured = frame if logged.all() else frame[~logged]
    pairs = measured[["metric", "dataset", "model"]].drop_duplicates()["metric"]
    counts = pairs.value_counts(sort=False)
    return str(counts.idxmax())


def _cell(rows: pd.DataFrame, best: set[int], estimators: list[str]) -> str:
    row = rows.iloc[0]
    if row["status"] != "ok":
        return str(row["status"]).replace("_", " ")
    text = short(row["value"]) + MARKS[estimators.index(row["estimator"]) % len(MARKS)]
    return f"[bold]{text}[/bold]" if rows.index[0] in best else text


def _show_failures(console: Console, frame: pd.DataFrame) -> None:
    failed = frame[frame["status"] != "skipped"]
    for _, row in failed.head(SHOWN_FAILURES).iterrows():
        pair = " on ".join(part for part in (row["model"], row["dataset"]) if isinstance(part, str) and part)
        what = f"{row['status'].replace('_', ' ')}: {pair}, {row['metric']}: {row['reason']}"
        console.print(escape(what), soft_wrap=True, highlight=False)
    if len(failed) > SHOWN_FAILURES:
        console.print(f"... and {len(failed) - SHOWN_FAILURES} more; see failures.md")
