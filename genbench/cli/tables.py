"""``genbench tables``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.errors import check_choice


def tables(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, e.g. results/quick.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="table|latex", help="Print them short, or as LaTeX with booktabs.")
    ] = "table",
    table: Annotated[
        list[str] | None, typer.Option(help="As LaTeX only this table; may be repeated.", show_default=False)
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Write all tables and pictures again, also without the rows of damaged jobs."),
    ] = False,
) -> None:
    """Print the tables of a run, short; or as LaTeX.

    Files of the folder are left alone, but tables and pictures that are not as the jobs give them are written again.
    Tables that were kept without the jobs they were made of are printed as they are.
    """
    check_choice("--format", format_, ("table", "latex"))
    if format_ == "latex":
        _print_latex(folder, table or [])
        return
    from genbench.cli.display import table_console
    from genbench.cli.summary import show_tables
    from genbench.results.folder import RunFolder

    show_tables(table_console(), RunFolder(folder), rebuild)


def _print_latex(folder: Path, names: list[str]) -> None:
    from genbench.results.latex import as_latex
    from genbench.results.loading import check_names, read_run
    from genbench.results.tables import FAILURES, flaws

    run = read_run(folder)
    check_names([run], "table", "table", names)
    controls = frozenset(run.rows.loc[run.rows["control"], "model"])
    wrong = flaws(run.folder) if run.record else {}
    for name, rows in run.only(table=names).rows.groupby("table", sort=False):
        if name != FAILURES:
            typer.echo(as_latex(str(name), rows, controls, wrong))
