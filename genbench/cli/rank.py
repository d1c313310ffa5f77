"""``genbench rank``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import Datasets, Format, Metrics, Models, check_format


def rank(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, or a folder of tables.")],
    model: Models = None,
    dataset: Datasets = None,
    metric: Metrics = None,
    estimator: Annotated[
        list[str] | None, typer.Option(help="Only this estimator; may be repeated.", show_default=False)
    ] = None,
    common_only: Annotated[
        bool, typer.Option("--common-only", help="Rank on the data sets that all models have.")
    ] = False,
    controls: Annotated[bool, typer.Option("--controls", help="Rank the controls, too.")] = False,
    post_hoc: Annotated[
        str, typer.Option(metavar="nemenyi|wilcoxon", help="Which models differ: by their ranks, or pair by pair.")
    ] = "nemenyi",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Draw the critical-difference diagram: .png, .svg or .pdf.", show_default=False
        ),
    ] = None,
    format_: Format = "table",
) -> None:
    """Average ranks over data sets; with one metric and estimator, also who beats whom and which differences count."""
    check_format(format_)
    from genbench.cli.output import print_frame
    from genbench.errors import GenbenchError
    from genbench.report.figures import draw_critical_differences
    from genbench.results.loading import read_run
    from genbench.results.ranking import rank_frame, rankable
    from genbench.results.readable_ranks import pair_frames, rank_notes, ranks_as_text

    run = read_run(folder)
    found, refused = rankable(run, metric or (), estimator or (), model or (), dataset or (), common_only, controls)
    if output is not None and len(found) != 1:
        there = ", ".join(scores.name for scores in found) or "none"
        raise GenbenchError(
            f"a diagram shows one metric and estimator; choose with --metric and --estimator of: {there}"
        )
    frame = rank_frame(found)
    unknown = (
        []
        if run.knows_controls
        else ["which models are controls is not recorded here: name the models to rank with -m"]
    )
    print_frame(frame, format_, ranks_as_text(frame), [*rank_notes(found, refused, post_hoc), *unknown])
    if len(found) == 1 and format_ == "table":
        for title, matrix in pair_frames(found[0], post_hoc):
            print_frame(matrix, format_, matrix, [title])
    if output is not None:
        draw_critical_differences(found[0], post_hoc, output)
        typer.echo(f"Diagram: {output}", err=format_ != "table")
