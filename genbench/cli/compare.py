"""``genbench compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import Datasets, Format, Metrics, Models, check_format
from genbench.errors import check_choice

WORSE_FOUND = 3
"""The exit code of ``--fail-on``."""


def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="A B [C ...]", help="Run folders or folders of tables; A is the reference.")
    ],
    model: Models = None,
    dataset: Datasets = None,
    metric: Metrics = None,
    test: Annotated[str, typer.Option(metavar="auto|t|permutation", help="The test of seeds' values.")] = "auto",
    family: Annotated[
        str, typer.Option(metavar="metric|all", help="Which rows Holm's correction takes together.")
    ] = "metric",
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="worse|different",
            help="Exit with 3 if a row is worse or newly failed; or differs at all.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the rows that do not differ.")] = False,
    format_: Format = "table",
) -> None:
    """Say row by row what is better or worse in B than in A, and what chance may account for."""
    if fail_on is not None:
        check_choice("--fail-on", fail_on, ("worse", "different"))
    check_format(format_)
    from genbench.cli.output import print_frame
    from genbench.results.comparison import DIFFERENT, WORSE_OR_FAILED, compare
    from genbench.results.readable import notes, readable

    lines = compare(
        *folders, models=model or (), datasets=dataset or (), metrics=metric or (), test=test, family=family
    )  # fmt: skip
    print_frame(lines, format_, readable(lines, everything), notes(lines, everything))
    verdicts = WORSE_OR_FAILED if fail_on == "worse" else DIFFERENT
    if fail_on is not None and lines["verdict"].isin(verdicts).any():
        raise typer.Exit(WORSE_FOUND)
