"""How close samples are to fresh examples, and whether they are too close to the training set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import feature_name, features
from genbench.evaluation.frechet import frechet_distances, jackknifed_distances
from genbench.evaluation.intervals import UNBOUNDED, set_interval
from genbench.evaluation.missing import missing
from genbench.evaluation.neighbours import nearest_distances
from genbench.evaluation.prdc import METRICS, RealBalls
from genbench.measurement import Better, Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

NON_NEGATIVE = (0.0, np.inf)


@dataclass(frozen=True)
class Sets:
    """Equally many real and generated examples, as features in float64.

    real    (n, d) test examples.
    fakes   a set (n, d) for each seed.
    train   (m, d) training examples.
    groups  (n,), sorted: the jackknife's group of each example.
    """

    real: NDArray[np.float64]
    fakes: list[NDArray[np.float64]]
    train: NDArray[np.float64]
    groups: NDArray[np.int64]

    @property
    def n(self) -> int:
        return len(self.real)

    @property
    def group_count(self) -> int:
        return int(self.groups[-1]) + 1


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """As many test examples as samples, ``n = min(protocol.samples, test split)``, compared on pixels or features.

    ``frechet_distance``     see :mod:`genbench.evaluation.frechet`; biased in n, so compare at one n.
    ``precision``, ``recall``, ``density``, ``coverage``     see :mod:`genbench.evaluation.prdc`.
    ``nearest_train_ratio``  median distance of a sample from the nearest training example, over that of a test example:
                             about 1 for fresh samples, 0 for copies of the training set, which all else would praise.
    """
    sets = _sets(context)
    space = feature_name(context.data)
    neighbours = f"prdc[{space},k={context.protocol.neighbours}]"
    rows = [
        _row(context, sets, "frechet_distance", f"fd[{space}]", "lower"),
        *(_row(context, sets, metric, neighbours, "higher") for metric in METRICS),
        _row(context, sets, "nearest_train_ratio", f"nn[{space}]", ""),
    ]
    yield _frechet(rows[0], sets)
    yield from _precision_and_recall(rows[1:5], sets, context.protocol.neighbours)
    yield _nearest_train(rows[5], sets)


def _sets(context: EvaluationContext) -> Sets:
    assert context.train is not None, "declared by sees_training_data"
    n = min(context.protocol.samples, len(context.test))
    groups = np.arange(n) * min(context.protocol.jackknife_groups, n) // n
    return Sets(
        real=features(context.test.x[:n], context.data),
        fakes=[features(model.sample(n, "sample_quality"), context.data) for model in context.models],
        train=features(context.train.x, context.data),
        groups=groups,
    )


def _row(context: EvaluationContext, sets: Sets, metric: str, estimator: str, better: Better) -> Measurement:
    """The row without its value."""
    seeds, train = len(sets.fakes), context.train_size
    return Measurement(metric, estimator, None, "", better, seeds=seeds, n=sets.n, examples=train, status="failed")


def _frechet(row: Measurement, sets: Sets) -> Measurement:
    if sets.n < 3:
        return missing(row, f"needs at least 3 test examples, there are {sets.n}", "skipped")
    jackknives = [jackknifed_distances(sets.real, sets.fakes, sets.groups)]
    if len(sets.fakes) == 1:
        jackknives.append(jackknifed_distances(sets.fakes[0], [sets.real], sets.groups))
    return _with_value(row, frechet_distances(sets.real, sets.fakes), jackknives, NON_NEGATIVE)


def _precision_and_recall(rows: list[Measurement], sets: Sets, k: int) -> Iterable[Measurement]:
    smallest = sets.n - int(np.bincount(sets.groups).max())
    if smallest <= k:
        reason = f"{sets.n} test examples are too few for {k} neighbours"
        return [missing(row, reason, "skipped") for row in rows]
    balls = RealBalls(sets.real, k, sets.groups)
    compared = [balls.compare(fake) for fake in sets.fakes]
    without_fakes = (
        [balls.compare(rest) for rest in _less_each_group(sets.fakes[0], sets)] if len(compared) == 1 else []
    )
    measured = []
    for row in rows:
        variants = np.stack([metrics[row.metric] for metrics in compared])
        jackknives = [variants[:, 1:].mean(axis=0)]
        if without_fakes:
            jackknives.append(np.array([metrics[row.metric][0] for metrics in without_fakes]))
        is_share = row.metric != "density"
        measured.append(_with_value(row, variants[:, 0], jackknives, NON_NEGATIVE, sets.n if is_share else None))
    return measured


def _nearest_train(row: Measurement, sets: Sets) -> Measurement:
    real = nearest_distances(sets.real, sets.train)
    fakes = np.stack([nearest_distances(fake, sets.train) for fake in sets.fakes])
    without_real = np.array([np.median(rest) for rest in _less_each_group(real, sets)])
    if min(np.median(real), without_real.min()) == 0:
        return missing(row, "half of the test examples occur in the training split", "skipped")
    samples = np.median(fakes, axis=1)
    jackknives = [samples.mean() / without_real]
    if len(fakes) == 1:
        jackknives.append(np.array([np.median(rest) for rest in _less_each_group(fakes[0], sets)]) / np.median(real))
    return _with_value(row, samples / np.median(real), jackknives, NON_NEGATIVE)


def _less_each_group(values: NDArray[np.float64], sets: Sets) -> list[NDArray[np.float64]]:
    """The values (n, ...) without each group in turn."""
    return [values[sets.groups != group] for group in range(sets.group_count)]


def _with_value(
    row: Measurement,
    values: NDArray[np.float64],
    jackknives: list[NDArray[np.float64]],
    bounds: tuple[float, float] = UNBOUNDED,
    trials: int | None = None,
) -> Measurement:
    low, high = set_interval(values, jackknives, bounds, trials)
    return replace(row, value=float(values.mean()), ci_low=low, ci_high=high, status="ok")
