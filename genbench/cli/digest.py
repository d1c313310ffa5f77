"""The tables of a large run in a line each: the best model by the headline metric on a few data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from genbench.cli.short_tables import headline
from genbench.results.layout import best_rows, short

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

DATASETS = 2
"""Of each table, those that most models ran on."""
ARROWS = {"lower": " ↓", "higher": " ↑"}


def show_digest(console: Console, tables: Mapping[str, pd.DataFrame], apart: frozenset[str]) -> None:
    """A line a table; ``apart`` are the controls."""
    shown = Table("table", "metric", "best model", box=None)
    for name, frame in tables.items():
        metric, rows = headline(frame)
        judged = rows[(rows["status"] == "ok") & rows["better"].isin(ARROWS)]
        of_data = judged.groupby("dataset", sort=False)["model"].nunique().sort_values(ascending=False, kind="stable")
        best = [f"{data}: {_best(judged[judged['dataset'] == data], apart)}" for data in of_data.index[:DATASETS]]
        more = f"; {len(of_data) - DATASETS} more data sets" if len(of_data) > DATASETS else ""
        arrow = ARROWS[judged["better"].iloc[0]] if len(judged) else ""
        told = "; ".join(best) + more if best else f"{len(rows)} rows, of which neither direction is better"
        shown.add_row(escape(name), escape(metric + arrow), escape(told))
    console.print(shown)
    console.print("[dim]of a metric's first estimator, at the largest n; controls do not compete[/dim]\n")


def _best(rows: pd.DataFrame, apart: frozenset[str]) -> str:
    """Which model has the best value, of rows of one metric and data set."""
    alike = rows[rows["estimator"] == rows["estimator"].iloc[0]].sort_values("n", kind="stable")
    alike = alike.drop_duplicates("model", keep="last")
    best = alike.loc[sorted(best_rows(alike, apart))]
    if best.empty:
        return "no two models to compare"
    others = f" and {len(best) - 1} more" if len(best) > 1 else ""
    return f"{best['model'].iloc[0]}{others} {short(best['value'].iloc[0])}"
