"""Scores of test examples, of many splits at once."""

from __future__ import annotations

import torch
from torch import Tensor


def linear_scores(x: Tensor, weights: Tensor) -> Tensor:
    """x (n, d), weights (splits, outputs, d + 1) with the intercept last -> (splits, outputs, n), as one product of two
    matrices."""
    splits, outputs, width = weights.shape
    slopes = weights[..., :-1].reshape(splits * outputs, width - 1)
    return (slopes @ x.mT).reshape(splits, outputs, len(x)).add_(weights[..., -1:])


def log_proba_of_tested(scores: Tensor, tested: Tensor) -> Tensor:
    """Unnormalised log p(y | x) (splits, classes, n), or the log-odds of the second of two classes (splits, 1, n), to
    log p(y | x) (splits, t, classes) of each split's examples ``tested`` (splits, t)."""
    of_tested = scores.gather(2, tested[:, None].expand(-1, scores.shape[1], -1))
    return with_first_class(of_tested).log_softmax(dim=1).mT


def with_first_class(scores: Tensor) -> Tensor:
    """Of two classes that have one output (splits, 1, n) the first has the score 0; others stay as they are."""
    return torch.cat([torch.zeros_like(scores), scores], dim=1) if scores.shape[1] == 1 else scores
