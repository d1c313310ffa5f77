"""How varied a set of examples is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.spatial.distance import pdist, squareform
from scipy.special import entr, rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXAMPLES = 500
"""At most so many, the first ones, make up a Vendi score: its time grows with their cube."""


def bandwidth(train: NDArray[np.float64]) -> float:
    """Of the Gaussian kernel: the median distance between two of the training examples (n, d); of different ones where most
    are copies of each other, so that it is a distance that occurs; 1 if all are the same.

    Like the spaces it is fixed once the training split is, so that an interval need not speak of its randomness.
    """
    distances = pdist(train[:EXAMPLES])
    if not distances.any():
        return 1.0
    return float(np.median(distances)) or float(np.median(distances[distances > 0]))


def vendi_score(x: NDArray[np.float64], width: float) -> float:
    """The effective number of different examples (n, d) (Friedman & Dieng 2023): 1 if all are equal, n if none are
    alike. The exponential of the entropy of the eigenvalues of K / n, K the Gaussian kernel of that width."""
    x = x[:EXAMPLES]
    kernel = squareform(np.exp(-pdist(x, "sqeuclidean") / (2 * width**2)))
    np.fill_diagonal(kernel, 1)
    eigenvalues = torch.linalg.eigvalsh(torch.from_numpy(kernel / len(x))).numpy()
    return float(np.exp(entr(eigenvalues.clip(0)).sum()))


def class_score(log_proba: NDArray[np.float64]) -> float:
    """``exp E KL(p(y | x) || p(y))`` (Salimans et al. 2016) of log p(y | x) (n, classes): from 1 to the number of classes.

    The "Inception score" is this with one particular classifier of photographs. One perfect example a class is enough
    for the best score.
    """
    proba = np.exp(log_proba)
    return float(np.exp(rel_entr(proba, proba.mean(axis=0)).sum(axis=1).mean()))
