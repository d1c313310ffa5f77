"""Tables for papers: LaTeX with the rules of the booktabs package."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from genbench.results.layout import Block, Cell, blocks
from genbench.text import plain

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "–": "--",
}  # fmt: skip
NOTE = (
    "Value [95\\,\\% interval]; the best of an estimator is bold; models in italics are controls, which never compete."
)


def as_latex(name: str, frame: pd.DataFrame, controls: frozenset[str], flaws: Mapping[str, str]) -> str:
    """The table as ``table`` environments, one or more a data set; needs ``\\usepackage{booktabs}``.

    The best value is bold only among rows of the same estimator that are no controls; what is wrong with a control stands
    in the caption.
    """
    parts = []
    for dataset, rows in frame.groupby("dataset", sort=False):
        for number, block in enumerate(blocks(rows.reset_index(drop=True), controls)):
            heading = f"{name.replace('_', ' ')} on {dataset}" + (f": {block.heading}" if block.heading else "")
            caption = f"{escape(heading)}. {NOTE}{_flaws(block, flaws)}"
            label = re.sub(r"[^\w:.,=-]+", "-", f"tab:{name}-{dataset}-{number}", flags=re.ASCII)
            parts.append(_environment(block, caption, label))
    return "\n".join(parts)


def escape(text: object) -> str:
    """Return text that a plugin brought as it will be read, harmless in LaTeX."""
    escaped = "".join(SPECIAL.get(character, character) for character in plain(text))
    # at the start of a line of a table these would belong to the line break above
    return f"{{{escaped[0]}}}{escaped[1:]}" if escaped.startswith(("[", "*")) else escaped


def _environment(block: Block, caption: str, label: str) -> str:
    lines = [
        {"model": rf"\textit{{{escape(model)}}}" if control else escape(model)}
        | {escape(column): _bold(cell) for column, cell in cells.items()}
        for model, control, cells in block.lines
    ]
    frame = pd.DataFrame(lines)
    columns = "l" + "r" * (len(frame.columns) - 1)
    return str(
        frame.to_latex(index=False, escape=False, caption=caption, label=label, column_format=columns, position="t")
    )


def _bold(cell: Cell) -> str:
    return rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text)


def _flaws(block: Block, flaws: Mapping[str, str]) -> str:
    return "".join(f" {escape(model)}: {escape(flaws[model])}." for model, _, _ in block.lines if model in flaws)
