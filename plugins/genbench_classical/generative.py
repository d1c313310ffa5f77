"""Bayes' rule: a classifier from a density for each class."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp, softmax
from torch import Tensor

from genbench import UNLABELLED, Draws, FitContext, Model, Split, Unavailable, as_rows
from genbench_classical.classes import class_prior, joint_log_prob, sampled_classes

Array = NDArray[np.float64]

TOLERANCE = 1e-4
"""Nats an example."""
MAX_STEPS = 200


class GenerativeClassifier(Model):
    """p(x, y) = p(y) p(x | y), and all that follows from it. A subclass says how p(x | y) is fitted and evaluated.

    In the methods that a subclass gives, ``k`` counts the classes of which a labelled example was seen.

    From unlabelled examples it learns by expectation maximisation (Nigam et al. 2000), begun at the fit to the labelled
    ones, until the log-likelihood of an example (log p(x, y) or log p(x)) gains less than ``TOLERANCE`` in a step. That
    helps where the model is near the truth; where it is not, the classes may drift to other groups in the data.
    """

    needs_labels = True
    deterministic_fit = True
    continuous_density = True
    takes_unlabelled = True
    fitted_attributes = ("seen", "prior")
    """To which a subclass adds those of p(x | k)."""

    @abstractmethod
    def fit_classes(self, x: Array, members: Array) -> None:
        """Fit p(x | k) to rows (n, d), of which each belongs to class k as far as ``members`` (n, seen classes) says."""

    @abstractmethod
    def class_log_prob(self, x: Array) -> Array:
        """log p(x | k) (n, seen classes)."""

    @abstractmethod
    def class_sample(self, codes: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """One row (d,) for each of the codes (n,)."""

    @abstractmethod
    def class_score(self, x: Array, k: int) -> Array:
        """Gradient (n, d) of log p(x | k); only asked for where all features are continuous."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x, y = as_rows(train.x), train.y.cpu().numpy()
        known = y != UNLABELLED
        self.seen, codes = np.unique(y[known], return_inverse=True)
        members = np.eye(len(self.seen))[codes]
        self._fit_joint(x[known], members)
        if not known.all():
            self._learn_from_unlabelled(x[known], members, x[~known])

    def log_joint(self, x: Tensor) -> Array:
        return joint_log_prob(self.class_log_prob(as_rows(x)), self.prior, self.seen)

    def log_prob(self, x: Tensor) -> Array:
        return logsumexp(self.log_joint(x), axis=1)

    def predict_log_proba(self, x: Tensor) -> Array:
        return log_softmax(self.log_joint(x), axis=1)

    def score(self, x: Tensor) -> Array:
        if self.data.support not in ("real", "unit"):
            raise Unavailable(f"no score: {self.data.support} data have no density to differentiate")
        rows = as_rows(x)
        weights = softmax(self.class_log_prob(rows) + np.log(self.prior[self.seen]), axis=1)
        total = sum(weights[:, [k]] * self.class_score(rows, k) for k in range(len(self.seen)))
        return np.asarray(total).reshape(x.shape)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        rng = draws.numpy()
        codes = sampled_classes(n, None if y is None else y.cpu().numpy(), self.prior, self.seen, rng)
        return self.class_sample(codes, rng).reshape(n, *self.data.shape)

    def _fit_joint(self, x: Array, members: Array) -> None:
        counts = np.zeros(self.data.classes)
        counts[self.seen] = members.sum(axis=0)
        self.prior = class_prior(counts)
        self.fit_classes(x, members)

    def _learn_from_unlabelled(self, x: Array, members: Array, unlabelled: Array) -> None:
        everything, reached = np.concatenate([x, unlabelled]), -np.inf
        for _ in range(MAX_STEPS):
            joint = self.class_log_prob(everything) + np.log(self.prior[self.seen])
            marginal = logsumexp(joint[len(x) :], axis=1)
            likelihood = (joint[: len(x)][members == 1].sum() + marginal.sum()) / len(everything)
            if likelihood - reached < TOLERANCE:
                break
            reached = likelihood
            self._fit_joint(everything, np.concatenate([members, softmax(joint[len(x) :], axis=1)]))
