"""One measurement: the row that every table is made of."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from genbench.errors import check_choice
from genbench.text import check_name, plain

Status = Literal["ok", "failed", "timeout", "out_of_memory", "diverged", "skipped"]
Better = Literal["lower", "higher", ""]

TAIL_INDEX = "_tail_index"
"""How the metric ends that says, beside a mean over examples, that it rests on few of them."""
ROUNDING = 1e-9
"""By so much, relative to them, a value may lie outside its interval."""


LARGEST_COUNT = 2**63 - 1


@dataclass(frozen=True)
class Measurement:
    """A value, how it came about, and how far it can be trusted.

    estimator       how the number came about: ``exact``, ``bound[dequantised]``, ``fd[pixels]``, ...; values of different
                    estimators are never ranked against each other.
    value           None if, and only if, ``status`` is not ``ok``; never NaN nor infinite.
    ci_low, ci_high 95 % interval; None where one observation admits none.
    seeds           over how many seeds the value is a mean.
    n               how many examples or samples stand behind the value of one seed.
    examples        the size of the training set.
    per_seed        the value of each seed, in their order, where the value is a mean over several; from these two runs are
                    compared. Empty if they are not kept.
    reason          why there is no value, in a few words; it stands in the table of failures.
    """

    metric: str
    estimator: str
    value: float | None
    unit: str = ""
    better: Better = ""
    ci_low: float | None = None
    ci_high: float | None = None
    seeds: int | None = None
    n: int | None = None
    examples: int | None = None
    status: Status = "ok"
    dataset: str = ""
    model: str = ""
    plugin: str = ""
    reason: str = ""
    per_seed: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for names, convert in ((("value", "ci_low", "ci_high"), float), (("seeds", "n", "examples"), operator.index)):
            for name in names:
                if getattr(self, name) is not None:  # NumPy's and torch's numbers become Python's, as JSON wants them
                    object.__setattr__(self, name, convert(getattr(self, name)))
        for name in ("metric", "estimator", "unit"):
            check_name(name, getattr(self, name))
        check_choice(f"{self.metric}: better", self.better, get_args(Better), ValueError)
        check_choice(f"{self.metric}: status", self.status, get_args(Status), ValueError)
        object.__setattr__(self, "reason", plain(self.reason))
        object.__setattr__(self, "per_seed", tuple(map(float, self.per_seed)))
        if self.per_seed and len(self.per_seed) != self.seeds:
            raise ValueError(f"{self.metric}: {len(self.per_seed)} values per seed do not go with {self.seeds} seeds")
        numbers = [(name, getattr(self, name)) for name in ("value", "ci_low", "ci_high")]
        for name, number in numbers + [("per_seed", number) for number in self.per_seed]:
            if number is not None and not math.isfinite(number):
                raise ValueError(
                    f"{self.metric}: {name} is {number}; a number must be finite, a missing one has a status"
                )
        for name in ("seeds", "n", "examples"):
            if abs(getattr(self, name) or 0) > LARGEST_COUNT:
                raise ValueError(f"{self.metric}: {name} is {getattr(self, name)}, more than a table holds")
        if (self.ci_low is None) != (self.ci_high is None):
            raise ValueError(f"{self.metric}: an interval has two ends, given {self.ci_low} and {self.ci_high}")
        if self.value is not None and self.ci_low is not None and self.ci_high is not None:
            slack = ROUNDING * max(abs(self.ci_low), abs(self.ci_high))
            if not self.ci_low - slack <= self.value <= self.ci_high + slack:
                raise ValueError(
                    f"{self.metric}: the interval [{self.ci_low:g}, {self.ci_high:g}] does not hold its value {self.value:g}"
                )
        if (self.value is None) == (self.status == "ok"):
            raise ValueError(f"{self.metric}: value {self.value} does not go with status {self.status!r}")

    def as_row(self) -> dict[str, Any]:
        """The measurement in the order of the tables' columns, and the reason and the seeds' values if there are any."""
        others: dict[str, Any] = {"reason": self.reason, "per_seed": list(self.per_seed)}
        return {column: getattr(self, column) for column in COLUMNS} | {
            name: other for name, other in others.items() if other
        }


COLUMNS = (
    "dataset", "model", "plugin", "metric", "estimator", "value", "ci_low", "ci_high",
    "seeds", "n", "unit", "better", "examples", "status",
)  # fmt: skip

assert {*COLUMNS, "reason", "per_seed"} == {field.name for field in fields(Measurement)}
