"""The strength of logistic regression's penalty, chosen by cross-validation inside each training subset."""

from __future__ import annotations

import torch
from torch import Tensor

from genbench_classical.held_out import others, rest
from genbench_classical.linear import with_first_class
from genbench_classical.newton import logistic_weights

STRENGTHS = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3)
"""Values of C to choose from."""
FOLDS = 5
DEFAULT = 1.0
"""C of a subset in which there is nothing to hold out."""


def chosen_strengths(x: Tensor, y: Tensor, classes: int) -> Tensor:
    """The C of :data:`STRENGTHS` with the lowest log loss on held-out examples, for each split (splits,); the smallest of
    several.

    x (splits, m, d) float64, y (splits, m) with an example of each class. The first example of each class always trains;
    the others are dealt in turn to :data:`FOLDS` folds, each of which is held out once.
    """
    left = others(y, classes)
    if left.shape[1] == 0:
        return torch.full((len(x),), DEFAULT, dtype=torch.float64, device=x.device)
    losses = torch.zeros(len(x), len(STRENGTHS), dtype=torch.float64, device=x.device)
    for fold in range(min(FOLDS, left.shape[1])):
        held_out = left[:, fold::FOLDS]
        train = rest(held_out, x.shape[1])
        weights = None
        for index, strength in enumerate(STRENGTHS):  # each begins where the one before ended
            weights = logistic_weights(_taken(x, train), y.gather(1, train), classes, strength, weights)
            scores = weights[..., :-1] @ _taken(x, held_out).mT + weights[..., -1:]
            log_proba = with_first_class(scores).log_softmax(dim=1)
            losses[:, index] -= log_proba.gather(1, y.gather(1, held_out)[:, None]).sum(dim=(1, 2))
    return torch.tensor(STRENGTHS, dtype=torch.float64, device=x.device)[losses.argmin(dim=1)]


def _taken(x: Tensor, positions: Tensor) -> Tensor:
    """x (splits, m, d) at positions (splits, p)."""
    return x.gather(1, positions[..., None].expand(-1, -1, x.shape[2]))
