"""A table's twin for reading: models down, metrics (or training sizes) across, controls set apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

TRAINING = "training:"
"""How metrics begin whose ``examples`` are training examples seen, not the size of the training set."""
WIDEST = 16
"""Columns of a block, at most, if it can be cut."""
CONTROLS_NOTE = "Rows in *italics* are controls; they never compete."


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
        shown = frame[["dataset", "model", "metric", "status", "reason"]].fillna("").map(_escape)
        return title + as_cells(shown) + "\n"
    if "metric" not in frame.columns:  # a comparison of models
        return title + as_cells(frame.astype(object).map(_plain)) + "\n"
    sections = []
    for dataset, rows in frame.groupby("dataset", sort=False):
        sections.append(f"## {_escape(dataset)}\n\n" + "\n\n".join(_blocks(rows, controls)) + "\n")
    return title + _legend(frame) + _flaws(frame, flaws or {}) + "\n" + "\n".join(sections)


def best_rows(rows: pd.DataFrame, controls: frozenset[str]) -> set[int]:
    """The index labels of the best value among the models that compete in the same metric, estimator, n and examples."""
    best: set[int] = set()
    competing = rows[(rows["status"] == "ok") & ~rows["model"].isin(controls) & (rows["better"] != "")]
    for _, group in competing.groupby(["metric", "estimator", "n", "examples"], dropna=False):
        if len(group) > 1:
            lower = group["better"].iloc[0] == "lower"
            target = group["value"].min() if lower else group["value"].max()
            best.update(int(label) for label in group.index[group["value"] == target])
    return best


def short(value: float) -> str:
    """Four significant digits, without an exponent where that is readable."""
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if digits <= 6 else f"{value:.3g}"


def _blocks(rows: pd.DataFrame, controls: frozenset[str]) -> list[str]:
    """One block with a column a metric; metrics measured at several training sizes, or at several n, get a block each.

    A block wider than :data:`WIDEST` columns is cut where the first word of the estimator changes.
    """
    rows = _spread_missing(rows)
    sizes = rows.groupby(["metric", "estimator"])["examples"].transform("nunique")
    counts = rows.groupby(["metric", "estimator", "model", "examples"], dropna=False)["n"].transform("nunique")
    at_several_n = counts.groupby([rows["metric"], rows["estimator"]]).transform("max") > 1
    blocks = []
    single = rows[(sizes <= 1) & ~at_several_n]
    columns = single["metric"] + " (" + single["estimator"] + ")"
    if columns.nunique() > WIDEST:
        for word, cut in single.groupby(single["estimator"].str.partition("[")[0], sort=False):
            blocks.append(f"{_escape(word)}\n\n" + _pivot(cut, columns[cut.index], controls))
    elif not single.empty:
        blocks.append(_pivot(single, columns, controls))
    for (metric, estimator), curve in rows[sizes > 1].groupby(["metric", "estimator"], sort=False):
        seen = " seen" if str(metric).startswith(TRAINING) else ""
        heading = f"{_escape(metric)} ({_escape(estimator)}), by number of training examples{seen}\n\n"
        blocks.append(heading + _pivot(curve, "m = " + curve["examples"].astype(str), controls))
    for (metric, estimator), curve in rows[(sizes <= 1) & at_several_n].groupby(["metric", "estimator"], sort=False):
        heading = f"{_escape(metric)} ({_escape(estimator)}), by number of test examples and samples\n\n"
        blocks.append(heading + _pivot(curve, "n = " + curve["n"].astype("Int64").astype(str), controls))
    return blocks


def _spread_missing(rows: pd.DataFrame) -> pd.DataFrame:
    """A model that failed before any estimator was known is shown as failed under each that the others have."""
    unknown = (rows["status"] != "ok") & (rows["estimator"] == "")
    known = rows.loc[~unknown, ["metric", "estimator", "examples"]].drop_duplicates()
    spread = rows[unknown].drop(columns=["estimator", "examples"]).merge(known, on="metric", how="left")
    spread["estimator"] = spread["estimator"].fillna("")
    return pd.concat([rows[~unknown], spread[rows.columns]], ignore_index=True) if unknown.any() else rows


def _pivot(rows: pd.DataFrame, columns: pd.Series[str], controls: frozenset[str]) -> str:
    headings = columns.str.replace(" ()", "", regex=False)
    best = best_rows(rows, controls)
    models = sorted(rows["model"].unique(), key=lambda model: (model in controls, model))
    cells = {model: dict.fromkeys(headings.unique(), "–") for model in models}
    for (label, row), heading in zip(rows.iterrows(), headings, strict=True):
        text = _cell(row)
        cells[row["model"]][heading] = f"**{text}**" if label in best else text
    shown = [
        {"model": f"*{_escape(model)}*" if model in controls else _escape(model), **cells[model]} for model in models
    ]
    return as_cells(pd.DataFrame(shown).rename(columns=_escape))


def _cell(row: pd.Series[Any]) -> str:
    if row["status"] != "ok":
        return str(row["status"]).replace("_", " ")
    if pd.isna(row["ci_low"]):
        return short(row["value"])
    return f"{short(row['value'])} [{short(row['ci_low'])}, {short(row['ci_high'])}]"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else short(value)
    return "–" if value is None else _escape(value)


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
            lines.append(f"- {_escape(metric)}: {first['unit'] or 'no unit'}; {direction}{sizes}{seeds}")
    return "\n".join([*lines, f"\nCells: value [95 % interval]. {CONTROLS_NOTE}\n"])


def _flaws(frame: pd.DataFrame, flaws: Mapping[str, str]) -> str:
    """What is wrong with the models of the table that have a flaw."""
    there = [model for model in flaws if model in set(frame["model"])]
    return "".join(f"- *{_escape(model)}*: {_escape(flaws[model])}.\n" for model in sorted(there))


def _range(values: pd.Series[Any]) -> str:
    low, high = values.min(), values.max()
    return f"{low}" if low == high else f"{low} to {high}"


def as_cells(frame: pd.DataFrame) -> str:
    """The frame as a Markdown table, its texts as they are."""
    return str(frame.to_markdown(index=False, disable_numparse=True))


def _escape(text: object) -> str:
    """Text that a plugin brought, harmless inside a Markdown table."""
    return (
        " ".join(str(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
    )
