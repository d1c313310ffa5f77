"""What a model logs while it is trained: checked as it comes, and kept as ``training.csv``."""

from __future__ import annotations

import csv
import io
import math
import numbers
import operator
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genbench.errors import DivergedError, ModelError
from genbench.evaluation.context import FitRecord
from genbench.text import check_name, plain
from genbench.whole_files import write_whole

LONGEST_NAME = 100
MOST_NAMES = 1000
"""Each is a curve in a table; more come of a step or an example within a name."""
LAST_STEP = 10**15
"""So that examples seen, which are steps times the batch size, fit into 64 bits."""


class TrainingLog:
    """The ``entries`` (step, name, value) of one seed, in the order in which they were logged."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str, float]] = []
        self._names: set[str] = set()

    def record(self, step: Any, scalars: Mapping[Any, Any]) -> None:
        """Keep the scalars of a step.

        Raises :class:`ModelError` for a name that could harm where it is shown, for what is no number and for too many
        names, and :class:`DivergedError` for a number that is not finite.
        """
        when = _step(step)
        for name, value in scalars.items():
            if name not in self._names:
                self._admit(name)
            number = _number(name, value)
            if not math.isfinite(number):
                raise DivergedError(f"{name} became {number} at step {when}")
            self.entries.append((when, name, number))

    def _admit(self, name: Any) -> None:
        if not isinstance(name, str) or not name:
            raise ModelError(f"a logged scalar has the name {plain(repr(name), 60)}; expected a text")
        try:
            check_name("the logged scalar", name, LONGEST_NAME)
        except ValueError as error:
            raise ModelError(str(error)) from None
        if len(self._names) == MOST_NAMES:
            raise ModelError(
                f"{name!r} is one name more than the {MOST_NAMES:,} that can be logged; give the step as log(step, ...), "
                "not within the name"
            )
        self._names.add(name)


def write_csv(path: Path, records: Iterable[FitRecord]) -> None:
    """Write ``seed,step,name,value``, a line for each scalar logged."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("seed", "step", "name", "value"))
    writer.writerows((record.seed, *entry) for record in records for entry in record.log)
    write_whole(path, file.getvalue().encode())


def _step(step: Any) -> int:
    try:
        whole = int(step) if isinstance(step, float) and step.is_integer() else operator.index(step)
    except (TypeError, ValueError, RuntimeError):  # what tensors and arrays of several numbers raise
        whole = -1
    if not 0 <= whole <= LAST_STEP:
        raise ModelError(f"scalars were logged at step {plain(repr(step), 60)}; expected a whole number from 0 to 1e15")
    return whole


def _number(name: str, value: Any) -> float:
    """Return a real number, be it Python's, NumPy's or a tensor's only one."""
    try:
        one = value.item() if hasattr(value, "item") else value
        if isinstance(one, numbers.Real):
            return float(one)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
    raise ModelError(f"{name!r} was logged as {plain(repr(value), 60)}; expected one real number")
