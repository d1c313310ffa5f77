"""Distances at growing sizes of the sets, and what they tend to (Chong & Forsyth 2020).

A distance D_n of two sets of n examples is off from that of their distributions by an amount that falls as 1/n. So the
sets are cut into 1, 2 and 4 disjoint blocks, the distances of equally large blocks are averaged, and the line through the
three averages is followed to 1/n = 0. The extrapolated distance has no such bias; it may come out below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genbench.evaluation.splits import halves_of_groups

Groups = tuple[int, ...]
Pair = tuple[Groups, Groups]
"""A union of some groups of the real examples, and a union of some groups of the generated ones."""
Distances = Callable[[Sequence[Pair]], NDArray[np.float64]]
"""Each seed's distance of one part of each pair from the other (S, pairs)."""

Cells = NDArray[np.int64]
"""Cells by number: (smallest blocks, groups)."""

BLOCKS = (1, 2, 4)


@dataclass(frozen=True)
class SizeCurve:
    """Distances at the sizes n, n/2 and n/4: of each seed, and when groups of examples are left out.

    values      (S, sizes): a seed's distance at each size, a mean over blocks.
    jackknives  of (S, G, sizes): those distances when each group of the real examples is left out; with one seed also when
                each group of the generated ones is; and when each group of what else is drawn at random is.
    halves      (S, R, 2, sizes): those distances in either half of the groups, in R splits, of the same sets.
    inverse     the mean of 1/n over both sets at each size (sizes,), for all examples; ``inverse_less``, of (G, sizes), for
                each of the jackknives, ``inverse_halves`` (R, 2, sizes) for the halves.
    """

    values: NDArray[np.float64]
    jackknives: list[NDArray[np.float64]]
    halves: NDArray[np.float64]
    inverse: NDArray[np.float64]
    inverse_less: list[NDArray[np.float64]]
    inverse_halves: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        distances: Distances,
        cell_sizes: NDArray[np.int64],
        blocks: Sequence[int],
        of_fewer: Sequence[Distances] = (),
    ) -> SizeCurve:
        """Of distances that are functions of cells; each cell has as many real as generated examples (C,).

        The smallest blocks, of which there are ``max(blocks)``, are consecutive and have as many cells as there are groups
        to be left out: a group has one cell in each. So a replicate's blocks are those of all examples, each less a bit.
        Blocks cut anew for each replicate would bring a noise of their own, and intervals far too wide.

        of_fewer  the distances without each group of what else they were drawn with, such as random directions.
        """
        cells = np.arange(len(cell_sizes)).reshape(max(blocks), -1)
        rests = [np.delete(cells, group, axis=1) for group in range(cells.shape[1])]
        values = _at_sizes(distances, cells, cells, blocks)
        seeds = len(values)
        jackknives = [np.stack([_at_sizes(distances, rest, cells, blocks) for rest in rests], axis=1)]
        if seeds == 1:
            jackknives.append(np.stack([_at_sizes(distances, cells, rest, blocks) for rest in rests], axis=1))
        inverse = _inverse_sizes(cells, cells, cell_sizes, blocks)
        inverse_less = [np.array([_inverse_sizes(rest, cells, cell_sizes, blocks) for rest in rests])] * len(jackknives)
        if of_fewer:
            jackknives.append(np.stack([_at_sizes(fewer, cells, cells, blocks) for fewer in of_fewer], axis=1))
            inverse_less.append(np.tile(inverse, (len(of_fewer), 1)))
        pairs = _halves(cells, generated_too=seeds == 1)
        of_halves = [_at_sizes(distances, real, fake, blocks) for real, fake in pairs]
        inverse_halves = [_inverse_sizes(real, fake, cell_sizes, blocks) for real, fake in pairs]
        return cls(
            values=values,
            jackknives=jackknives,
            halves=np.moveaxis(np.reshape(of_halves, (-1, 2, seeds, len(blocks))), 2, 0),
            inverse=inverse,
            inverse_less=inverse_less,
            inverse_halves=np.reshape(inverse_halves, (-1, 2, len(blocks))),
        )

    def extrapolated(self) -> tuple[NDArray[np.float64], list[NDArray[np.float64]], NDArray[np.float64]]:
        """The distance at 1/n = 0: of each seed (S,), its jackknives, each (S, G), and those of the halves (S, R, 2)."""
        jackknives = [
            np.stack([_intercepts(of_group, replicates[:, g]) for g, of_group in enumerate(inverse)], axis=1)
            for replicates, inverse in zip(self.jackknives, self.inverse_less, strict=True)
        ]
        halves = np.empty(self.halves.shape[:-1])
        for split, half in np.ndindex(self.inverse_halves.shape[:2]):
            halves[:, split, half] = _intercepts(self.inverse_halves[split, half], self.halves[:, split, half])
        return _intercepts(self.inverse, self.values), jackknives, halves


def among(groups: NDArray[np.int64], chosen: Groups) -> NDArray[np.bool_]:
    """Which examples are of one of the chosen groups, by the group of each (n,), sorted."""
    is_chosen = np.zeros(int(groups[-1]) + 1, dtype=bool)
    is_chosen[list(chosen)] = True
    return is_chosen[groups]


def _halves(cells: Cells, generated_too: bool) -> list[tuple[Cells, Cells]]:
    """Real and generated cells of the first and the second half, of one split after the other: the generated ones split by
    themselves, or all of them in either half."""
    groups = cells.shape[1]
    splits = zip(halves_of_groups(groups, "real"), halves_of_groups(groups, "generated"), strict=True)
    return [
        (cells[:, real == first], cells[:, generated == first] if generated_too else cells)
        for real, generated in splits
        for first in (True, False)
    ]


def _at_sizes(distances: Distances, real: Cells, fake: Cells, blocks: Sequence[int]) -> NDArray[np.float64]:
    """Each seed's distance at each size, a mean over blocks (S, sizes)."""
    found = distances([pair for count in blocks for pair in _pairs(real, fake, count)])
    sums = np.add.reduceat(found, np.cumsum([0, *blocks[:-1]]), axis=1)
    return np.asarray(sums / np.array(blocks))


def _pairs(real: Cells, fake: Cells, count: int) -> list[Pair]:
    """The cells in ``count`` blocks, real and generated ones paired."""
    cut = (map(tuple, cells.reshape(count, -1).tolist()) for cells in (real, fake))
    return list(zip(*cut, strict=True))


def _inverse_sizes(real: Cells, fake: Cells, sizes: NDArray[np.int64], blocks: Sequence[int]) -> NDArray[np.float64]:
    """At each size, the mean of (1/n + 1/m) / 2 over blocks of n real and m generated examples (sizes,)."""
    return np.array([
        np.mean([1 / sizes[cells].reshape(count, -1).sum(axis=1) for cells in (real, fake)]) for count in blocks
    ])  # fmt: skip


def _intercepts(inverse: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the line through each seed's values (S, sizes)."""
    return np.asarray(np.polynomial.polynomial.polyfit(inverse, values.T, 1)[0])
