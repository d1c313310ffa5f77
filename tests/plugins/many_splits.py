"""Random subsets, the predictions of classifiers fitted to all of them at once, and how they are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from fitting import tensor

from genbench.data.dataset import Dataset
from genbench.evaluation.fitted import Fitted, training_data
from genbench.evaluation.side_by_side import predictions_of_many
from genbench.evaluation.subsets import subset_order

TIE = 1e-6
"""Log-odds below which rounding may decide."""


def orders_of(y: np.ndarray, splits: int, largest: int) -> np.ndarray:
    return np.stack([subset_order(y, index)[:largest] for index in range(splits)])


def many(model: Any, data: Dataset, orders: np.ndarray, sizes: list[int]) -> list[np.ndarray]:
    """Log-probabilities of the test examples (splits, t, classes), for each size."""
    train = training_data(type(model), data.spec, data.train, "noise").to_torch()
    test = tensor(Fitted(model, data.spec, 0).as_seen(data.test.x))
    parts: list[list[np.ndarray]] = [[] for _ in sizes]
    for _, index, log_proba in predictions_of_many(model, data.spec, train, orders, sizes, test):
        parts[index].append(log_proba)
    return [np.concatenate(part) for part in parts]


def assert_same_errors(one: np.ndarray, other: np.ndarray, y: np.ndarray, most_ties: float = 0.1) -> None:
    """Of two models on each test example, ties apart, which are at most that share."""
    ordered = np.sort(other, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > TIE
    assert (~clear).sum() <= max(1, most_ties * len(y))
    assert ((one.argmax(axis=1) != y)[clear] == (other.argmax(axis=1) != y)[clear]).all()
