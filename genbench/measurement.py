"""One measurement: the row that every table is made of."""

from __future__ import annotations

import math
import operator
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Status = Literal["ok", "failed", "timeout", "out_of_memory", "diverged", "skipped"]
Better = Literal["lower", "higher", ""]


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
    reason          why there is no value, in a few words; it stands in the table of failures.
    of_each         the values of the fits that the value is a mean of, where tables that join models need them; they stay
                    in the job's result.json.
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
    of_each: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for names, convert in ((("value", "ci_low", "ci_high"), float), (("seeds", "n", "examples"), operator.index)):
            for name in names:
                if getattr(self, name) is not None:  # NumPy's and torch's numbers become Python's, as JSON wants them
                    object.__setattr__(self, name, convert(getattr(self, name)))
        for name in ("value", "ci_low", "ci_high"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(
                    f"{self.metric}: {name} is {number}; a number must be finite, a missing one has a status"
                )
        if (self.ci_low is None) != (self.ci_high is None):
            raise ValueError(f"{self.metric}: an interval has two ends, given {self.ci_low} and {self.ci_high}")
        if (self.value is None) == (self.status == "ok"):
            raise ValueError(f"{self.metric}: value {self.value} does not go with status {self.status!r}")

    def as_row(self) -> dict[str, Any]:
        """The measurement in the order of the tables' columns, and what has no column if it is there."""
        values = asdict(self)
        return {column: values[column] for column in COLUMNS} | {name: values[name] for name in APART if values[name]}


COLUMNS = (
    "dataset", "model", "plugin", "metric", "estimator", "value", "ci_low", "ci_high",
    "seeds", "n", "unit", "better", "examples", "status",
)  # fmt: skip

APART = ("reason", "of_each")
"""What a measurement has and no table of measurements shows."""

assert {*COLUMNS, *APART} == {field.name for field in fields(Measurement)}
