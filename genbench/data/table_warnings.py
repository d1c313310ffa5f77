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


def table_warnings(features: pd.DataFrame, target: pd.Series | None) -> Iterator[str]:
    """A line for each suspicious column of a table as :func:`genbench.data.csv_file.read_csv` returns it."""
    for name, column in features.items():
        known = column.dropna()
        if target is not None and _one_to_one(column, target):
            what = "is the target in the same or other words, so that whoever sees it knows the class"
        else:
            what = _numbers(known) if pd.api.types.is_float_dtype(column) else _text(known, len(column))
        if what:
            yield f"column {name!r} {what}; to leave it out: ignore=[{name}]"


def _one_to_one(column: pd.Series, target: pd.Series) -> bool:
    """Whether each value goes with one class and each class with one value."""
    values, classes = column.nunique(), target.nunique()
    if values != classes or classes < 2:
        return False
    pairs = pd.DataFrame({"value": column, "class": target}).dropna().drop_duplicates()
    return len(pairs) == classes


def _numbers(known: pd.Series) -> str:
    """What is wrong with a column of numbers; empty if nothing is."""
    if (known == known.iloc[0]).all():
        return f"is {known.iloc[0]:g} in every row"
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
    return ""


def _text(known: pd.Series, rows: int) -> str:
    """What is wrong with a column of text; empty if nothing is."""
    categories = known.astype(str).unique()
    if len(categories) == 1 and len(known) == rows:
        return f"is {categories[0]!r} in every row"
    if all(DATE.fullmatch(category) for category in categories):
        return f"holds dates, which are taken as {len(categories)} categories without an order"
    if len(categories) > max(MANY_CATEGORIES, rows / MANY_CATEGORIES):
        return f"has {len(categories)} different texts in {rows} rows, too few rows to learn much of a category"
    return ""
