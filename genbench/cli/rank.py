"""``genbench rank``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import Datasets, Format, Metrics, Models, check_format
from genbench.errors import GenbenchError, check_choice

SHOWN = 5
"""Rankings that an error names."""


def rank(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, or a folder of tables.")],
    model: Models = None,
    dataset: Datasets = None,
    table: Annotated[
        list[str] | None, typer.Option(help="Only this table; may be repeated.", show_default=False)
    ] = None,
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
    from genbench.report.figures import check_ending, draw_critical_differences
    from genbench.results.atomic import checked_output
    from genbench.results.loading import read_run
    from genbench.results.ranking import POST_HOC, rank_frame, rankable
    from genbench.results.readable_ranks import first_of_each_table, pair_frames, rank_notes, ranks_as_text

    check_choice("--post-hoc", post_hoc, POST_HOC)
    if output is not None:
        check_ending(output)
        output = checked_output(output)
    run = read_run(folder)
    columns = {"table": table, "metric": metric, "estimator": estimator, "model": model, "dataset": dataset}
    wanted = {column: names or [] for column, names in columns.items()}
    found, refused = rankable(run, wanted, common_only, controls)
    if output is not None and len(found) != 1:
        there = ", ".join(scores.described for scores in found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
        raise GenbenchError(
            "a diagram shows one metric and estimator; choose with --table, --metric and --estimator of: "
            + (there or "none")
        )
    frame = rank_frame(found)
    notes = rank_notes(found, refused, post_hoc)
    shown = found if table or metric or estimator else first_of_each_table(found)
    if len(shown) < len(found):
        notes.append(
            f"the first metric of each table; {len(found) - len(shown)} more with --table, --metric or --estimator"
        )
    if not run.knows_controls:
        notes.append("which models are controls is not recorded here: name the models to rank with -m")
    print_frame(frame, format_, ranks_as_text(rank_frame(shown)), notes)
    if len(found) == 1 and format_ == "table":
        for title, matrix in pair_frames(found[0], post_hoc):
            print_frame(matrix, format_, matrix, [title])
    if output is not None:
        draw_critical_differences(found[0], post_hoc, output)
        typer.echo(f"Diagram: {output}", err=format_ != "table")
