"""Nearest neighbours of large sets in bounded memory, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_NUMBERS = 8_000_000
"""Distances held in memory at once: 64 MB, which glibc takes from the system and gives back whole; half of it fragments."""


def distance_chunks(x: NDArray[np.float64], reference: NDArray[np.float64]) -> Iterator[tuple[slice, torch.Tensor]]:
    """Rows of the matrix of Euclidean distances (n, m) of ``x`` (n, d) from ``reference`` (m, d), some at a time.

    By ``|a|^2 - 2 a.b + |b|^2``, as :func:`torch.cdist`, which however copies the whole reference for each chunk.
    """
    rows, against = torch.from_numpy(x), torch.from_numpy(reference)
    square_norms, against_square_norms = rows.square().sum(dim=1), against.square().sum(dim=1)
    size = max(1, CHUNK_NUMBERS // len(reference))
    for start in range(0, len(x), size):
        part = slice(start, min(start + size, len(x)))
        squares = torch.addmm(against_square_norms, rows[part], against.T, alpha=-2)
        yield part, squares.add_(square_norms[part, None]).clamp_(min=0).sqrt_()


def nearest_distances(x: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance (n,) of each example from the nearest of ``reference``; exactly 0 for a copy."""
    nearest = np.concatenate([chunk.argmin(dim=1).numpy() for _, chunk in distance_chunks(x, reference)])
    return np.asarray(np.linalg.norm(x - reference[nearest], axis=1))


def neighbour_radii(x: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """The distance (n,) of each example from its k-th nearest neighbour, itself not counted; n > k."""
    return np.concatenate([_smallest(distances, k + 1)[:, -1].numpy() for _, distances in distance_chunks(x, x)])


def jackknifed_radii(x: NDArray[np.float64], k: int, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """:func:`neighbour_radii` when each group of the examples is left out; those left out have radius 0. (G, n)

    groups  (n,), sorted: 0, ..., G - 1; more than k examples remain without any of them.
    """
    count = int(groups[-1]) + 1
    edges = np.searchsorted(groups, np.arange(count + 1))
    radii = np.empty((count, len(x)))
    for part, distances in distance_chunks(x, x):
        nearest = [_smallest(distances[:, edges[g] : edges[g + 1]], k + 1) for g in range(count)]
        for g in range(count):
            rest = torch.cat(nearest[:g] + nearest[g + 1 :], dim=1)
            radii[g, part] = _smallest(rest, k + 1)[:, -1].numpy()
    radii[groups, np.arange(len(x))] = 0
    return radii


def _smallest(distances: torch.Tensor, count: int) -> torch.Tensor:
    """The smallest ``count`` of each row, in order."""
    return distances.topk(min(count, distances.shape[1]), dim=1, largest=False).values
