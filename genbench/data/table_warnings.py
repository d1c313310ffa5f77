"""What a user should look at in a table of theirs: columns that give the class away, or say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?")
MANY_CATEGORIES = 10
"""From more than these on, a category should have as many rows on average."""


def table_warnings(features: pd.DataFrame) -> Iterator[str]:
    """A line for each suspicious column of a table as :func:`genbench.data.csv_file.read_csv` returns it."""
    for name, column in features.items():
        known = column.dropna()
        what = _numbers(known) if pd.api.types.is_float_dtype(column) else _text(known, len(column))
        if what:
            yield f"column {name!r} {what}; to leave it out: ignore=[{name}]"


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
