"""Columns of numbers to mean 0 and standard deviation 1, both estimated on the training rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STANDARDISED = "numbers standardised by the training split's mean and standard deviation"
CONSTANT = "constant in the training split, shifted but not scaled: "


def standardise_columns(values: NDArray[Any], train: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The columns (n, d) shifted and scaled, and which of them are constant in training (d,): those are only shifted."""
    known = np.asarray(values, dtype=np.float64)[train]
    constant = np.ptp(known, axis=0) == 0
    shift = np.where(constant, known[0], known.mean(axis=0))
    return (values - shift) / np.where(constant, 1.0, known.std(axis=0)), constant
