"""Scores of test examples, of many splits at once."""

from __future__ import annotations

from torch import Tensor


def linear_scores(x: Tensor, weights: Tensor) -> Tensor:
    """x (n, d), weights (splits, outputs, d + 1) with the intercept last -> (splits, outputs, n), as one product of two
    matrices."""
    splits, outputs, width = weights.shape
    slopes = weights[..., :-1].reshape(splits * outputs, width - 1)
    return (slopes @ x.mT).reshape(splits, outputs, len(x)).add_(weights[..., -1:])


def log_proba_of_tested(scores: Tensor, tested: Tensor) -> Tensor:
    """Unnormalised log p(y | x) (splits, classes, n) to log p(y | x) (splits, t, classes) of each split's examples
    ``tested`` (splits, t)."""
    of_tested = scores.gather(2, tested[:, None].expand(-1, scores.shape[1], -1))
    return of_tested.log_softmax(dim=1).mT
