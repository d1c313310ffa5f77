"""A table's twin for reading: models down, metrics (or training sizes) across, controls set apart."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.layout import DOUBTFUL, Block, blocks, doubtful, short
from genbench.results.left_out import together
from genbench.text import plain

CONTROLS_NOTE = "Rows in *italics* are controls; they never compete."
INLINE = re.compile(
    r"""[\\`*|~$]                                     # escapes, code, emphasis, cells, crossed out, formulas
    |(?<![^\W_])_|_(?![^\W_])                        # emphasis, but not within a word
    |^\[|\[(?=\^)|!(?=\[)|\](?=[(:])                 # links, notes, pictures; bound[elbo] stays as it is
    |&(?=\#|\w)|:(?=//)|(?<=www)\.|@(?=\w)          # entities, bare addresses, mentions
    """,
    re.VERBOSE | re.IGNORECASE,
)
BLOCK_STARTS = re.compile(r"^(\d*)((?<=\d)[.)](?=\s|$)|(?<!\d)(?:>|[-+](?=\s|$)|\#+(?=\s|$)|[-=](?=[-=]*$)))")
"""How a line begins that would be a list, a quotation, a heading, or make one of the line above."""
DOUBTFUL_NOTE = (
    f"{DOUBTFUL} rests on few examples, as its tail index says: the interval may well not hold the mean; the median tells "
    "of most examples."
)


def as_markdown(
    name: str, frame: pd.DataFrame, controls: frozenset[str], flaws: Mapping[str, str] | None = None
) -> str:
    """The table as Markdown. The best value is bold only among rows of the same estimator that are no controls.

    flaws  by a model's label, what is wrong with it; told above the numbers.
    """
    title = f"# {name.replace('_', ' ')}\n\n"
    if frame.empty:
        return title + "Nothing to show.\n"
    if "reason" in frame.columns:
        return title + _failures(frame[["dataset", "model", "metric", "status", "reason"]].fillna(""))
    if name in TABLES_OF_PAIRS:
        return title + f"{TABLES_OF_PAIRS[name].caption}\n\n" + markdown_table(frame.astype(object).map(_plain)) + "\n"
    sections = []
    for dataset, rows in frame.groupby("dataset", sort=False):
        sections.append(f"## {escape(dataset)}\n\n" + "\n\n".join(map(_block, blocks(rows, controls))) + "\n")
    return title + _legend(frame) + _flaws(frame, flaws or {}) + "\n" + "\n".join(sections)


def _failures(frame: pd.DataFrame) -> str:
    """What failed, a line each; then what was left out, a line for all models and data sets of which the same is true."""
    failed, skipped = frame[frame["status"] != "skipped"], frame[frame["status"] == "skipped"]
    parts = [] if failed.empty else [markdown_table(failed.map(escape))]
    if len(skipped):
        entries = together(skipped[["metric", "reason", "model", "dataset"]].itertuples(index=False, name=None))
        lines = [(one.what, one.reason, ", ".join(one.models), ", ".join(one.datasets)) for one in sorted(entries)]
        table = pd.DataFrame(lines, columns=["what", "reason", "models", "data sets"])
        parts.append(f"## Left out\n\n{markdown_table(table.map(escape))}")
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    heading = f"{escape(block.heading)}\n\n" if block.heading else ""
    shown = [
        {"model": f"*{escape(model)}*" if control else escape(model)}
        | {escape(name): f"**{cell.text}**" if cell.best else cell.text for name, cell in cells.items()}
        for model, control, cells in block.lines
    ]
    return heading + markdown_table(pd.DataFrame(shown))


def _plain(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else short(value)
    return "–" if value is None else escape(value)


def _legend(frame: pd.DataFrame) -> str:
    """Unit and direction of each metric, and the sizes behind the numbers."""
    lines = []
    for metric, rows in frame.groupby("metric", sort=False):
        ok = rows[rows["status"] == "ok"]
        if not ok.empty:
            first = ok.iloc[0]
            direction = f"{first['better']} is better" if first["better"] else "neither direction is better"
            sizes = "" if ok["n"].isna().all() else f"; n = {_range(ok['n'])}"
            seeds = "" if ok["seeds"].isna().all() else f"; seeds = {_range(ok['seeds'])}"
            lines.append(f"- {escape(metric)}: {escape(first['unit']) or 'no unit'}; {direction}{sizes}{seeds}")
    notes = [CONTROLS_NOTE, *([DOUBTFUL_NOTE] if doubtful(frame).any() else [])]
    return "\n".join([*lines, f"\nCells: value [95 % interval]. {' '.join(notes)}\n"])


def _flaws(frame: pd.DataFrame, flaws: Mapping[str, str]) -> str:
    """What is wrong with the models of the table that have a flaw."""
    there = [model for model in flaws if model in set(frame["model"])]
    return "".join(f"- *{escape(model)}*: {escape(flaws[model])}.\n" for model in sorted(there))


def _range(values: pd.Series[Any]) -> str:
    low, high = values.min(), values.max()
    return f"{low}" if low == high else f"{low} to {high}"


def markdown_table(frame: pd.DataFrame) -> str:
    """The frame's texts as a Markdown table; they must have been escaped."""
    return str(frame.to_markdown(index=False, disable_numparse=True))


def escape(text: object) -> str:
    """Return text that a plugin brought as it will be read: in CommonMark and in GitHub's dialect no link, picture, HTML,
    entity, emphasis, cell, heading or list comes of it, wherever on a line it stands."""
    return BLOCK_STARTS.sub(r"\1\\\2", INLINE.sub(r"\\\g<0>", plain(text)).replace("<", "&lt;"))
