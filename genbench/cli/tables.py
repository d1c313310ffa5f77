"""``genbench tables``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def tables(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder, e.g. results/quick.")],
) -> None:
    """Build the tables and pictures of a run folder again and print the tables, short."""
    from genbench.cli.display import table_console
    from genbench.cli.summary import show_tables, where
    from genbench.results.folder import RunFolder

    run_folder = RunFolder(folder)
    console = table_console()
    show_tables(console, run_folder)
    console.print(where(run_folder), soft_wrap=True, highlight=False)
