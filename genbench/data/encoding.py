"""Examples as rows of numbers, for models that work on plain arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_rows(x: Any) -> NDArray[np.float64]:
    """Examples (n, *shape), a tensor on any device or an array, as rows (n, d) in float64."""
    array = np.asarray(x.cpu() if hasattr(x, "cpu") else x, dtype=np.float64)
    return array.reshape(len(array), math.prod(array.shape[1:]))


def one_hot(x: Any, data: DataSpec) -> NDArray[np.float64]:
    """Rows (n, D): a categorical column becomes one indicator a category; binary and continuous ones stay."""
    parts = []
    for column, categories in zip(as_rows(x).T, data.categories, strict=True):
        parts.append(
            (column[:, None] == np.arange(categories)).astype(np.float64) if categories > 2 else column[:, None]
        )
    return np.concatenate(parts, axis=1)
