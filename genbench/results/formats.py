"""A frame as text in the format that is asked for; names and reasons are data in each of them, never markup."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd

from genbench.results.markdown import escape, markdown_table
from genbench.results.tables import as_csv


def as_text(raw: pd.DataFrame, readable: pd.DataFrame, notes: Sequence[str], kind: str) -> str:
    """``csv`` and ``json`` of the raw frame; ``markdown`` and ``html`` of the readable one, under its notes."""
    if kind == "csv":
        return as_csv(raw)
    if kind == "json":
        return str(raw.to_json(orient="records", indent=1, force_ascii=False)) + "\n"
    if kind == "html":
        told = "".join(f"<p>{html.escape(note)}</p>\n" for note in notes)
        return f"{told}{readable.to_html(index=False, escape=True, border=0)}\n"
    told = "".join(f"{escape(note)}\n\n" for note in notes)
    return told + markdown_table(readable.map(escape)) + "\n"
