"""Histograms of modes, and how far they are from the true shares, with the bias of few samples taken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

Divergence = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], float]
"""Of counts (modes,) from the true shares (modes,), in nats."""


def reverse_kl(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """KL of the histogram from the true shares: log(modes) if all samples fall to one of equally likely modes."""
    return float(rel_entr(counts / counts.sum(), weights).sum())


def forward_kl(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """KL of the true shares from the histogram, to each count of which 1/2 is added, else it would be infinite."""
    raised = counts + 0.5
    return float(rel_entr(weights, raised / raised.sum()).sum())


def jensen_shannon(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Jensen-Shannon divergence of the histogram and the true shares: from 0 to log 2."""
    shares = counts / counts.sum()
    middle = (shares + weights) / 2
    return float(rel_entr(shares, middle).sum() + rel_entr(weights, middle).sum()) / 2


def corrected(divergence: Divergence, counts: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """The divergence less its bias, as the jackknife estimates it (Quenouille 1956): n D - (n - 1) mean(D without one).

    A histogram of n samples is further from the true shares than the distribution that they come from, by some
    (modes - 1) / 2n nats. At least two samples. May come out below 0.
    """
    n, some = int(counts.sum()), counts.astype(np.float64)
    without = 0.0
    for mode in np.flatnonzero(counts):
        some[mode] -= 1
        without += counts[mode] / n * divergence(some, weights)
        some[mode] += 1
    return n * divergence(some, weights) - (n - 1) * without


def expected_modes(weights: NDArray[np.float64], n: int) -> float:
    """How many modes n samples of the truth itself hit on average."""
    return float(-np.expm1(n * np.log1p(-weights.clip(max=1 - 1e-15))).sum())


def birthday_modes(counts: NDArray[np.int64]) -> float | None:
    """The effective number of modes by the birthday paradox (Arora & Zhang 2018): pairs of samples over pairs that share
    a mode, whose mean is the sum of squared shares. None if no two samples share a mode."""
    n, together = int(counts.sum()), float((counts * (counts - 1)).sum())
    return n * (n - 1) / together if together > 0 else None


def within_mode_spread(x: NDArray[np.float64], modes: NDArray[np.int64]) -> float | None:
    """Root mean squared distance of examples (n, d) from the mean of their mode, the degrees of freedom of the means taken
    off; None if no mode has two."""
    _, codes, counts = np.unique(modes, return_inverse=True, return_counts=True)
    if len(x) <= len(counts):
        return None
    sums = np.zeros((len(counts), x.shape[1]))
    np.add.at(sums, codes, x)
    residuals = x - (sums / counts[:, None])[codes]
    return float(np.sqrt(np.square(residuals).sum() / (len(x) - len(counts))))
