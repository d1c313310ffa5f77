"""Between data that take a finite number of levels and models that are continuous densities.

A feature with L levels has the values k / (L - 1), k = 0, ..., L - 1. Uniform dequantisation (Theis et al. 2016)
puts it at (k + u) / L, u ~ U[0, 1). For a density q on the unit cube the discrete mass is then bounded by

    log P(k) >= E_u log q((k + u) / L) - d log L.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_levels(x: NDArray[Any], levels: int) -> NDArray[np.int64]:
    """Values k / (L - 1) to the level k; values outside [0, 1] to the nearest level."""
    return np.clip(np.rint(np.asarray(x, dtype=np.float64) * (levels - 1)), 0, levels - 1).astype(np.int64)


def from_levels(k: NDArray[Any], levels: int) -> NDArray[np.float32]:
    """The level k to the value k / (L - 1)."""
    return (np.asarray(k) / (levels - 1)).astype(np.float32)


def dequantise(x: NDArray[Any], levels: int, rng: np.random.Generator | None) -> NDArray[np.float32]:
    """Values k / (L - 1) to (k + u) / L in [0, 1), with u ~ U[0, 1) from ``rng``, or u = 1/2 (the bin's centre) without."""
    noise = 0.5 if rng is None else rng.random(np.shape(x))
    dequantised = (to_levels(x, levels) + noise) / levels
    return np.minimum(dequantised.astype(np.float32), np.nextafter(np.float32(1), np.float32(0)))


def requantise(x: NDArray[Any], levels: int) -> NDArray[np.float32]:
    """Dequantised values back to k / (L - 1); values outside [0, 1) go to the nearest level."""
    k = np.clip(np.floor(np.asarray(x, dtype=np.float64) * levels), 0, levels - 1)
    return from_levels(k, levels)


def log_mass_offset(dim: int, levels: int) -> float:
    """What is added to the log density of a dequantised example to bound the log mass of the discrete one, in nats."""
    return -dim * math.log(levels)


def bits_per_dim(nats: float, dim: int) -> float:
    """A negative log-likelihood in nats an example as bits a dimension."""
    return nats / (dim * math.log(2))
