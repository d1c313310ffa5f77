"""A line of the table of published values: what a text says, how it is run again here, and when the two agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from genbench.errors import ModelError
from genbench.measurement import Measurement
from genbench.reproduce.bench import Bench

Rule = Literal["equal", "interval", "at most"]
"""When a line agrees, fixed with the line before it is run:

``equal``     the obtained value is the published one within its margin. For methods without randomness that are described in
              full, on the very examples of the publication.
``interval``  the published value, give or take its margin, meets the obtained 95 % interval. For all else.
``at most``   the obtained value is no larger than the published one. For bounds.
"""
Kind = Literal["published", "theory"]
"""``theory``: no text is quoted but a formula, which the source states and the settings evaluate."""

ROUNDING = 1e-9
"""Of sums in double precision."""


@dataclass(frozen=True)
class Obtained:
    """What a rerun gave: a mean over ``seeds`` fits or random sets of a value from ``n`` examples.

    The interval is of 95 %, None where there is none.
    """

    value: float
    ci_low: float | None
    ci_high: float | None
    seeds: int
    n: int

    @classmethod
    def of(cls, row: Measurement, factor: float = 1) -> Obtained:
        """A row of the suite's tables that has a value, times ``factor`` (100 for per cent, -1 for a log-likelihood)."""
        if row.value is None:
            raise ModelError(f"{row.metric} has no value: {row.reason or row.status}")
        ends = sorted(factor * end for end in (row.ci_low, row.ci_high) if end is not None)
        low, high = ends or (None, None)
        return cls(factor * row.value, low, high, row.seeds or 1, row.n or 0)


@dataclass(frozen=True)
class Line:
    """One published value and its rerun.

    published           the value, in ``unit``; ``margin`` is its own: half of the last digit printed, or the error stated.
    source              author, year, and title or place.
    published_settings  what the source tells of how the value came about.
    settings            what is run here; where it differs from the source, so may the value.
    datasets            those that it needs.
    run                 measures the value again.
    """

    group: str
    name: str
    quantity: str
    unit: str
    published: float
    margin: float
    source: str
    published_settings: str
    settings: str
    run: Callable[[Bench], Obtained]
    datasets: tuple[str, ...] = ()
    rule: Rule = "interval"
    kind: Kind = "published"

    def agrees(self, obtained: Obtained) -> bool:
        """Whether the obtained value agrees with the published one by the line's rule."""
        if self.rule == "equal":
            return abs(obtained.value - self.published) <= self.margin + ROUNDING
        if self.rule == "at most":
            return obtained.value <= self.published + self.margin + ROUNDING
        low, high = (obtained.value if end is None else end for end in (obtained.ci_low, obtained.ci_high))
        return low <= self.published + self.margin and high >= self.published - self.margin
