"""Real and generated examples, equally many, in one space."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import Space
from genbench.evaluation.intervals import Interval, set_interval
from genbench.evaluation.ranges import Range, range_of
from genbench.measurement import Better, Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE = 250
"""Examples that a piece has at least, where there are more than two. Many small ones take less time."""


@dataclass(frozen=True)
class Sets:
    """The first n test examples and as many samples of each seed.

    real      (n, ...).
    fakes     one set (n, ...) a seed.
    groups    (n,), sorted: the jackknife's group of each example.
    examples  the size of the training set.
    space     the name of the space in which the examples are.
    """

    real: NDArray[Any]
    fakes: list[NDArray[Any]]
    groups: NDArray[np.int64]
    examples: int
    space: str = ""

    @classmethod
    def of(cls, context: EvaluationContext) -> Sets:
        """``n = min(protocol.samples, test split)``, in the data's own space. Raises :class:`Unavailable` with one alone: no
        statistic of a set can be had of it."""
        n = min(context.protocol.samples, len(context.test))
        if n < 2:
            raise Unavailable(f"needs at least 2 test examples and samples, there is {n}")
        return cls(
            real=context.test.x[:n],
            fakes=[model.sample(n, "sample_quality") for model in context.models],
            groups=np.arange(n) * min(context.protocol.jackknife_groups, n) // n,
            examples=context.train_size,
        )

    def within(self, space: Space) -> Sets:
        """The same examples as vectors (n, d) of that space."""
        return replace(
            self, real=space.vectors(self.real), fakes=[space.vectors(x) for x in self.fakes], space=space.name
        )

    @property
    def n(self) -> int:
        return len(self.real)

    @property
    def group_sizes(self) -> NDArray[np.int64]:
        return np.bincount(self.groups)

    def cells(self, blocks: int) -> NDArray[np.int64]:
        """(n,), sorted: the cell of each example, where each of so many blocks has a cell for each of the groups."""
        return np.arange(self.n) * blocks * len(self.group_sizes) // self.n

    def less_each_group(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """The values (n, ...) without each group in turn."""
        return [values[self.groups != group] for group in range(len(self.group_sizes))]

    def in_pieces(self, statistic: Callable[[Sets], NDArray[np.float64]]) -> NDArray[np.float64]:
        """A statistic (S, ...) in B random pieces of the sets, for R splits: (S, R, B, ...).

        Two pieces, or more of at least :data:`PIECE` examples; so often that there are as many degrees of freedom as groups.
        Real examples are split alike for all seeds, the generated ones of each by themselves.
        """
        groups = len(self.group_sizes)
        count = max(2, min(groups, self.n // PIECE))
        rng, found = np.random.default_rng(derive_seed("pieces", self.n)), []
        for _ in range(math.ceil(groups / (count - 1))):
            orders = [rng.permutation(self.n) for _ in range(1 + len(self.fakes))]
            found.append([statistic(self._taken([order[i::count] for order in orders])) for i in range(count)])
        return np.moveaxis(np.array(found), 2, 0)

    def _taken(self, chosen: list[NDArray[np.int64]]) -> Sets:
        """Some of the examples: the chosen real ones, and those of each seed, without groups."""
        first, *rest = chosen
        fakes = [fake[index] for fake, index in zip(self.fakes, rest, strict=True)]
        return replace(self, real=self.real[first], fakes=fakes, groups=np.empty(0, dtype=np.int64))

    def row(self, metric: str, estimator: str, better: Better) -> Measurement:
        """The row of a metric, still without its value."""
        seeds = len(self.fakes)
        return Measurement(
            metric, estimator, None, "", better, seeds=seeds, n=self.n, examples=self.examples, status="failed"
        )


def with_value(
    row: Measurement,
    values: NDArray[np.float64],
    jackknives: Sequence[NDArray[np.float64]] = (),
    bounds: Range | None = None,
    trials: int | None = None,
    halves: NDArray[np.float64] | None = None,
    least: float | None = None,
) -> Measurement:
    """Return the row with the mean of a value a seed (S,) and its interval, see :func:`set_interval`; within the range of
    the row's metric, or ``bounds`` where the data know a narrower one."""
    within = range_of(row.metric) if bounds is None else bounds
    return with_interval(row, values, set_interval(values, jackknives, within, trials, halves, least))


def with_interval(row: Measurement, values: NDArray[np.float64], interval: Interval) -> Measurement:
    """The row with the mean of a value a seed (S,) and that interval."""
    low, high = interval
    per_seed = tuple(values) if len(values) == row.seeds else ()  # a share of seeds is one value of all of them
    return replace(row, value=float(values.mean()), ci_low=low, ci_high=high, per_seed=per_seed, status="ok")


def scaled(row: Measurement, factor: float) -> Measurement:
    """The row times a positive factor."""
    value, low, high = (None if number is None else factor * number for number in (row.value, row.ci_low, row.ci_high))
    per_seed = tuple(factor * number for number in row.per_seed)
    return replace(row, value=value, ci_low=low, ci_high=high, per_seed=per_seed)


def without_interval(row: Measurement, values: NDArray[np.float64]) -> Measurement:
    """The row with the mean of a value a seed (S,), whose spread says too little of how far off it may be."""
    return replace(row, value=float(values.mean()), per_seed=tuple(values), status="ok")
