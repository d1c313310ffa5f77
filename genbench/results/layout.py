"""How a table is laid out for reading: models down, metrics (or sizes) across, controls under the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from genbench.measurement import TAIL_INDEX

TRAINING = "training:"
"""How metrics begin whose ``examples`` are training examples seen, not the size of the training set."""
WIDEST = 16
"""Columns of a block, at most, if it can be cut."""
MOST_SIZES = 8
"""What models logged at more sizes is shown along each one's training instead."""
SHARES = 5
DOUBTFUL = "†"
"""Marks a mean that rests on few examples."""
WHOLE = 1e6
"""Numbers from here on are whole by their size alone."""


@dataclass(frozen=True)
class Cell:
    """``best`` among the models that compete in its column."""

    text: str
    best: bool = False


EMPTY = Cell("–")


@dataclass(frozen=True)
class Block:
    """One table to be read: under a ``heading``, or none, a line a model; the cells of a line by their column's name."""

    heading: str
    lines: list[tuple[str, bool, Mapping[str, Cell]]]
    """(model, whether it is a control, cells)"""


def blocks(rows: pd.DataFrame, controls: frozenset[str]) -> list[Block]:
    """The rows of one data set: a block with a column a metric; metrics measured at several training sizes, or at several n,
    have a block each. A block wider than :data:`WIDEST` columns is cut where the first word of the estimator changes."""
    rows = _spread_missing(rows).assign(doubtful=doubtful)
    best = best_rows(rows, controls)
    sizes = rows.groupby(["metric", "estimator"])["examples"].transform("nunique")
    counts = rows.groupby(["metric", "estimator", "model", "examples"], dropna=False)["n"].transform("nunique")
    at_several_n = counts.groupby([rows["metric"], rows["estimator"]]).transform("max") > 1
    found = []
    single = rows[(sizes <= 1) & ~at_several_n]
    columns = single["metric"] + " (" + single["estimator"] + ")"
    if columns.nunique() > WIDEST:
        for word, cut in single.groupby(single["estimator"].str.partition("[")[0], sort=False):
            found.append(_block(str(word), cut, columns[cut.index], controls, best))
    elif not single.empty:
        found.append(_block("", single, columns, controls, best))
    for (metric, estimator), curve in rows[sizes > 1].groupby(["metric", "estimator"], sort=False):
        found.append(_curve_block(f"{metric} ({estimator})", curve, controls, best))
    for (metric, estimator), curve in rows[(sizes <= 1) & at_several_n].groupby(["metric", "estimator"], sort=False):
        heading = f"{metric} ({estimator}), by number of test examples and samples"
        found.append(_block(heading, curve, "n = " + curve["n"].astype("Int64").astype(str), controls, best))
    return found


def _curve_block(name: str, curve: pd.DataFrame, controls: frozenset[str], best: set[int]) -> Block:
    """A column a size; where models logged at many sizes, each at its own, a column for each fifth of the training."""
    logged = name.startswith(TRAINING)
    if not logged or curve["examples"].nunique() <= MOST_SIZES:
        heading = f"{name}, by number of training examples{' seen' if logged else ''}"
        return _block(heading, curve, "m = " + curve["examples"].astype(str), controls, best)
    seen = curve["examples"].astype("float64")
    place = SHARES * seen / seen.groupby(curve["model"]).transform("max")
    by_distance = (place - place.round()).abs().sort_values(kind="stable").index
    nearest = curve.assign(share=place.round()).loc[by_distance].drop_duplicates(["model", "share"])
    shown = nearest[nearest["share"] > 0].sort_values("share", kind="stable")
    columns = (100 / SHARES * shown["share"]).astype(int).astype(str) + " %"
    return _block(f"{name}, by share of the training that is done", shown, columns, controls, best)


def best_rows(rows: pd.DataFrame, controls: frozenset[str]) -> set[int]:
    """The index labels of the best value among the models that compete in the same metric, estimator, n and examples."""
    competing = rows[(rows["status"] == "ok") & ~rows["model"].isin(controls) & (rows["better"] != "")]
    if competing.empty:
        return set()
    values = competing.groupby(["metric", "estimator", "n", "examples"], dropna=False)["value"]
    target = values.transform("min").where(competing["better"] == "lower", values.transform("max"))
    best = (competing["value"] == target) & (values.transform("size") > 1)
    return {int(label) for label in competing.index[best]}


def doubtful(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows are means that rest on few examples: those beside which a tail index stands (rows,)."""
    key = ["dataset", "model", "metric", "estimator", "n", "examples"]
    told = rows.loc[rows["metric"].str.endswith(TAIL_INDEX), key]
    marked = told.assign(metric=told["metric"].str.removesuffix(TAIL_INDEX))
    return pd.Series(pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(marked)), index=rows.index)


def short(value: float) -> str:
    """Four significant digits, without an exponent where that is readable; whole numbers, such as counts, as they are."""
    if value == round(value) and abs(value) < WHOLE:
        return f"{value:.0f}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if digits <= 6 else f"{value:.3g}"


def _spread_missing(rows: pd.DataFrame) -> pd.DataFrame:
    """A model that failed before any estimator was known is shown as failed under each that the others have."""
    unknown = (rows["status"] != "ok") & (rows["estimator"] == "")
    known = rows.loc[~unknown, ["metric", "estimator", "examples"]].drop_duplicates()
    spread = rows[unknown].drop(columns=["estimator", "examples"]).merge(known, on="metric", how="left")
    spread["estimator"] = spread["estimator"].fillna("")
    return pd.concat([rows[~unknown], spread[rows.columns]], ignore_index=True) if unknown.any() else rows


def _block(
    heading: str, rows: pd.DataFrame, columns: pd.Series[str], controls: frozenset[str], best: set[int]
) -> Block:
    names = columns.str.replace(" ()", "", regex=False)
    models = sorted(rows["model"].unique(), key=lambda model: (model in controls, model))
    cells = {model: dict.fromkeys(names.unique(), EMPTY) for model in models}
    told = rows[["model", "status", "value", "ci_low", "ci_high", "doubtful"]].itertuples(name=None)
    for (label, model, *shown), name in zip(told, names, strict=True):
        cells[model][name] = Cell(_text(*shown), label in best)
    return Block(heading, [(model, model in controls, cells[model]) for model in models])


def _text(status: str, value: float, low: float, high: float, doubtful: bool) -> str:
    if status != "ok":
        return status.replace("_", " ")
    text = short(value) if pd.isna(low) else f"{short(value)} [{short(low)}, {short(high)}]"
    return f"{text} {DOUBTFUL}" if doubtful else text
