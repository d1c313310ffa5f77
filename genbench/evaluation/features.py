"""The space in which sets of examples are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.encoding import one_hot
from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


def feature_name(data: DataSpec) -> str:
    """``pixels`` of images, ``onehot`` of tables with categorical columns, ``features`` of points and other tables."""
    if data.is_image:
        return "pixels"
    return "onehot" if data.support in ("categorical", "mixed") else "features"


def features(x: NDArray[Any], data: DataSpec) -> NDArray[np.float64]:
    """Examples (n, *shape) as vectors (n, d) of that space."""
    if feature_name(data) == "onehot":
        return one_hot(x, data)
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)
