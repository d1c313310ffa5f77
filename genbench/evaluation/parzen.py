"""Parzen windows on a model's samples, between those on training examples and on k-means centres."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.example_means import mean_rows
from genbench.evaluation.features import features
from genbench.evaluation.neighbours import MOSTLY_REPEATED, nearest_distances
from genbench.evaluation.parzen_window import BANDWIDTHS, ParzenWindow, kmeans_centres
from genbench.evaluation.sample_sets import without_interval
from genbench.measurement import Better, Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLES = "samples"
EXAMPLES_A_MEAN = 10
"""At most so many training examples for each k-means centre."""
CENTRES_A_VALIDATION_EXAMPLE, FEWEST_VALIDATION_EXAMPLES = 10, 100


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``parzen_log_density``, the mean log density in nats of n = min(protocol.samples, test split) test examples in a
    Parzen window, and ``parzen_bandwidth``, the window's bandwidth; with m centres that are

    ``parzen[training-examples,centres=m]``  the first training examples: a control,
    ``parzen[samples,centres=m]``            samples of the model, afresh for each seed,
    ``parzen[k-means,centres=m]``            the means of m groups of training examples: a control.

    m = ``protocol.parzen_centres``, at most half of the training split, so that the means are no training examples. The
    bandwidth is the one of :data:`BANDWIDTHS` (on real data in units of the features' root mean variance) that does best
    on the first validation examples, a tenth as many as centres but at least 100.

    Raises :class:`Unavailable` where most test examples occur in the training split: repeated examples have no density.
    """
    assert context.train is not None, "declared by sees_training_data"
    train = features(context.train.x, context.data)
    test = features(context.test.x[: context.protocol.samples], context.data)
    if np.median(nearest_distances(test, train)) == 0:
        raise Unavailable(f"{MOSTLY_REPEATED}: repeated examples have no density")
    count = max(1, min(context.protocol.parzen_centres, len(train) // 2))
    task = _Task.of(context, train, test, max(FEWEST_VALIDATION_EXAMPLES, count // CENTRES_A_VALIDATION_EXAMPLE))
    samples = [features(model.sample(count, "parzen"), context.data) for model in context.models]
    yield from task.rows("training-examples", [train[:count]])
    yield from task.rows(SAMPLES, samples)
    yield from task.rows("k-means", [kmeans_centres(train[: EXAMPLES_A_MEAN * count], count)])


@dataclass(frozen=True)
class _Task:
    """The examples (n, d) and (v, d) to be explained, and the bandwidths to choose from."""

    context: EvaluationContext
    test: Floats
    validation: Floats
    bandwidths: Floats

    @classmethod
    def of(cls, context: EvaluationContext, train: Floats, test: Floats, validation_examples: int) -> _Task:
        spread = float(np.sqrt(train.var(axis=0).mean()))
        return cls(
            context=context,
            test=test,
            validation=features(context.validation.x[:validation_examples], context.data),
            bandwidths=BANDWIDTHS * (spread if context.data.support == "real" and spread > 0 else 1.0),
        )

    def rows(self, kind: str, centres: list[Floats]) -> Iterator[Measurement]:
        """Of windows on sets of centres (m, d), one a seed. Controls do not compete."""
        windows = [ParzenWindow.chosen(of_seed, self.validation, self.bandwidths) for of_seed in centres]
        values = np.stack([window.log_density(self.test) for window in windows])
        estimator = f"parzen[{kind},centres={len(centres[0])}]"
        if kind == SAMPLES:
            self.context.keep("parzen_log_density", estimator, values)
        row = Measurement(
            "parzen_log_density",
            estimator,
            None,
            "nats",
            seeds=len(values),
            n=len(self.test),
            examples=self.context.train_size,
            status="failed",
        )
        better: Better = "higher" if kind == SAMPLES else ""
        yield from mean_rows(replace(row, better=better), values, self.context.protocol.resamples)
        row = replace(row, metric="parzen_bandwidth", unit="", n=len(self.validation))
        yield without_interval(row, np.array([window.bandwidth for window in windows]))
