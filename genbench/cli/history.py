"""``genbench history``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import Datasets, Format, Models, check_format


def history(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Run folders, or folders of tables.")],
    metric: Annotated[str, typer.Option(help="The metric to follow.")],
    model: Models = None,
    dataset: Datasets = None,
    format_: Format = "table",
) -> None:
    """One metric over many runs, in the order in which they were started."""
    check_format(format_)
    from genbench.cli.output import print_frame
    from genbench.results.timeline import as_columns, history

    frame = history(*folders, metric=metric, models=model or (), datasets=dataset or ())
    reasons = frame.loc[frame["comparable"] != "", ["run", "comparable"]].drop_duplicates()
    notes = [
        f"≠ {run} does not compare with the first run: {reason}" for run, reason in reasons.itertuples(index=False)
    ]
    print_frame(frame, format_, as_columns(frame), notes)
