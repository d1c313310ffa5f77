"""Tells what the numbers of arrays are from their type, range and shape: black and white, levels, or any numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.levels import from_levels
from genbench.data.spec import Support

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Convert = Callable[[NDArray[Any]], NDArray[Any]]

BYTE, WORD = 255, 65_535
FEW = 63
"""Whole numbers up to this, in images that are not stored as bytes, are all the levels there are; otherwise 256 are."""
SAMPLE = 1_000
"""Examples among which levels are looked for, before they are looked for in all."""
ROUNDED = {2: 0.07, 4: 1e-3, 8: 1e-3}
"""By how much a multiple of a level may be off, by the bytes of a float."""


@dataclass(frozen=True)
class Reading:
    """How the numbers of an array are taken.

    convert  from the array's numbers to those of the data set.
    guessed  what was concluded that the user should know, "" if there was nothing to conclude.
    """

    support: Support
    convert: Convert
    levels: int | None = None
    guessed: str = ""


def interpret(x: NDArray[Any]) -> Reading:
    """Return how points (n, d) or images (n, channels, height, width) are taken."""
    low, high = float(x.min()), float(x.max())
    if low >= 0 and high <= 1 and ((x == 0) | (x == 1)).all():
        return Reading("binary", _as_float)
    if x.dtype == np.uint8 and x.ndim == 4 and ((x == 0) | (x == BYTE)).all():
        return Reading("binary", lambda values: values > 0, None, f"its bytes are 0 and {BYTE} alone, taken as 0 and 1")
    if x.dtype == np.uint8:
        return Reading("unit", _levels(BYTE + 1), BYTE + 1)
    if x.ndim == 2:
        return Reading("real", _as_float)
    if x.dtype.kind in "iu" or _whole(x):
        return _whole_numbers(low, high)
    return _fractions(x, low, high)


def _whole_numbers(low: float, high: float) -> Reading:
    """Return the reading of images of whole numbers that are not stored as bytes."""
    if low < 0 or high > WORD:
        return _real(low, high)
    if high > BYTE:
        told = f"its whole numbers up to {high:g} are taken as {WORD + 1:,} grey levels"
        return Reading("unit", _levels(WORD + 1), WORD + 1, told)
    if high > FEW:
        return Reading(
            "unit", _levels(BYTE + 1), BYTE + 1, f"its whole numbers from {low:g} to {high:g} are taken as bytes"
        )
    levels = int(high) + 1
    told = f"its whole numbers from {low:g} to {high:g} are taken as {levels} levels; store them as uint8 if they are bytes"
    return Reading("unit", _levels(levels), levels, told)


def _fractions(x: NDArray[Any], low: float, high: float) -> Reading:
    """Return the reading of images of floats that are not all whole."""
    if low >= 0 and high <= 1:
        levels = _levels_of_floats(x)
        return Reading("unit", _as_float if levels is None else _nearest_level(levels), levels)
    if -1 <= low < -0.5 and 0.5 < high <= 1:
        moved = _from_signed
        levels = _levels_of_floats(moved(x))
        told = "its numbers from -1 to 1 are moved to the range from 0 to 1"
        nearest = _nearest_level(levels) if levels else _as_float
        return Reading("unit", lambda values: nearest(moved(values)), levels, told)
    if low >= 0 and BYTE / 2 < high <= BYTE:
        told = f"its fractions from {low:g} to {high:g} are taken as grey values, divided by {BYTE}"
        return Reading("unit", lambda values: np.asarray(values, dtype=np.float64) / BYTE, None, told)
    return _real(low, high)


def _real(low: float, high: float) -> Reading:
    told = (
        f"its numbers from {low:g} to {high:g} are those of no picture that is known: they are taken as any numbers (scale "
        "them to the range from 0 to 1 if they are grey values)"
    )
    return Reading("real", _as_float, None, told)


def _whole(x: NDArray[Any]) -> bool:
    return bool((x[:1] == np.rint(x[:1])).all() and (x == np.rint(x)).all())


def _levels_of_floats(x: NDArray[Any]) -> int | None:
    """Return how many levels floats in [0, 1] have, as 256 if they are bytes divided by 255; None if more than that."""
    values = np.unique(np.asarray(x[:SAMPLE], dtype=np.float64))
    if len(values) > BYTE + 1:
        return None
    tolerance = ROUNDED.get(x.dtype.itemsize, 1e-3)
    steps = np.diff(values)
    steps = steps[steps > tolerance / BYTE]
    smallest = [round(1 / steps.min())] if len(steps) else []
    for last in (*smallest, BYTE):
        if 0 < last <= BYTE and all((np.abs(part - np.rint(part)) < tolerance).all() for part in _scaled(x, last)):
            return int(last) + 1
    return None


def _scaled(x: NDArray[Any], factor: int) -> Iterator[NDArray[np.float64]]:
    """Yield the array times ``factor``, in pieces that take little memory."""
    for piece in np.array_split(x, 1 + len(x) // SAMPLE):
        yield np.asarray(piece, dtype=np.float64) * factor


def _from_signed(x: NDArray[Any]) -> NDArray[np.float64]:
    return (np.asarray(x, dtype=np.float64) + 1) / 2


def _as_float(x: NDArray[Any]) -> NDArray[Any]:
    return x


def _levels(levels: int) -> Convert:
    return lambda x: from_levels(x.astype(np.result_type(x, np.float32), copy=False), levels)


def _nearest_level(levels: int) -> Convert:
    return lambda x: from_levels(np.rint(np.asarray(x, dtype=np.float64) * (levels - 1)), levels)
