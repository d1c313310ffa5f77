"""Reads a CSV or TSV file as a table whose columns are either numbers or text.

The file is read as a stream, more than once: neither its text nor what it unpacks to is held as a whole.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from genbench.data.files.cells import is_number, typed
from genbench.data.files.contents import check_memory, unpacked
from genbench.errors import DataError, did_you_mean

SEPARATORS = (",", ";", "\t", "|")
MISSING_TEXTS = (
    "?", "NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "null", "NULL",
)  # fmt: skip
"""Mean a missing value, as an empty cell does. ``None`` is not among them: it often is a category or a class."""
LONGEST_LINE = 2**26
BYTES_A_CELL = 32
"""Counts the bytes of a cell while the table is read: its place in the parser's buffer, the number, and copies of it."""
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class CsvOptions:
    """How cells are read.

    target   the column of the labels, which is text.
    text     other columns that are text, whatever they look like.
    ignore   columns that are left out.
    missing  texts that mean a missing value, beside an empty cell.
    decimal  ``point`` or ``comma``, in numbers.
    """

    target: str | None = None
    text: Collection[str] = ()
    ignore: Collection[str] = ()
    missing: Collection[str] = ()
    decimal: Literal["point", "comma"] = "point"

    def is_text(self, column: str) -> bool:
        return column == self.target or column in self.text


def read_csv(path: Path, options: CsvOptions | None = None) -> pd.DataFrame:
    """Return the table of a file in UTF-8 or UTF-16 with a header, compressed or plain.

    Cells are separated by the first of :data:`SEPARATORS` that the header has. A column is of numbers (float64) or of text
    (object), without blanks around it. A missing value is NaN or None. The index holds the line of the file on which a row
    starts; the first line is 1. ``attrs["missing_texts"]`` holds, for columns of text, which texts were taken for missing.
    """
    options = options or CsvOptions()
    try:
        separator = _separator(path)
        names, lines = _checked_layout(path, separator, options)
        check_memory(path, len(names) * len(lines) * BYTES_A_CELL)
        frame = _parsed(path, separator, names, options)
    except UnicodeDecodeError:
        raise DataError(
            f"{path} is not UTF-8 (line {_first_bad_line(path)}); save it as UTF-8 (in Excel: CSV UTF-8)"
        ) from None
    except (csv.Error, pd.errors.ParserError) as error:
        if "out of memory" in str(error):
            raise MemoryError from None
        raise DataError(f"{path} is not a sound CSV file: {error}") from None
    if len(frame) != len(lines):
        raise DataError(f"{path} is not a sound CSV file: its quotes can be read in more than one way")
    frame.index = pd.Index(lines)
    missing_texts: dict[str, list[str]] = {}
    columns = {}
    for name in names:
        if name not in options.ignore:
            columns[name], found = typed(path, frame.pop(name), options.is_text(name), options.missing, options.decimal)
            missing_texts[name] = found
    table = pd.DataFrame(columns, index=frame.index, copy=False)
    table.attrs["missing_texts"] = missing_texts
    return table


def _parsed(path: Path, separator: str, names: list[str], options: CsvOptions) -> pd.DataFrame:
    """Return the cells as pandas reads them: columns of text with every cell as it is written."""
    texts = [name for name in names if options.is_text(name)]
    others = [name for name in names if not options.is_text(name)]
    with _text(path) as text:
        return pd.read_csv(
            text, sep=separator, header=0, names=names, dtype=dict.fromkeys(texts, object),
            decimal="," if options.decimal == "comma" else ".", keep_default_na=False,
            na_values={name: ["", *options.missing] for name in others}, skipinitialspace=True, low_memory=False,
        )  # fmt: skip


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOWrapper]:
    with unpacked(path) as probe:
        start = probe.read(2)
    if not start:
        raise DataError(f"{path} is empty")
    with unpacked(path) as contents:
        yield io.TextIOWrapper(contents, encoding=MARKS.get(start, "utf-8-sig"), newline="")


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines; raises :class:`DataError` for what no table of text holds."""
    for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), start=1):
        if len(line) == LONGEST_LINE:
            raise DataError(f"{path} line {number} is longer than {LONGEST_LINE:,} characters; is it a table?")
        if "\0" in line:
            raise DataError(f"{path} line {number} holds a NUL byte: it is no text in UTF-8; save the table as UTF-8")
        yield line


def _first_bad_line(path: Path) -> int:
    """Return the first line that is not UTF-8, which is what a line feed ends in UTF-8 and its likes."""
    with unpacked(path) as contents:
        for number, line in enumerate(contents, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _separator(path: Path) -> str:
    """Return the first of :data:`SEPARATORS` that cuts the header into more than one cell; else the comma."""
    with _text(path) as text:
        lines = _lines(path, text)
        start = [line for line, _ in zip(lines, range(100), strict=False)]  # a header may hold line ends within quotes
    for separator in SEPARATORS:
        _, header = next(_rows(iter(start), separator), (1, []))
        if len(header) > 1:
            return separator
    return ","


def _rows(lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, after the line on which it starts."""
    rows = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    start = 1
    for row in rows:
        if row:
            yield start, row
        start = rows.line_num + 1


def _checked_layout(path: Path, separator: str, options: CsvOptions) -> tuple[list[str], array[int]]:
    """Return the columns' names, each without line ends, and each row's line.

    Every row must have as many cells as the header: pandas fills up a short one without a word.
    """
    with _text(path) as text:
        rows = _rows(_lines(path, text), separator)
        _, header = next(rows, (1, [""]))
        names = [" ".join(name.split()) for name in header]
        _check_names(path, names, options)
        starts = array("q")
        for line, row in rows:
            if len(row) != len(names):
                raise DataError(f"{path} line {line} has {len(row)} cells, but the header has {len(names)}")
            starts.append(line)
    if not starts:
        raise DataError(f"{path} has a header but no rows")
    return names, starts


def _check_names(path: Path, names: list[str], options: CsvOptions) -> None:
    if len(names) < 2 and (options.target is not None or not names[0]):
        raise DataError(
            f"{path} has one column, {names[0][:60]!r}; expected a header, and commas (or semicolons, or tabs) between "
            "the cells"
        )
    if "" in names:
        raise DataError(
            f"{path}: column {names.index('') + 1} has no name in the header; name it, or remove the column (if it is the "
            "index of a pandas table, write the file with index=False; if lines end with a separator, remove that)"
        )
    unnamed = options.target not in (None, *names) and any(map(is_number, names))
    if unnamed or all(map(is_number, names)):
        shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise DataError(f"{path} has no header: its first line holds {shown}; put a line of names above it")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"{path} has more than one column called {repeated[0]!r}; rename one of them")
    for column in (*options.text, *options.ignore):
        if column not in names:
            raise DataError(f"{path} has no column {column!r}{did_you_mean(column, names)}")
