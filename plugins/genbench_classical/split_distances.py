"""Squared distances from test examples to the training subsets of many random splits."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from genbench_classical.scaling import moments

SHARED_NUMBERS = 20_000_000
"""Distances that may be kept for all splits: 160 MB."""
NUMBERS_AT_ONCE = 4_000_000


class SplitDistances:
    """Euclidean distances of rows x_test (t, D) from subsets of the rows x (n, D), all float64.

    ``scaled`` (D,) are the columns that each subset brings to its own mean 0 and standard deviation 1. Without any, the
    distances of all rows are taken once, and every split and size picks its own; so long as they fit into memory.
    """

    def __init__(self, x: Tensor, x_test: Tensor, scaled: Tensor) -> None:
        self.x, self.x_test, self.scaled = x, x_test, scaled
        few = len(x) * len(x_test) <= SHARED_NUMBERS
        self.shared = next(squared_distances(x_test, x, len(x_test))) if few and not bool(scaled.any()) else None

    def chunks(self, subset: Tensor, tested: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Squared distances (some of t, m) of x_test[tested], positions (t,), from x[subset], positions (m,); and squared
        norms as of :func:`squared_distances`."""
        at_once = max(1, NUMBERS_AT_ONCE // len(subset))
        if self.shared is not None:
            squared, norms = self.shared
            yield from ((squared[part][:, subset], norms[part]) for part in tested.split(at_once))
            return
        rows = self.x[subset]
        shift, scale = moments(rows, self.scaled)
        yield from squared_distances((self.x_test[tested] - shift) / scale, (rows - shift) / scale, at_once)


def squared_distances(a: Tensor, b: Tensor, at_once: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Of rows a (n, D) from rows b (m, D), ``at_once`` of a at a time: squared distances (some of n, m), and the squared
    norms (some of n, 1) of these rows about the middle of b, by which rounding can be judged."""
    centre = b.median(dim=0).values  # which no outlier moves: far from the origin differences are lost
    b = b - centre
    squares = b.square().sum(dim=1)
    for part in a.split(at_once):
        part = part - centre
        norms = part.square().sum(dim=1, keepdim=True)
        yield torch.addmm(norms + squares, part, b.mT, alpha=-2).clamp_(min=0), norms
