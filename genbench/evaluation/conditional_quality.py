"""Whether samples carry the label that was asked for, and whether a classifier can learn from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Split
from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import feature_name
from genbench.evaluation.intervals import Interval, mean_interval, set_interval
from genbench.evaluation.judge import Judge
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """For models that are fitted with labels. A model is asked for samples with the labels of the first
    ``protocol.probe_examples`` training examples, which the classifier, too, is trained on.

    ``label_agreement``            share of samples in which a classifier trained on real examples sees the label asked for;
    ``classifier_accuracy``        share of the test examples that this classifier tells right, to judge the above by;
    ``train_on_samples_accuracy``  the same for a classifier trained on the samples (Ravuri & Vinyals 2019,
                                   classification accuracy score).

    Raises :class:`Unavailable` for a model that is not given labels, or training examples of one class.
    """
    assert context.train is not None, "declared by sees_training_data"
    if not context.models[0].model.needs_labels:
        raise Unavailable("the model is not given labels")
    real, test = context.train[: context.protocol.probe_examples], context.test_subset
    judge = Judge(real, context.data)
    sampled = [Split(model.sample(len(real), "conditional_quality", real.y), real.y) for model in context.models]

    agreement = np.array([np.mean(judge.labels(samples.x) == real.y) for samples in sampled])
    yield _row(context, "label_agreement", judge.name, agreement, len(real), set_interval(agreement, trials=len(real)))
    hits = (judge.labels(test.x) == test.y)[None]
    interval = mean_interval(hits, context.protocol.resamples, share=True)
    yield replace(_row(context, "classifier_accuracy", judge.name, hits, len(test), interval), better="")
    hits = np.stack([Judge(samples, context.data).labels(test.x) == test.y for samples in sampled])
    estimator = f"svc-on-samples[{feature_name(context.data)}]"
    interval = mean_interval(hits, context.protocol.resamples, share=True)
    yield _row(context, "train_on_samples_accuracy", estimator, hits, len(test), interval)


def _row(
    context: EvaluationContext,
    metric: str,
    estimator: str,
    values: NDArray[Any],
    n: int,
    interval: Interval,
) -> Measurement:
    """The row of the mean of values (seeds, ...)."""
    return Measurement(
        metric,
        estimator,
        float(values.mean()),
        better="higher",
        ci_low=interval[0],
        ci_high=interval[1],
        seeds=len(values),
        n=n,
        examples=context.train_size,
        per_seed=tuple(values.reshape(len(values), -1).mean(axis=1)),
    )
