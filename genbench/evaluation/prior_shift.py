"""Predictions where the classes are as frequent as never in training, and their correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STEPS = 10_000
TOLERANCE = 1e-9
SMALLEST_LOG = -700.0
"""Of what a double still holds: whoever is less likely than that beside another class counts as just so likely."""


def with_prior(
    log_proba: NDArray[np.float64], old: NDArray[np.float64], new: NDArray[np.float64]
) -> NDArray[np.float64]:
    """log p(y | x) (n, classes) under the prior ``new`` (classes,), from that under ``old``: Saerens et al. 2002.

    A generative classifier that replaces its prior gives the same.
    """
    with np.errstate(divide="ignore"):
        shifted: NDArray[np.float64] = log_softmax(log_proba + np.log(new) - np.log(old), axis=1)
    return shifted


def estimated_prior(log_proba: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.float64]:
    """The classes' frequencies (classes,) among unlabelled examples, by expectation maximisation.

    log_proba (n, classes) are the predictions under the training prior ``old``. The mean of the predictions corrected by
    the estimate is the next estimate (Saerens, Latinne & Decaestecker 2002): their likelihood never falls.
    """
    log_likelihood = log_proba - np.log(old)
    likelihood = np.exp((log_likelihood - log_likelihood.max(axis=1, keepdims=True)).clip(min=SMALLEST_LOG))
    new = old
    for _ in range(MAX_STEPS):
        previous, new = new, new * (likelihood / (likelihood @ new)[:, None]).mean(axis=0)
        if np.abs(new - previous).max() < TOLERANCE:
            break
    return new


def shifted_subset(labels: NDArray[np.int64], prior: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """As many examples as can be had without repetition, with classes as frequent as ``prior`` (classes,) says.

    Returns their positions; empty if a class that is asked for has none.
    """
    counts = np.bincount(labels, minlength=len(prior))
    n = int(np.min(counts[prior > 0] / prior[prior > 0]))
    wanted = np.floor(n * prior).astype(int)
    chosen = [rng.permutation(np.flatnonzero(labels == k))[: wanted[k]] for k in range(len(prior))]
    return np.sort(np.concatenate(chosen))
