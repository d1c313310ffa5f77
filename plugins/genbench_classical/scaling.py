"""Features brought to one scale, for models that are not indifferent to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genbench import DataSpec

Array = NDArray[np.float64]


def is_scaled(data: DataSpec) -> NDArray[np.bool_]:
    """Which features (d,) are brought to one scale: the continuous ones, unless the data are ``unit``."""
    return (np.array(data.categories) == 0) & (data.support != "unit")


@dataclass(frozen=True)
class Scaling:
    """x -> (x - shift) / scale, with the training mean and standard deviation of each continuous feature.

    Features of ``unit`` data share their scale already and stay as they are; so do categorical ones, and those that
    are constant in training are only shifted.
    """

    shift: Array
    scale: Array

    @classmethod
    def of(cls, x: Array, data: DataSpec) -> Scaling:
        """That of training examples (n, d)."""
        scaled = is_scaled(data)
        deviation = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 0.0)  # of equal numbers it may be an ulp, not 0
        return cls(np.where(scaled, x.mean(axis=0), 0.0), np.where(scaled & (deviation > 0), deviation, 1.0))

    def forward(self, x: Array) -> Array:
        """(n, d) -> (n, d)."""
        return (x - self.shift) / self.scale

    def backward(self, z: Array) -> Array:
        """The inverse of :meth:`forward`."""
        return z * self.scale + self.shift

    @property
    def log_det(self) -> float:
        """log |dz/dx|, to be added to a log density of z for that of x."""
        return -float(np.log(self.scale).sum())


def scaled_columns(data: DataSpec) -> NDArray[np.bool_]:
    """Which columns of the one-hot rows (D,) are standardised."""
    widths = [c if c > 2 else 1 for c in data.categories]
    return np.repeat(is_scaled(data), widths)


def moments(x: Tensor, scaled: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (D,) over the examples x (m, D) in the ``scaled`` columns, 0 and 1 in the others; 1 also
    for a column of equal numbers."""
    varies = x.amax(dim=0) > x.amin(dim=0)
    variance, mean = torch.var_mean(x, dim=0, correction=0)
    return torch.where(scaled, mean, 0.0), torch.where(scaled & varies, variance.sqrt(), 1.0)
