"""A CSV file as a table whose columns are either numbers or text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from genbench.data.idx import read_bytes
from genbench.errors import DataError, did_you_mean

SEPARATORS = (",", ";", "\t")
MISSING_MARKERS = ("?", "NA", "na", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL")
"""What a user may write for a missing value, beside an empty cell. Not ``None``: it often is a category or a class."""
FORMATTED_NUMBER = re.compile(r"[+-]?(\d+(\.\d{3})*,\d+|\d{1,3}([,'\s]\d{3})+(\.\d+)?)")
"""1,000 and 1'000.5 and 1.000,5 and 0,5"""


def read_csv(
    path: Path,
    text_columns: Collection[str] = (),
    ignored_columns: Collection[str] = (),
    missing_markers: Collection[str] = (),
) -> pd.DataFrame:
    """The table of a CSV file (UTF-8, a header, gzipped or plain), without ``ignored_columns``.

    Cells are separated by the first of :data:`SEPARATORS` that the header has. A column is of numbers (float64) or of text
    (object), those in ``text_columns`` always of text. A missing value is an empty cell or one of ``missing_markers``, and
    NaN or None in the table. The index holds the line of the file on which a row starts; the first line is 1.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        separator = _separator(text)
        names, lines = _checked_layout(path, text, separator)
        for column in (*text_columns, *ignored_columns):
            if column not in names:
                raise DataError(f"{path} has no column {column!r}{did_you_mean(column, names)}")
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, header=0, names=names, dtype=dict.fromkeys(text_columns, object),
            keep_default_na=False, na_values=["", *missing_markers], skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except (csv.Error, pd.errors.ParserError) as error:
        raise DataError(f"{path} is not a sound CSV file: {error}") from None
    if len(frame) != len(lines):
        raise DataError(f"{path} is not a sound CSV file: its quotes can be read in more than one way")
    frame.index = pd.Index(lines)
    kept = [name for name in names if name not in ignored_columns]
    return pd.DataFrame({name: _typed(path, frame[name], name in text_columns) for name in kept}, index=frame.index)


def _separator(text: str) -> str:
    """The first of :data:`SEPARATORS` that cuts the header into more than one cell; else the comma."""
    for separator in SEPARATORS:
        _, header = next(_rows(text, separator), (1, []))
        if len(header) > 1:
            return separator
    return ","


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, after the line on which it starts."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    start = 1
    for row in rows:
        if row:
            yield start, row
        start = rows.line_num + 1


def _checked_layout(path: Path, text: str, separator: str) -> tuple[list[str], list[int]]:
    """The columns' names, each without line ends, and each row's line.

    Every row must have as many cells as the header: pandas fills up a short one without a word.
    """
    rows = _rows(text, separator)
    _, header = next(rows, (1, [""]))
    names = [" ".join(name.split()) for name in header]
    _check_names(path, names)
    lines = []
    for line, row in rows:
        if len(row) != len(names):
            raise DataError(f"{path} line {line} has {len(row)} cells, but the header has {len(names)}")
        lines.append(line)
    if not lines:
        raise DataError(f"{path} has a header but no rows")
    return names, lines


def _check_names(path: Path, names: list[str]) -> None:
    if len(names) < 2:
        raise DataError(
            f"{path} has one column, {names[0][:60]!r}; expected a header, and commas (or semicolons, or tabs) between "
            "the cells"
        )
    if "" in names:
        raise DataError(
            f"{path}: column {names.index('') + 1} has no name in the header; name it, or remove the column (if it is the "
            "index of a pandas table, write the file with index=False)"
        )
    if all(map(_is_number, names)):
        shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise DataError(f"{path} has no header: its first line holds the numbers {shown}; put a line of names above it")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"{path} has more than one column called {repeated[0]!r}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
    formatted = (FORMATTED_NUMBER.fullmatch(str(value)) is not None for value in column.dropna())
    if not as_text and (parsed.notna().any() or all(formatted)):
        _refuse(path, column, parsed.isna() & column.notna())
    return text


def _refuse(path: Path, column: pd.Series, bad: pd.Series) -> None:
    if not bad.any():
        return
    line, value = bad.idxmax(), str(column[bad].iloc[0])
    if FORMATTED_NUMBER.fullmatch(value):
        advice = "write numbers without separators of thousands and with a decimal point"
    else:
        advice = f"leave a missing value empty or write {MISSING_MARKERS[1]}"
    raise DataError(
        f"{path}: column {column.name!r} holds numbers, but {value!r} in line {line} is none that can be used; {advice}, "
        "or name the column in categorical= if these are categories"
    )
