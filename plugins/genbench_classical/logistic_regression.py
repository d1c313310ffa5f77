"""Multinomial logistic regression."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Solver
from torch import Tensor

from genbench import DataSpec, FitContext, Model, ModelError, Split, as_rows, one_hot
from genbench_classical.class_sums import ClassSums
from genbench_classical.classes import class_prior
from genbench_classical.generative import Array
from genbench_classical.linear import linear_scores, log_proba_of_tested
from genbench_classical.newton import logistic_weights
from genbench_classical.penalty import chosen_strengths
from genbench_classical.scaling import Scaling, scaled_columns


class LogisticRegression(Model):
    """scikit-learn's L2-penalised logistic regression; categorical columns become indicators.

    C         inverse strength of the penalty; scikit-learn's default. None chooses it from 0.001 to 1,000 by the log loss
              in a cross-validation of the training examples (:func:`genbench_classical.penalty.chosen_strengths`).
    max_iter  of L-BFGS; a fit that has not converged by then raises :class:`genbench.ModelError`.

    Continuous features are standardised with training statistics, so that the penalty does not depend on their units;
    those of ``unit`` data stay as they are. A class without a training example keeps a prior probability
    (:func:`genbench_classical.classes.class_prior`) that does not depend on x.
    """

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    needs_labels = True
    deterministic_fit = True

    def __init__(
        self,
        data: DataSpec,
        *,
        C: Annotated[float | None, Field(gt=0)] = 1.0,
        max_iter: Annotated[int, Field(ge=1)] = 10_000,
    ) -> None:
        super().__init__(data)
        self.C = C
        self.solver = Solver(max_iter=max_iter, tol=1e-6)

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x, y = as_rows(train.x), train.y.cpu().numpy()
        self.scaling = Scaling.of(x, self.data)
        self.seen, self.prior = np.unique(y), class_prior(np.bincount(y, minlength=self.data.classes))
        if len(self.seen) > 1:
            features, codes = self._features(x), np.searchsorted(self.seen, y)
            self.solver.C = self.C or float(
                chosen_strengths(torch.as_tensor(features)[None], torch.as_tensor(codes)[None], len(self.seen))
            )
            self._solve(features, y)

    def predict_log_proba(self, x: Tensor) -> Array:
        log_proba = np.tile(np.log(self.prior), (len(x), 1))
        if len(self.seen) > 1:
            scores = self.solver.decision_function(self._features(as_rows(x)))
            if scores.ndim == 1:
                scores = np.stack([np.zeros_like(scores), scores], axis=1)
            log_proba[:, self.seen] = log_softmax(scores, axis=1) + np.log(self.prior[self.seen].sum())
        return log_proba

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterator[Tensor]:
        rows, test = (torch.as_tensor(one_hot(part, self.data), device=x.device) for part in (x, x_test))
        for weights in self.weights_of_splits(rows, y, orders, sizes):
            yield log_proba_of_tested(linear_scores(test, weights), tested)

    def weights_of_splits(self, rows: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int]) -> Iterator[Tensor]:
        """For each size the weights (splits, outputs, D + 1) of the features as given (n, D), the intercept last.

        Each fit starts from that of the size before. Two classes have one output, the log-odds of the second.
        """
        scaled = torch.as_tensor(scaled_columns(self.data), device=rows.device)
        everything = ClassSums(rows, torch.zeros_like(y), orders, 1)
        weights, nested = None, rows[orders[:, : sizes[-1]]]
        for size in sizes:
            x, shift, scale = nested[:, :size], rows.new_zeros(1), rows.new_ones(1)
            if bool(scaled.any()):
                everything.grow(size)
                deviation = everything.class_seconds().sqrt()
                shift = torch.where(scaled, everything.centre + everything.means, 0.0)
                scale = torch.where(scaled & (deviation > 0), deviation, 1.0)
                x = torch.addcmul(-shift / scale, x, 1 / scale)
            start = None if weights is None else _affine(weights, scale, shift)
            found = self._weights(x, y[orders[:, :size]], start)
            weights = _affine(found, 1 / scale, -shift / scale)
            yield weights

    def state(self) -> dict[str, Any]:
        fixed = {"seen": self.seen, "prior": self.prior, **vars(self.scaling)}
        if len(self.seen) == 1:
            return fixed
        return {**fixed, "coef": self.solver.coef_, "intercept": self.solver.intercept_}

    def restore(self, state: dict[str, Any]) -> None:
        arrays = {name: tensor.numpy() for name, tensor in state.items()}
        self.seen, self.prior = arrays["seen"], arrays["prior"]
        self.scaling = Scaling(arrays["shift"], arrays["scale"])
        if len(self.seen) > 1:
            self.solver.coef_, self.solver.intercept_ = arrays["coef"], arrays["intercept"]

    def _weights(self, x: Tensor, y: Tensor, start: Tensor | None) -> Tensor:
        """Of many splits, of their features as they are penalised (splits, m, D)."""
        classes = self.data.classes
        if self.C is not None:
            return logistic_weights(x, y, classes, self.C, start)
        strengths = chosen_strengths(x, y, classes)
        found = x.new_zeros(len(x), 1 if classes == 2 else classes, x.shape[2] + 1)
        for strength in strengths.unique():
            of = strengths == strength
            found[of] = logistic_weights(x[of], y[of], classes, float(strength), None if start is None else start[of])
        return found

    def _features(self, x: Array) -> Array:
        return one_hot(self.scaling.forward(x), self.data)

    def _solve(self, features: Array, y: Array) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                self.solver.fit(features, y)
            except ConvergenceWarning:
                raise ModelError(f"did not converge within max_iter={self.solver.max_iter}; raise it") from None


def _affine(weights: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """The weights (splits, outputs, D + 1) that give z the scores which ``weights`` give to scale * z + shift."""
    slopes = weights[..., :-1]
    return torch.cat([slopes * scale, weights[..., -1:] + (slopes * shift).sum(dim=2, keepdim=True)], dim=2)
