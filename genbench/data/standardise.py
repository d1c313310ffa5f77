"""Columns of numbers to mean 0 and standard deviation 1, both estimated on the training rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STANDARDISED = "numbers standardised by the training split's mean and standard deviation"
STANDARDISED_IMAGES = "pixels standardised by the training split's mean and standard deviation over all of them"


def standardise_columns(values: NDArray[Any], train: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the columns (n, d), none of them constant in training, shifted and scaled."""
    known = np.asarray(values, dtype=np.float64)[train]
    return np.asarray((values - known.mean(axis=0)) / known.std(axis=0))


def standardise_images(values: NDArray[Any], train: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return images (n, channels, height, width), all pixels shifted and scaled alike."""
    known = np.asarray(values[train], dtype=np.float64)
    return np.asarray((values - known.mean()) / (known.std() or 1.0))
