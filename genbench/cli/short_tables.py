"""A table, short: its headline metric alone, models down and data sets across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from genbench.results.layout import TRAINING, best_rows, short

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

MARKS = ("", "†", "‡", "§")


def show_headline(console: Console, name: str, frame: pd.DataFrame, apart: frozenset[str]) -> None:
    metric, rows = headline(frame)
    rows = rows.drop_duplicates(["dataset", "model"])
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
    named = ", ".join(f"{MARKS[i % len(MARKS)]} {estimator}".strip() for i, estimator in enumerate(estimators))
    notes = [f"estimators: {escape(named)}", "best of an estimator in bold"] if named else []
    console.print(f"[dim]{'; '.join([*notes, 'controls dim'])}[/dim]\n")


def headline(frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The metric that most pairs of model and data set have, and its rows at each pair's largest training size; of several
    metrics, the one that comes first. What models logged while they were trained is the headline only where there is nothing
    else. Rows that are better one way come first: an estimator's own controls say nothing of the models."""
    logged = frame["metric"].str.startswith(TRAINING)
    measured = frame if logged.all() else frame[~logged]
    pairs = measured[["metric", "dataset", "model"]].drop_duplicates()["metric"]
    counts = pairs.value_counts(sort=False)
    metric = str(counts.idxmax())
    rows = frame[frame["metric"] == metric]
    largest = rows.groupby(["dataset", "model"])["examples"].transform("max")
    rows = rows[rows["examples"].isna() | (rows["examples"] == largest)]
    return metric, rows.sort_values("better", key=lambda better: better == "", kind="stable")


def _cell(rows: pd.DataFrame, best: set[int], estimators: list[str]) -> str:
    row = rows.iloc[0]
    if row["status"] != "ok":
        return str(row["status"]).replace("_", " ")
    text = short(row["value"]) + MARKS[estimators.index(row["estimator"]) % len(MARKS)]
    return f"[bold]{text}[/bold]" if rows.index[0] in best else text
