"""Columns that have a single value in the training split.

No density can be learned of such a column: the narrower a model makes it, the higher its likelihood, without end. It
therefore takes no part, for any model or evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.splitting import ThreeIndices

ROUNDING = 4
"""Units in the last place, of the largest value, within which values are the same."""


def columns_with_spread(
    where: str, values: NDArray[Any], names: Sequence[str], indices: ThreeIndices, others: bool = False
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return which columns (d,) of numbers (n, d) vary in training, and a line for each that does not.

    ``others`` tells whether there are features beside these; without, :class:`DataError` is raised if nothing varies.
    """
    train, *rest = indices
    known = values[train].astype(np.result_type(values, np.float32), copy=False)
    rounding = ROUNDING * np.finfo(known.dtype).eps
    varies = np.ptp(known, axis=0) > rounding * np.abs(known).max(axis=0)
    if not varies.any() and not others:
        raise DataError(
            f"{where}: every column of numbers has the same value in all training rows, as far as a float tells; there is "
            "nothing to learn"
        )
    held_out = values[np.concatenate(rest)]
    lines = []
    for column in np.flatnonzero(~varies).tolist():
        off = int((held_out[:, column] != known[0, column]).sum())
        told = f"; another value stands in {off} of the {len(held_out)} validation and test rows" if off else ""
        lines.append(
            f"column {names[column]!r} is {known[0, column]:g} in every training row and is left out, since no density can "
            f"be learned of it{told}"
        )
    return varies, tuple(lines)
