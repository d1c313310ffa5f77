"""Which training examples are held out to choose a hyperparameter, in many splits at once."""

from __future__ import annotations

import torch
from torch import Tensor


def others(y: Tensor, classes: int) -> Tensor:
    """Return the positions (splits, m - classes), growing, of all but the first example of each class, for labels
    y (splits, m) with an example of each."""
    first = torch.stack([(y == k).int().argmax(dim=1) for k in range(classes)], dim=1)
    return rest(first, y.shape[1])


def rest(positions: Tensor, m: int) -> Tensor:
    """Return those of 0, ..., m - 1 that are not among the positions (splits, p): (splits, m - p), growing."""
    out = torch.zeros(len(positions), m, dtype=torch.int64, device=positions.device).scatter_(1, positions, 1)
    return out.argsort(dim=1, stable=True)[:, : m - positions.shape[1]]
