"""Turns a column of cells into numbers or text, and tells what a cell holds that is neither."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from genbench.errors import DataError

_DIGITS = r"\d+([.,'_\s]\d+)*([eE][+-]?\d+)?"
PERCENTAGE = re.compile(rf"[+-]?{_DIGITS}\s?[%‰]")
CURRENCY = r"([$€£¥₹₩₽฿₺₴₪¢]|(USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL)\b)"
AMOUNT = re.compile(rf"\(?[+-]?\s?({CURRENCY}\s?[+-]?{_DIGITS}|{_DIGITS}\s?{CURRENCY})\)?")
DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
"""0,5 and 1.000,5; also 1,000, which the other cells must tell apart"""
THOUSANDS = re.compile(r"[+-]?(\d{1,3}([,'_\s]\d{3})+(\.\d+)?|\d{1,3}(\.\d{3})+(,\d+)?)")
"""1,000 and 1'000.5 and 1 000 and 1.000.000"""
OTHER = re.compile(r"[+-]?0[xX][0-9a-fA-F]+|[−–]\s?\d[\d.,]*|\([\d.,]+\)|[+-]?\d[\d_]*_\d+")
"""Hexadecimal numbers, a minus that is none, (1.5) of accountants, 1_000"""


def is_number(text: str) -> bool:
    """Tell whether the text is written as a finite number is."""
    try:
        return text.isascii() and "_" not in text and bool(np.isfinite(float(text)))
    except ValueError:
        return False


def typed(
    path: Path, column: pd.Series, as_text: bool, missing: Collection[str], decimal: str
) -> tuple[pd.Series, list[str]]:
    """Return the column as finite float64 numbers with NaN, or as text with None, for the missing; and, of text, which of
    the texts ``missing`` it had."""
    if pd.api.types.is_bool_dtype(column):
        return column.astype(str).astype(object), []
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype(np.float64)
        _refuse(path, column, numbers.abs() == np.inf, decimal)
        return numbers, []
    text = column.astype(object).where(column.notna(), None)
    text = text.map(lambda value: str(value).strip(), na_action="ignore")
    marks = text.isin(["", *missing])
    found = sorted({str(value) for value in text[marks] if value})
    text = text.where(~marks, None)
    if as_text or not _is_of_numbers(path, text, decimal):
        return text, found
    points = text.str.replace(",", ".") if decimal == "comma" else text
    return pd.to_numeric(points).astype(np.float64), found


def _is_of_numbers(path: Path, text: pd.Series, decimal: str) -> bool:
    """Tell whether text is numbers that pandas left as text, as it does those of more than 64 bits.

    Raises :class:`DataError` for text that is numbers but for a few cells, or all of it in a form that is not read.
    """
    known = text.dropna()
    different = pd.Series(known.unique(), dtype=object)
    usable = different[[_parses(value, decimal) for value in different]]
    formatted = all(_form(value, decimal) for value in different)
    if not len(different) or not (len(usable) or formatted):
        return False
    _refuse(path, text, text.notna() & ~text.isin(usable), decimal)
    return True


def _parses(value: str, decimal: str) -> bool:
    if decimal == "comma":
        return "." not in value and is_number(value.replace(",", "."))
    return is_number(value)


def _form(value: str, decimal: str) -> str:
    """Return how a number is written that cannot be used so, "" if it is no number."""
    if decimal == "comma" and "." in value and is_number(value):
        return "point"
    for form, pattern in (
        ("percentage", PERCENTAGE), ("amount", AMOUNT), ("comma", DECIMAL_COMMA), ("thousands", THOUSANDS), ("other", OTHER),
    ):  # fmt: skip
        if pattern.fullmatch(value):
            return form
    return ""


def _refuse(path: Path, column: pd.Series, bad: pd.Series, decimal: str) -> None:
    if not bad.any():
        return
    line, value = bad.idxmax(), str(column[bad].iloc[0])
    what, advice = _what(value, decimal), _advice(value, decimal)
    raise DataError(
        f"{path}: column {column.name!r} holds {what}, but {value[:60]!r} in line {line} is none that can be used; {advice}"
        ", or name the column in categorical= if these are categories"
    )


def _what(value: str, decimal: str) -> str:
    names = {"percentage": "numbers (percentages)", "amount": "numbers (amounts of money)"}
    return names.get(_form(value, decimal), "numbers")


def _advice(value: str, decimal: str) -> str:
    """Return how to mend the cell."""
    form = _form(value, decimal)
    if form == "comma" and THOUSANDS.fullmatch(value) is None and decimal == "point":
        return "write numbers with a decimal point, or give decimal=comma"
    advice = {
        "percentage": "write percentages as plain numbers, without the sign",
        "amount": "write amounts as plain numbers, without the currency",
        "comma": "write numbers without separators of thousands and with a decimal point (or give decimal=comma)",
        "point": "leave decimal=comma out, or write numbers with a decimal comma",
        "thousands": "write numbers without separators of thousands and with a decimal point",
        "other": "write numbers in plain decimal digits with an ordinary minus",
    }
    return advice.get(form) or (
        f"leave a missing value empty or write NA (or say with na=[{value[:20]}] that this means missing)"
    )
