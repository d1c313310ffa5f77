"""``genbench history``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import Datasets, Format, Models, check_format
from genbench.errors import GenbenchError


def history(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Run folders, or folders of tables.")],
    metric: Annotated[str | None, typer.Option(help="The metric to follow.", show_default=False)] = None,
    model: Models = None,
    dataset: Datasets = None,
    format_: Format = "table",
) -> None:
    """One metric over many runs, in the order in which they were started."""
    check_format(format_)
    from genbench.cli.output import print_frame
    from genbench.results.timeline import as_columns, history

    if metric is None:
        raise GenbenchError(f"which metric? Name one with --metric; there are: {_metrics(folders[0])}")
    frame = history(*folders, metric=metric, models=model or (), datasets=dataset or ())
    reasons = frame.loc[frame["comparable"] != "", ["run", "comparable"]].drop_duplicates()
    notes = [
        f"≠ {run} does not compare with the first run: {reason}" for run, reason in reasons.itertuples(index=False)
    ]
    print_frame(frame, format_, as_columns(frame), notes)


def _metrics(folder: Path) -> str:
    from genbench.results.loading import read_run

    rows = read_run(folder).rows
    return ", ".join(
        rows.loc[(rows["status"] == "ok") & ~rows["metric"].str.startswith("training:"), "metric"].unique()
    )
