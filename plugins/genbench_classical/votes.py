"""Votes of the k nearest examples, where examples may be equally far."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

SAME = 1e-12
"""Squared distances that differ by less, as a share of what they are and of the row's squared norm, differ by rounding."""


def nearest_votes(squared: Tensor, norms: Tensor, labels: Tensor, classes: int, k: int, by_distance: bool) -> Tensor:
    """Shares (t, classes) of the votes of each row's k nearest of m examples, from squared distances (t, m), squared norms
    of the rows (t, 1) and labels (m,).

    Votes count 1, or one over the distance; where some are at distance 0, only these count. Examples as far as the k-th
    that are more than the votes left share them.
    """
    near = squared.topk(min(k + 1, len(labels)), dim=1, largest=False)
    limit = near.values[:, k - 1 : k]
    same = SAME * (norms + limit)
    votes = _weights(near.values[:, :k], same, by_distance)
    of_class = votes.new_zeros(len(votes), classes).scatter_add_(1, labels[near.indices[:, :k]], votes)
    if k < len(labels):
        cut = (near.values[:, k:] - limit <= same).squeeze(1)
        of_class[cut] = _of_shared(squared[cut], limit[cut], same[cut], labels, classes, k, by_distance)
    return of_class / of_class.sum(dim=1, keepdim=True)


def _of_shared(
    squared: Tensor, limit: Tensor, same: Tensor, labels: Tensor, classes: int, k: int, by_distance: bool
) -> Tensor:
    """Votes (t, classes) times the number of examples at the ``limit`` (t, 1), so that equal ones stay whole numbers."""
    nearer, tied = squared < limit - same, (squared - limit).abs() <= same
    left = k - nearer.sum(dim=1, keepdim=True)
    counted = nearer * tied.sum(dim=1, keepdim=True) + tied * left
    return (counted * _weights(squared, same, by_distance)) @ one_hot(labels, classes).to(squared.dtype)


def _weights(squared: Tensor, same: Tensor, by_distance: bool) -> Tensor:
    if not by_distance:
        return torch.ones_like(squared)
    copies = squared <= same
    return torch.where(copies.any(dim=1, keepdim=True), copies.to(squared.dtype), squared.rsqrt())
