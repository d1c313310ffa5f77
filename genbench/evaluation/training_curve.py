"""What models logged while they were trained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.intervals import set_interval
from genbench.evaluation.missing import missing
from genbench.measurement import Measurement

STEPS = 20
"""At most so many steps of each scalar."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``training:<name>`` for each scalar that the model logged: the mean over seeds at evenly spaced steps.

    ``examples`` is the number of training examples seen by then, with repetition: step x batch size.
    """
    curves: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for fit in context.fits:
        for step, name, value in fit.log:
            curves[name][step].append(value)
    for name, values_at in curves.items():
        steps = sorted(values_at)
        shown = np.unique(np.linspace(0, len(steps) - 1, STEPS).round().astype(int))
        for step in (steps[i] for i in shown):
            yield _point(name, values_at[step], step * context.batch_size)


def _point(name: str, values: list[float], examples: int) -> Measurement:
    metric, estimator = f"training:{name}", "training-log"
    if not np.isfinite(values).all():
        row = Measurement(metric, estimator, None, seeds=len(values), examples=examples, status="diverged")
        return missing(row, "a logged value is not finite", "diverged")
    low, high = set_interval(values)
    return Measurement(
        metric, estimator, float(np.mean(values)), ci_low=low, ci_high=high, seeds=len(values), examples=examples
    )
