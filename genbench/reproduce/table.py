"""The table of published values: every line that was run, as CSV and, for reading, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from genbench.errors import RunFolderError
from genbench.reproduce import classifiers, digits, distances, likelihood, modes
from genbench.reproduce.line import Line, Obtained
from genbench.results import atomic
from genbench.results.layout import short
from genbench.results.markdown import markdown_table
from genbench.text import plain

LINES: dict[str, Line] = {
    line.name: line for group in (classifiers, digits, likelihood, modes, distances) for line in group.LINES
}
COLUMNS = (
    "line", "group", "kind", "quantity", "unit", "published", "margin", "obtained", "ci_low", "ci_high", "seeds", "n",
    "rule", "agree", "source", "published_settings", "settings",
)  # fmt: skip
NUMBERS = ["published", "margin", "obtained", "ci_low", "ci_high"]
COUNTS = ["seeds", "n"]
SHORT = {"published": "the published values", "theory": "the values of theory"}


def row_of(line: Line, obtained: Obtained) -> dict[str, Any]:
    """The line with what was obtained, in the order of :data:`COLUMNS`."""
    values = {
        **vars(line), **vars(obtained), "line": line.name, "obtained": obtained.value,
        "agree": "yes" if line.agrees(obtained) else "no",
    }  # fmt: skip
    return {column: values[column] for column in COLUMNS}


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows of ``published.csv`` in the folder by their line's name; none if there is no such file.

    Raises :class:`RunFolderError` if it is no such table.
    """
    path = folder / "published.csv"
    if not path.is_file():
        return {}
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if tuple(frame.columns) != COLUMNS:
            raise RunFolderError(f"{path} is not a table of published values; give another folder with --out")
        for column in NUMBERS:
            frame[column] = frame[column].map(lambda text: float(text) if text else math.nan)
        frame[COUNTS] = frame[COUNTS].astype(int)
    except (OSError, ValueError, TypeError, OverflowError) as error:  # pandas' parser errors are ValueErrors
        raise RunFolderError(f"{path} cannot be read: {plain(error, 200)}; give another folder with --out") from None
    return {str(row["line"]): row for row in _records(frame)}


def write(folder: Path, rows: Mapping[str, dict[str, Any]]) -> None:
    """Write ``published.csv`` and ``published.md`` in the order of :data:`LINES`, without rows of lines that are gone."""
    frame = pd.DataFrame([rows[name] for name in LINES if name in rows], columns=list(COLUMNS))
    atomic.write_text(folder / "published.csv", frame.to_csv(index=False, lineterminator="\n"))
    atomic.write_text(folder / "published.md", as_markdown(frame))


def as_markdown(frame: pd.DataFrame) -> str:
    """A table a group, and under it the settings of each line."""
    parts = ["# Published values, run again\n\n" + _counts(frame) + " See [docs/reproduce.md](../docs/reproduce.md).\n"]
    for group, rows in frame.groupby("group", sort=False):
        shown = pd.DataFrame([_shown(row) for row in _records(rows)])
        settings = [
            f"- `{row['line']}`: {row['source']}. *There:* {row['published_settings']}. *Here:* {row['settings']}."
            for row in _records(rows)
        ]
        parts.append(f"\n## {group}\n\n{markdown_table(shown)}\n\n" + "\n".join(settings) + "\n")
    return "".join(parts)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def _counts(frame: pd.DataFrame) -> str:
    told = [
        f"{(rows['agree'] == 'yes').sum()} of {len(rows)} lines agree with {SHORT[str(kind)]}"
        for kind, rows in frame.groupby("kind")
    ]
    return "; ".join(told) + "."


def as_text(row: Mapping[str, Any]) -> tuple[str, str]:
    """The value of the text or of theory, and the one obtained with its interval."""
    low, high = row["ci_low"], row["ci_high"]
    interval = "" if pd.isna(low) else f" [{short(low)}, {short(high)}]"
    unit = f" {row['unit']}" if row["unit"] else ""
    return f"{row['kind']} {row['published']:.10g}{unit}", f"{short(row['obtained'])}{interval}{unit}"


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    theirs, ours = as_text(row)
    return {
        "line": row["line"],
        "quantity": row["quantity"],
        "published, or theory": theirs.removeprefix("published "),
        "obtained [95 %]": ours,
        "seeds": str(row["seeds"]),
        "n": str(row["n"]),
        "rule": row["rule"],
        "agree": row["agree"],
    }
