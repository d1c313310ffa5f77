"""Sample quality and mode coverage in the course of the training, so that a collapse, early or late, is seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Modes
from genbench.errors import Unavailable
from genbench.evaluation.collapse import collapsed_seeds, known_modes, modes_found, modes_hit
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.distances import CURVE_DIMENSIONS
from genbench.evaluation.features import feature_name, features
from genbench.evaluation.frechet import frechet_by_groups, frechet_distances
from genbench.evaluation.missing import missing
from genbench.evaluation.sample_sets import with_value, without_interval
from genbench.evaluation.size_curve import SizeCurve
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """At each milestone of the training of a neural model, from ``protocol.milestone_samples`` samples a seed:

    ``training:frechet_distance``  from as many test examples (at most the split), as pixels or features, not extrapolated;
    ``training:modes_found``, ``training:high_quality``, ``training:collapsed_seeds``  as in
                                   :mod:`genbench.evaluation.mode_coverage`, where the data has modes or classes.

    ``examples`` is the number of training examples seen by then, with repetition. The model is as it would be evaluated
    then (its averaged parameters if it keeps an average), which a best checkpoint may differ from. Models with a fit of
    their own have no milestones, and no rows.
    """
    at_milestones: dict[int, list[NDArray[np.float32]]] = defaultdict(list)
    for fit in context.fits:
        for seen, samples in fit.milestones.items():
            at_milestones[seen].append(samples)
    if not at_milestones:
        return
    modes = _modes(context)
    for seen, sets in sorted(at_milestones.items()):
        row = Measurement("", "", None, seeds=len(sets), examples=seen, status="failed")
        yield _distance(row, sets, context)
        if modes is not None:
            yield from _coverage(row, sets, modes)


def _modes(context: EvaluationContext) -> Modes | None:
    try:
        return known_modes(context)
    except Unavailable:
        return None


def _distance(row: Measurement, sets: list[NDArray[np.float32]], context: EvaluationContext) -> Measurement:
    n = min(len(sets[0]), len(context.test))
    real, *fakes = (features(x[:n], context.data) for x in (context.test.x, *sets))
    estimator = f"fd[{feature_name(context.data)}]"
    row = replace(row, metric="training:frechet_distance", estimator=estimator, better="lower", n=n)
    if n < 2:
        return missing(row, f"needs at least 2 test examples and samples, there is {n}", "skipped")
    values = frechet_distances(real, fakes)
    groups = np.arange(n) * context.protocol.jackknife_groups // n
    if real.shape[1] > CURVE_DIMENSIONS or n < 3 * len(np.unique(groups)):
        return without_interval(row, values)
    curve = SizeCurve.of(frechet_by_groups(real, fakes, groups), np.bincount(groups), (1,))
    jackknives = [replicates[..., 0] for replicates in curve.jackknives]
    return with_value(row, values, jackknives, halves=curve.halves[..., 0], least=0.0)


def _coverage(row: Measurement, sets: list[NDArray[np.float32]], modes: Modes) -> Iterator[Measurement]:
    n, count = len(sets[0]), len(modes.weights)
    row = replace(row, estimator=modes.name, better="higher", n=n)
    assigned = [modes.assign(x) for x in sets]
    found = np.array([modes_hit(mode, good, modes) for mode, good in assigned])
    yield modes_found(replace(row, metric="training:modes_found", unit="modes"), found, count)
    if modes.has_quality:
        quality = np.array([good.mean() for _, good in assigned])
        yield with_value(replace(row, metric="training:high_quality"), quality, trials=n)
    yield collapsed_seeds(replace(row, metric="training:collapsed_seeds"), found, modes)
