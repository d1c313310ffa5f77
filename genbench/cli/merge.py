"""``genbench merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import given_path


def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="A B [C ...]", help="Run folders under one protocol.")],
    out: Annotated[Path, typer.Option(parser=given_path, metavar="DIR", help="The new run folder.")],
) -> None:
    """Put run folders of several machines together; exit code 1 if they contradict each other."""
    from genbench.results.merging import merge

    merged = merge(folders, out)
    for conflict in merged.conflicts:
        typer.echo(f"genbench: conflict: {conflict}", err=True)
    typer.echo(f"{merged.jobs} jobs in {out}; {len(merged.conflicts)} conflicts")
    if merged.conflicts:
        raise typer.Exit(1)
