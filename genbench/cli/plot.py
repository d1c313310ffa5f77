"""``genbench plot``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genbench.cli.options import Datasets, Models

if TYPE_CHECKING:
    import pandas as pd

    from genbench.results.loading import Run


def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, or a folder of tables.")],
    table: Annotated[str, typer.Option(metavar="NAME", help="The table.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="FILE.png, FILE.svg or FILE.pdf.")],
    metric: Annotated[
        str | None, typer.Option(help="The metric (default: the table's first).", show_default=False)
    ] = None,
    estimator: Annotated[
        str | None, typer.Option(help="The estimator (default: the metric's first).", show_default=False)
    ] = None,
    model: Models = None,
    dataset: Datasets = None,
) -> None:
    """Draw one metric of a table: models with their intervals, a panel a data set; curves where it was measured at sizes."""
    from genbench.report.figures import check_ending, draw_table
    from genbench.results.atomic import checked_output
    from genbench.results.loading import read_run

    check_ending(output)
    output = checked_output(output)
    rows, others = _chosen(read_run(folder), table, metric, estimator, model or [], dataset or [])
    draw_table(rows, output)
    first = rows.iloc[0]
    typer.echo(f"{first['metric']} ({first['estimator']}): {output}")
    if others:
        typer.echo(f"also there: {', '.join(others)}")


def _chosen(
    run: Run, table: str, metric: str | None, estimator: str | None, models: list[str], datasets: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The rows that have a value, and the other estimators of the metric."""
    from genbench.errors import GenbenchError
    from genbench.results.loading import check_names

    wanted = (("table", [table]), ("model", models), ("dataset", datasets), ("metric", [metric] if metric else []))
    for column, names in wanted:
        check_names([run], column, column.replace("dataset", "data set"), names)
        run = run.only(**{column: names})
    rows = run.rows[run.rows["status"] == "ok"]
    if rows.empty:
        raise GenbenchError(f"nothing to draw: table {table!r} has no such value")
    rows = rows[rows["metric"] == (metric or rows["metric"].iloc[0])]
    estimators = list(dict.fromkeys(rows["estimator"]))
    if estimator is not None:
        check_names([run], "estimator", "estimator", [estimator])
    chosen = estimator or estimators[0]
    rows = rows[rows["estimator"] == chosen]
    if rows.empty:
        raise GenbenchError(
            f"nothing to draw: no value has the estimator {chosen!r}; there is: {', '.join(estimators)}"
        )
    return rows, [name for name in estimators if name != chosen]
