"""A CSV file as a table whose columns are either numbers or text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd

from genbench.data.idx import read_bytes
from genbench.errors import DataError, did_you_mean


def read_csv(path: Path, text_columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table of a comma-separated file (UTF-8, a header, gzipped or plain).

    A column is of numbers (float64) or of text (object), those in ``text_columns`` always of text. A missing value is
    an empty cell, and NaN or None in the table.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        names = _checked_header(path, text)
        for column in text_columns:
            if column not in names:
                raise DataError(f"{path} has no column {column!r}{did_you_mean(column, names)}")
        frame = pd.read_csv(
            io.StringIO(text), header=0, names=names, dtype=dict.fromkeys(text_columns, object),
            keep_default_na=False, na_values=[""], skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except (csv.Error, pd.errors.ParserError) as error:
        raise DataError(f"{path} is not a sound CSV file: {error}") from None
    return pd.DataFrame({name: _typed(path, frame[name], name in text_columns) for name in names})


def _checked_header(path: Path, text: str) -> list[str]:
    """The columns' names; every row must have as many cells. pandas fills up a short row without a word."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    names = [name.strip() for name in next(rows, [])]
    if len(names) < 2:
        raise DataError(f"{path} has one column, {names[0][:60]!r}; expected a header and commas between the cells")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"{path} has more than one column called {repeated[0]!r}")
    count = 0
    for row in rows:
        count += bool(row)
        if row and len(row) != len(names):
            raise DataError(f"{path} line {rows.line_num} has {len(row)} cells, but the header has {len(names)}")
    if count == 0:
        raise DataError(f"{path} has a header but no rows")
    return names


def _typed(path: Path, column: pd.Series, as_text: bool) -> pd.Series:
    """The column as finite float64 numbers with NaN for the missing, or as text with None for the missing."""
    if pd.api.types.is_bool_dtype(column):
        return column.astype(str).astype(object)
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype(np.float64)
        _refuse(path, column, numbers.abs() == np.inf)
        return numbers
    text = column.astype(object).where(column.notna(), None)
    parsed = pd.to_numeric(column, errors="coerce")
    if parsed.notna().any() and not as_text:
        _refuse(path, column, parsed.isna() & column.notna())
    return text


def _refuse(path: Path, column: pd.Series, bad: pd.Series) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{path}: column {column.name!r} holds numbers, but {str(column.iloc[row])!r} in row {row + 1}; "
            "leave a missing value empty, or name the column in categorical= if these are categories"
        )
