"""Raw targets to labels 0, 1, ..., and what makes targets unusable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 40
"""Characters of a class's name in a message."""


def encode_labels(
    where: str, targets: NDArray[Any], are_classes: bool = False
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return labels (n,) in the sorted order of the target's values, and the values' names.

    Text that is all numbers is sorted as numbers, but each text is a class of its own. ``are_classes`` tells that many
    different numbers are classes nevertheless. ``where`` names the file or data set in the :class:`DataError` that is
    raised if the targets are not finite, look like those of a regression, have one class only, or a class with one example.
    """
    if np.issubdtype(targets.dtype, np.inexact) and not np.isfinite(targets).all():
        raise DataError(f"{where}: the target is NaN or infinite in {int((~np.isfinite(targets)).sum())} rows")
    values, codes, counts = np.unique(targets, return_inverse=True, return_counts=True)
    texts = [_text(value) for value in values]
    numbers = [_number(text) for text in texts]
    if not are_classes and None not in numbers and len(values) > max(20, len(targets) / 10):
        raise DataError(
            f"{where}: the target has {len(values)} different numbers in {len(targets)} rows, which is regression, "
            "not classes; use target=none, or a column of classes, or name it in categorical= if the numbers are classes"
        )
    order = sorted(range(len(texts)), key=lambda i: (numbers[i] or 0, texts[i]) if None not in numbers else texts[i])
    names = tuple(texts[i] for i in order)
    if len(values) == 1:
        raise DataError(
            f"{where}: all {len(targets)} rows have the target {names[0]!r}; two classes are needed at least (give "
            "target=none for data without labels)"
        )
    if counts.min() == 1:
        single = ", ".join(texts[i] for i in order if counts[i] == 1)
        raise DataError(
            f"{where}: a single row has the target {single[:80]}; each class needs two rows at least: remove such a row "
            "from the file, join its class to another, or give target=none"
        )
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes.ravel()], names


def alike_classes(names: Sequence[str]) -> Iterator[str]:
    """Yield a line if classes differ only in how the same number or word is written."""
    groups: dict[object, list[str]] = defaultdict(list)
    for name in names:
        number = _number(name)
        groups[" ".join(name.casefold().split()) if number is None else number].append(name)
    for group in groups.values():
        if len(group) > 1:
            shown = " and ".join(repr(name[:SHOWN]) for name in group[:3])
            yield f"the classes {shown} are taken as different; if they are the same, write them alike"
            return


def _text(value: Any) -> str:
    """Return the name of a class; of whole numbers, the digits."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float | np.floating):
        return str(int(value)) if value == int(value) else str(value)
    return str(value)


def _number(text: str) -> Decimal | None:
    """Return the number that the text is, exactly; None if it is none."""
    try:
        number = Decimal(text) if text.isascii() and "_" not in text else Decimal("nan")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
