"""Prints a frame: for the terminal, or in a format for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from genbench.cli.display import table_console

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 200
"""On a terminal; more are of no use there."""
STYLES = {"▲": "green", "▼": "red", "!": "bold red"}


def print_frame(raw: pd.DataFrame, kind: str, readable: pd.DataFrame, notes: Sequence[str] = ()) -> None:
    """``table``: the readable frame, cut off after :data:`SHOWN_ROWS`, and its notes; else see
    :mod:`genbench.results.formats`."""
    if kind != "table":
        from genbench.results.formats import as_text

        typer.echo(as_text(raw, readable, notes, kind), nl=False)
        return
    console = table_console()
    if len(readable):
        table = Table(*(escape(name) for name in readable.columns), box=None)
        for row in readable.head(SHOWN_ROWS).itertuples(index=False):
            table.add_row(*(escape(str(cell)) for cell in row), style=STYLES.get(str(row[0])))
        console.print(table)
        if len(readable) > SHOWN_ROWS:
            console.print(f"... and {len(readable) - SHOWN_ROWS} more; see them all with --format csv", highlight=False)
    for note in notes:
        console.print(escape(note), soft_wrap=True, highlight=False)
