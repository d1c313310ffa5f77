"""Classifiers on frozen features; what they choose, they choose on the validation split."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.stats import mode
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from numpy.typing import NDArray

INVERSE_PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""C of scikit-learn's logistic regression that are tried, the strongest penalty first."""
NEIGHBOURS = (1, 3, 5, 10, 20, 50)
"""k that are tried."""
ITERATIONS = 300


class Labelled(NamedTuple):
    """Features (n, d) and labels (n,)."""

    x: NDArray[Any]
    y: NDArray[np.int64]


def linear_probe(train: Labelled, validation: Labelled, x: NDArray[Any]) -> NDArray[np.int64]:
    """Labels (m,) of features ``x`` (m, d) by multinomial logistic regression on features standardised by ``train``.

    Of :data:`INVERSE_PENALTIES` the one with the best validation accuracy is taken, of equal ones the strongest penalty.
    """
    best, best_accuracy = None, -1.0
    for inverse_penalty in INVERSE_PENALTIES:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # with a weak penalty on separable features
            probe.fit(train.x, train.y)
        accuracy = float(np.mean(probe.predict(validation.x) == validation.y))
        if accuracy > best_accuracy:
            best, best_accuracy = probe, accuracy
    assert best is not None
    return np.asarray(best.predict(x))


def nearest_neighbours(train: Labelled, validation: Labelled, x: NDArray[Any]) -> NDArray[np.int64]:
    """Labels (m,) of features ``x`` (m, d) by vote of the k nearest training examples (Euclidean distance).

    Of :data:`NEIGHBOURS`, as far as there are training examples, the k with the best validation accuracy is taken, of
    equal ones the smallest.
    """
    candidates = [k for k in NEIGHBOURS if k <= len(train.x)]
    index = NearestNeighbors(n_neighbors=candidates[-1], algorithm="brute").fit(train.x)
    accuracies = [np.mean(voted == validation.y) for voted in _votes(index, train.y, validation.x, candidates)]
    return _votes(index, train.y, x, [candidates[int(np.argmax(accuracies))]])[0]


def _votes(
    index: NearestNeighbors, labels: NDArray[np.int64], x: NDArray[Any], ks: list[int]
) -> list[NDArray[np.int64]]:
    """For each k the label (m,) that is most frequent among the k nearest; of equal ones the smallest."""
    neighbours = labels[index.kneighbors(x, ks[-1], return_distance=False)]
    return [mode(neighbours[:, :k], axis=1).mode for k in ks]
