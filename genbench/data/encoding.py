"""Categorical features as indicator columns, for models that need numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


def one_hot(x: NDArray[Any], data: DataSpec) -> NDArray[np.float64]:
    """Flat features (n, D): a categorical column becomes one indicator a category; binary and continuous ones stay."""
    flat = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
    parts = []
    for column, categories in zip(flat.T, data.categories, strict=True):
        parts.append(
            (column[:, None] == np.arange(categories)).astype(np.float64) if categories > 2 else column[:, None]
        )
    return np.concatenate(parts, axis=1)
