"""Examples that are frequent elsewhere than in training, with a known weight; and weights for training examples.

Under covariate shift p(x) changes and p(y | x) stays. Its correction fits a model to training examples weighted by
w(x) = p_shifted(x) / p(x) (Shimodaira 2000); it helps a model that is wrong, and costs one that is right some variance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.features import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATIO = 9.0
"""The largest weight over the smallest."""
STEEPNESS = 4.0
"""Of the weight's rise, a standard deviation of the component."""
FITTED_TO = 20_000
"""At most so many training examples, the first ones, are behind the component and behind estimated weights."""


class Component:
    """The first principal component of the standardised training examples, scaled to variance 1.

    Raises :class:`Unavailable` of training examples that are all the same.
    """

    def __init__(self, x: NDArray[Any], data: DataSpec) -> None:
        rows = features(x[:FITTED_TO], data)
        if not np.ptp(rows, axis=0).any():
            raise Unavailable("the training examples are all the same: they have no principal component")
        self.data = data
        direction = PCA(1, whiten=True, svd_solver="randomized", random_state=0)
        self.pipeline = make_pipeline(StandardScaler(), direction).fit(rows)

    def __call__(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """(n, *shape) -> (n,)."""
        along: NDArray[np.float64] = self.pipeline.transform(features(x, self.data))[:, 0]
        return along


def weight(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much more frequent an example becomes, up to a constant: from 1 to :data:`RATIO` along the component (n,)."""
    weights: NDArray[np.float64] = 1 + (RATIO - 1) * expit(STEEPNESS * along)
    return weights


def drawn_by_weight(weights: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of examples kept with a probability in proportion to their weights (n,): rejection sampling, so that none
    is repeated and those kept are distributed as p(x) w(x), up to a constant."""
    return np.flatnonzero(rng.random(len(weights)) < weights / RATIO)


def estimated_weights(train: NDArray[Any], shifted: NDArray[Any], data: DataSpec) -> NDArray[np.float64]:
    """p_shifted(x) / p(x) at the training examples (n,), up to a constant, from unlabelled examples of both.

    They are the odds that a logistic regression on standardised features gives to being shifted (Bickel et al. 2009).
    """
    fitted_to, here = features(train[:FITTED_TO], data), features(shifted, data)
    judge = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    judge.fit(np.concatenate([fitted_to, here]), np.repeat([0, 1], [len(fitted_to), len(here)]))
    weights: NDArray[np.float64] = np.exp(judge.decision_function(features(train, data)))
    return weights


def resampled(weights: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions (n,) of n examples drawn with weights (n,): systematic resampling, in which each example occurs as often as
    its share of n says, rounded up or down (Douc, Cappé & Moulines 2005)."""
    n = len(weights)
    cumulative = np.cumsum(weights / weights.sum())
    return np.searchsorted(cumulative, (np.arange(n) + rng.random()) / n).clip(max=n - 1)
