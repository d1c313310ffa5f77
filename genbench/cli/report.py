"""``genbench report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import given_path


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, or a folder of tables.")],
    other: Annotated[
        Path | None, typer.Argument(metavar="[DIR2]", help="Another, to be compared with it.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            parser=given_path,
            metavar="FILE",
            help="The file (default: DIR/report.html).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write one HTML file with the tables, figures and pictures of a run; it needs no network and no other file."""
    from genbench.report.page import write_report
    from genbench.results.atomic import checked_output

    path = output or folder / "report.html"
    if folder.is_dir():
        path = checked_output(path)
    write_report(folder, path, other)
    typer.echo(f"Report: {path}")
