"""Nearest neighbours of large sets in bounded memory, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOSTLY_REPEATED = "half of the test examples occur in the training split"
"""Why what is relative to their distance from it has no value."""
CHUNK_NUMBERS = 4_000_000
"""Squared distances held in memory at once, in one buffer of 32 MB: larger ones leave the caches and are slower."""


def squared_distance_chunks(
    x: NDArray[np.float64], reference: NDArray[np.float64]
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Rows of the matrix of squared Euclidean distances (n, m) of ``x`` (n, d) from ``reference`` (m, d), some at a time.

    ``|a|^2 - 2 a.b + |b|^2`` as one product of matrices; what should be 0 may be slightly negative. All chunks share one
    buffer: a chunk is gone when the next one is asked for.
    """
    rows, against = torch.from_numpy(x), torch.from_numpy(reference)
    square_norms, against_square_norms = rows.square().sum(dim=1), against.square().sum(dim=1)
    rows = torch.column_stack([-2 * rows, square_norms, torch.ones_like(square_norms)])
    against = torch.column_stack([against, torch.ones_like(against_square_norms), against_square_norms])
    size = max(1, min(len(x), CHUNK_NUMBERS // len(reference)))
    buffer = torch.empty(size, len(reference), dtype=rows.dtype)
    for start in range(0, len(x), size):
        part = slice(start, min(start + size, len(x)))
        yield part, torch.mm(rows[part], against.T, out=buffer[: part.stop - start])


def nearest(x: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of ``reference`` (m, d) is the nearest to each example (n,)."""
    return np.concatenate([chunk.argmin(dim=1).numpy() for _, chunk in squared_distance_chunks(x, reference)])


def nearest_others(x: NDArray[np.float64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of the examples (n, d), at least two, is the nearest to each of the chosen ones (m,), itself left out. (m,)"""
    found = []
    for part, squares in squared_distance_chunks(x[chosen], x):
        squares[torch.arange(len(squares)), torch.from_numpy(chosen[part])] = torch.inf
        found.append(squares.argmin(dim=1).numpy())
    return np.concatenate(found)


def random_nearest_others(x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return which of the other examples is the nearest to each of (n, d), at least two; of equally near ones any. (n,)"""
    rounding, found = rounding_of_squares(x), np.empty(len(x), dtype=np.int64)
    for part, squares in squared_distance_chunks(x, x):
        squares[torch.arange(len(squares)), torch.arange(part.start, part.stop)] = torch.inf
        ties = (squares <= squares.amin(dim=1, keepdim=True) + rounding).numpy()
        found[part] = ties.argmax(axis=1)
        for row in np.flatnonzero(ties.sum(axis=1) > 1):
            found[part.start + row] = rng.choice(np.flatnonzero(ties[row]))
    return found


def nearest_distances(x: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance (n,) of each example from the nearest of ``reference``; exactly 0 for a copy."""
    return np.asarray(np.linalg.norm(x - reference[nearest(x, reference)], axis=1))


def nearest_squares(x: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return the squared distances (n, k) of each example from its k nearest neighbours, the nearest first, itself not
    counted; n > k."""
    found = []
    for part, squares in squared_distance_chunks(x, x):
        squares[torch.arange(len(squares)), torch.arange(part.start, part.stop)] = torch.inf
        found.append(squares.topk(k, dim=1, largest=False).values.numpy())
    return np.concatenate(found)


def squared_radii(x: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return the squared distance (n,) of each example from its k-th nearest neighbour, itself not counted; n > k."""
    return nearest_squares(x, k)[:, -1]


def rounding_of_squares(x: NDArray[np.float64]) -> float:
    """Return by how much two squared distances of examples (n, d) may differ that are the same but for rounding."""
    return float(16 * np.finfo(np.float64).eps * np.square(x).sum(axis=1).max())
