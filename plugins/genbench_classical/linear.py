"""Scores that are linear in the features, of many splits at once."""

from __future__ import annotations

from torch import Tensor


def linear_scores(x: Tensor, weights: Tensor) -> Tensor:
    """x (n, d), weights (splits, outputs, d + 1) with the intercept last -> (splits, outputs, n), as one product of two
    matrices."""
    splits, outputs, width = weights.shape
    slopes = weights[..., :-1].reshape(splits * outputs, width - 1)
    return (slopes @ x.mT).reshape(splits, outputs, len(x)).add_(weights[..., -1:])
