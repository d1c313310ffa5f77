"""Which features take finitely many values, and how those are coded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genbench import DataSpec


def value_counts(data: DataSpec) -> NDArray[np.int64]:
    """How many values each feature can take (d,): its levels or categories; 0 for a continuous one."""
    if data.levels is not None:
        return np.full(data.dim, data.levels)
    return np.array(data.categories)


def to_codes(x: NDArray[np.float64], data: DataSpec) -> NDArray[np.int64]:
    """Values of discrete features as 0, 1, ...: a level k is stored as k / (levels - 1), a category as itself."""
    return np.rint(x * _step(data)).astype(np.int64)


def from_codes(codes: NDArray[np.int64], data: DataSpec) -> NDArray[np.float64]:
    """The inverse of :func:`to_codes`."""
    return codes / _step(data)


def _step(data: DataSpec) -> int:
    return 1 if data.levels is None else data.levels - 1
