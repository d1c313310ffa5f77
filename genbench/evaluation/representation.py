"""How well a model's features serve simple classifiers, beside raw features and those of an untrained network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Split
from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import feature_name, features
from genbench.evaluation.intervals import Interval, mean_interval
from genbench.evaluation.probes import Labelled, linear_probe, nearest_neighbours
from genbench.evaluation.ranges import range_of
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

Embed = Callable[["NDArray[Any]"], "NDArray[Any]"]

CLASSIFIERS = {
    "linear_probe": (linear_probe, "probe"),
    "knn": (nearest_neighbours, "knn"),
}
"""By the metrics' first words: the classifier, and its name in the estimators."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``linear_probe_accuracy`` and ``knn_accuracy`` on the test examples, better higher, each on the features of

    ``[model]``        the model's ``embed``, one classifier a seed,
    ``[random-init]``  the ``embed`` of the same network, untrained, one a seed (for models that the harness trains),
    ``[pixels]``       (or ``[features]``) the examples themselves,

    and ``linear_probe_gain``, ``knn_gain``: the accuracy of the model less that of the untrained network, seed by seed
    and example by example. Classifiers are fitted to the first ``protocol.probe_examples`` of the training split.

    Raises :class:`Unavailable` if those are all of one class.
    """
    assert context.train is not None, "declared by sees_training_data"
    train = context.train[: context.protocol.probe_examples]
    if len(np.unique(train.y)) < 2:
        raise Unavailable("the training examples are all of one class")
    splits = (train, context.validation[: context.protocol.test_examples], context.test_subset)
    untrained = []
    if context.untrained is not None:
        seeds = [derive_seed("untrained", model.seed) for model in context.distinct]
        untrained = [context.untrained(seed) for seed in seeds]
    embeddings: dict[str, list[Embed]] = {
        "model": [model.embed for model in context.distinct],
        "random-init": [model.embed for model in untrained],
        feature_name(context.data): [lambda x: features(x, context.data)],
    }
    hits = {name: _hits(embeds, splits) for name, embeds in embeddings.items() if embeds}
    for index, (metric, (_, classifier)) in enumerate(CLASSIFIERS.items()):
        for name, correct in hits.items():
            values = correct[:, index]
            row = _row(context, f"{metric}_accuracy", f"{classifier}[{name}]", values)
            yield _with_interval(row, mean_interval(values, context.protocol.resamples, share=True))
        if untrained:
            gain = hits["model"][:, index] - hits["random-init"][:, index]
            row = _row(context, f"{metric}_gain", f"{classifier}[model-random-init]", gain)
            yield _with_interval(row, mean_interval(gain, context.protocol.resamples, bounds=range_of(row.metric)))


def _hits(embeds: list[Embed], splits: tuple[Split, Split, Split]) -> NDArray[np.float64]:
    """Whether each classifier is right on each test example, for each embedding: (seeds, classifiers, n)."""
    found = []
    for embed in embeds:
        train, validation, test = (Labelled(embed(split.x), split.y) for split in splits)
        found.append([classify(train, validation, test.x) == test.y for classify, _ in CLASSIFIERS.values()])
    return np.asarray(found, dtype=np.float64)


def _row(context: EvaluationContext, metric: str, estimator: str, values: NDArray[np.float64]) -> Measurement:
    seeds, n = values.shape
    value, per_seed = float(values.mean()), tuple(values.mean(axis=1))
    return Measurement(
        metric, estimator, value, "", "higher", seeds=seeds, n=n, examples=context.train_size, per_seed=per_seed
    )


def _with_interval(row: Measurement, interval: Interval) -> Measurement:
    return replace(row, ci_low=interval[0], ci_high=interval[1])
