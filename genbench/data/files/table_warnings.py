"""What a user should look at in a table of theirs: columns that give the class away, or say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?")
MANY_CATEGORIES = 10
"""From more than these on, a category should have as many rows on average."""

NORMAL = 1.4826
"""Standard deviations a median absolute deviation of a normal distribution."""
FLATTENED = 1000
"""Standard deviations may be so many times what the bulk of the values has."""
NEARLY_ALL = 0.99
"""Share of the rows that should not have the same number."""
EXACT = 2**53
"""Whole numbers up to this are told apart by a float64."""
UNIT = re.compile(r"[<>~≈]?\s?[+-]?\d+(?:[.,]\d+)?\s?(?P<unit>[^\W\d_]{1,4}|°[CF]?)")


def table_warnings(features: pd.DataFrame, target: pd.Series | None) -> Iterator[str]:
    """Yield a line for each suspicious column of a table of float64 and text columns."""
    for name, column in features.items():
        known = column.dropna()
        if target is not None and _one_to_one(column, target):
            what = "is the target in the same or other words, so that whoever sees it knows the class"
        else:
            what = _numbers(known, target) if pd.api.types.is_float_dtype(column) else _text(known, len(column))
        if what:
            yield f"column {name!r} {what}; to leave it out: ignore=[{name}]"


def _one_to_one(column: pd.Series, target: pd.Series) -> bool:
    """Whether each value goes with one class and each class with one value."""
    values, classes = column.nunique(), target.nunique()
    if values != classes or classes < 2:
        return False
    pairs = pd.DataFrame({"value": column, "class": target}).dropna().drop_duplicates()
    return len(pairs) == classes


def _numbers(known: pd.Series, target: pd.Series | None) -> str:
    """Return what is wrong with a column of numbers; empty if nothing is, or if it has a single number, which is told where
    the column is left out."""
    if (known.abs() > EXACT).any() and (known % 1 == 0).all():
        return f"holds whole numbers above {EXACT:,}, of which neighbours become equal (are these identifiers?)"
    if (known == known.iloc[0]).all():
        return ""
    steps = np.diff(known)
    consecutive = known.is_unique and np.ptp(known) == len(known) - 1
    if (known % 1 == 0).all() and (consecutive or (steps > 0).all() or (steps < 0).all()):
        return (
            "may number the rows (whole numbers, all different, in order or without a gap) and so give the class away "
            "where the file is sorted by class"
        )
    distances = (known - known.median()).abs()
    scale = NORMAL * distances.median()  # what the standard deviation would be without the outliers
    if scale > 0 and known.std() > FLATTENED * scale:
        place = int(distances.to_numpy().argmax())
        return f"hardly varies once it is standardised, because of {known.iloc[place]:g} in line {known.index[place]}"
    return _hardly_spread(known, target)


def _hardly_spread(known: pd.Series, target: pd.Series | None) -> str:
    """Return what is wrong with numbers that have one value in nearly all rows, or in all rows of a class."""
    counts = known.value_counts()
    if counts.iloc[0] > NEARLY_ALL * len(known):
        return (
            f"is {counts.index[0]:g} in {counts.iloc[0]} of {len(known)} rows, where densities may be as high as they like; "
            f"categorical=[{known.name}] makes its numbers categories"
        )
    if target is None or len(counts) <= MANY_CATEGORIES:
        return ""
    groups = known.groupby(target[known.index]).agg(["min", "max", "size"])
    alike = groups[(groups["min"] == groups["max"]) & (groups["size"] > 1)]
    if alike.empty:
        return ""
    return (
        f"is {alike['min'].iloc[0]:g} in every row of the class {alike.index[0]!r}, where densities given the class may be "
        "as high as they like"
    )


def _text(known: pd.Series, rows: int) -> str:
    """What is wrong with a column of text; empty if nothing is."""
    categories = known.astype(str).unique()
    if len(categories) == 1 and len(known) == rows:
        return f"is {categories[0]!r} in every row"
    if all(DATE.fullmatch(category) for category in categories):
        return f"holds dates, which are taken as {len(categories)} categories without an order"
    units = {match["unit"] if (match := UNIT.fullmatch(category)) else "" for category in categories}
    if len(units) == 1 and "" not in units and len(categories) > 2:
        unit = units.pop()
        return (
            f"holds numbers with the unit {unit!r}, which are taken as categories without an order; write numbers alone"
        )
    if len(categories) > max(MANY_CATEGORIES, rows / MANY_CATEGORIES):
        return f"has {len(categories)} different texts in {rows} rows, too few rows to learn much of a category"
    return ""
