"""How close samples are to fresh examples, and whether they are too close to the training set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.classifier import image_classifier
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.distances import frechet_rows, kernel_rows, sliced_rows
from genbench.evaluation.diversity import EXAMPLES, bandwidth, class_score, vendi_score
from genbench.evaluation.features import Space, derived_spaces, feature_name, features, has_own_classifier
from genbench.evaluation.intervals import pieces_interval
from genbench.evaluation.missing import missing
from genbench.evaluation.neighbours import MOSTLY_REPEATED, nearest_distances
from genbench.evaluation.prdc import METRICS, RealBalls
from genbench.evaluation.ranges import range_of
from genbench.evaluation.sample_sets import Sets, with_interval, with_value
from genbench.evaluation.two_sample import classifier_test, combined, neighbour_accuracies, neighbour_test
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_TEST = 10
"""Examples a set, at least, for a two-sample test."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """As many test examples as samples, ``n = min(protocol.samples, test split)``, as pixels or features:

    ``frechet_distance``, ``kernel_distance``, ``sliced_wasserstein``     see :mod:`genbench.evaluation.distances`.
    ``precision``, ``recall``, ``density``, ``coverage``     see :mod:`genbench.evaluation.prdc`.
    ``classifier_test_accuracy``, ``neighbour_test_accuracy``, each with ``..._p_value``  see
                             :mod:`genbench.evaluation.two_sample`.
    ``vendi_score``          effective number of different samples; that of real examples stands in the row of a control.
    ``nearest_train_ratio``  median distance of a sample from the nearest training example, over that of a test example:
                             about 1 for fresh samples, 0 for copies of the training set, which all else would praise.

    Then the first two lines again in :func:`genbench.evaluation.features.derived_spaces`, without ``sliced_wasserstein``,
    and ``class_score`` by the data set's own classifier.
    """
    assert context.train is not None, "declared by sees_training_data"
    data = context.data
    samples = Sets.of(context)
    sets = samples.within(Space(feature_name(data), lambda x: features(x, data)))
    yield from frechet_rows(sets)
    yield from kernel_rows(sets)
    yield from sliced_rows(sets, context.protocol.projections)
    yield from precision_and_recall(sets, context.protocol.neighbours)
    yield from two_sample_rows(sets)
    train = features(context.train.x, data)
    yield vendi_row(sets, bandwidth(train))
    yield nearest_train_row(sets, train)
    classifier = image_classifier(context.train, data) if has_own_classifier(data) else None
    for space in derived_spaces(context.train, data, classifier):
        elsewhere = samples.within(space)
        yield from frechet_rows(elsewhere)
        yield from kernel_rows(elsewhere)
        yield from precision_and_recall(elsewhere, context.protocol.neighbours)
    if classifier is not None:
        row = samples.row("class_score", f"class-score[{classifier.name}]", "higher")
        values = np.array([class_score(classifier.log_proba(fake)) for fake in samples.fakes])
        yield with_value(row, values, bounds=(1.0, float(data.classes)))


def precision_and_recall(sets: Sets, k: int) -> Iterator[Measurement]:
    """``precision``, ``recall``, ``density`` and ``coverage`` with balls as wide as the k-th nearest neighbour."""
    rows = [sets.row(metric, f"prdc[{sets.space},k={k}]", "higher") for metric in METRICS]
    if sets.n // 2 <= k:
        reason = f"{sets.n} test examples are too few for {k} neighbours in either half"
        yield from (missing(row, reason, "skipped") for row in rows)
        return

    def compared(some: Sets) -> NDArray[np.float64]:
        balls = RealBalls(some.real, k)
        return np.array([list(balls.compare(fake).values()) for fake in some.fakes])

    values, pieces = compared(sets), sets.in_pieces(compared)
    for index, row in enumerate(rows):
        trials = None if row.metric == "density" else sets.n
        interval = pieces_interval(values[:, index], pieces[..., index], range_of(row.metric), trials)
        yield with_interval(row, values[:, index], interval)


def two_sample_rows(sets: Sets) -> Iterator[Measurement]:
    """``classifier_test_accuracy`` and ``neighbour_test_accuracy``, each with its p-value."""
    classifier = sets.row("classifier_test_accuracy", f"svc[{sets.space}]", "lower")
    neighbour = sets.row("neighbour_test_accuracy", f"1nn[{sets.space}]", "lower")
    if sets.n < SMALLEST_TEST:
        reason = f"needs at least {SMALLEST_TEST} test examples, there are {sets.n}"
        yield from (missing(row, reason, "skipped") for row in (classifier, neighbour))
        return
    tests = [classifier_test(sets.real, fake, len(sets.group_sizes)) for fake in sets.fakes]
    values, trials = np.array([test.accuracy for test in tests]), 2 * (sets.n - sets.n // 2)
    jackknives = [np.stack([test.without_real for test in tests])]
    if len(tests) == 1:
        jackknives.append(tests[0].without_fake[None])
    yield with_value(classifier, values, jackknives, trials=trials)
    yield _p_value(classifier, [test.p_value for test in tests])
    tests = [neighbour_test(sets.real, fake) for fake in sets.fakes]
    values = np.array([test.accuracy for test in tests])
    pieces = sets.in_pieces(lambda some: neighbour_accuracies(some.real, some.fakes))
    yield with_interval(neighbour, values, pieces_interval(values, pieces, trials=2 * sets.n))
    yield _p_value(neighbour, [test.p_value for test in tests])


def _p_value(row: Measurement, p_values: list[float]) -> Measurement:
    """The row of the p-value that goes with an accuracy."""
    metric = row.metric.replace("accuracy", "p_value")
    return replace(row, metric=metric, value=combined(p_values), better="", status="ok")


def vendi_row(sets: Sets, width: float) -> Measurement:
    """``vendi_score`` with a kernel of that width. The interval is of the score that so many samples have on average."""
    fakes = [fake[:EXAMPLES] for fake in sets.fakes]
    n, groups = len(fakes[0]), len(sets.group_sizes)
    values = np.array([vendi_score(fake, width) for fake in fakes])
    jackknives = []
    if len(fakes) == 1:
        parts = np.array_split(np.arange(n), min(groups, n))
        jackknives.append(np.array([[vendi_score(np.delete(fakes[0], part, axis=0), width) for part in parts]]))
    row = replace(sets.row("vendi_score", f"vendi[{sets.space},gaussian]", ""), n=n)
    return with_value(row, values, jackknives, (1.0, float(n)))


def nearest_train_row(sets: Sets, train: NDArray[np.float64]) -> Measurement:
    """``nearest_train_ratio`` to the training examples (m, d)."""
    row = sets.row("nearest_train_ratio", f"nn[{sets.space}]", "")
    real = nearest_distances(sets.real, train)
    fakes = np.stack([nearest_distances(fake, train) for fake in sets.fakes])
    without_real = np.array([np.median(rest) for rest in sets.less_each_group(real)])
    if min(np.median(real), without_real.min()) == 0:
        return missing(row, MOSTLY_REPEATED, "skipped")
    samples = np.median(fakes, axis=1)
    jackknives = [samples[:, None] / without_real]
    if len(fakes) == 1:
        jackknives.append(np.array([[np.median(rest) for rest in sets.less_each_group(fakes[0])]]) / np.median(real))
    return with_value(row, samples / np.median(real), jackknives)
