"""How a classifier stands a change of the data between training and test, with and without correction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import entr

from genbench.data.dataset import Split
from genbench.errors import Unavailable
from genbench.evaluation.classifier_rows import attempted_rows, classifier_rows
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.corruptions import CORRUPTIONS, can_be_corrupted, corrupted, nothing
from genbench.evaluation.covariate_shift import Component, drawn_by_weight, estimated_weights, resampled, weight
from genbench.evaluation.example_means import mean_row
from genbench.evaluation.missing import missing
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior
from genbench.evaluation.sample_sets import without_interval
from genbench.measurement import Better, Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATIO = 9.0
"""By how much more frequent, relative to training, the last class becomes than the first; those between, geometrically."""
RELABELLED = 0.3
"""Share of the training examples that lie where concept shift changes the labels' rule."""
LEAST_EXAMPLES = 20
NOISE_INPUTS = 500


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``test_error``, ``log_loss`` and ``calibration_error`` (better lower) on the test examples as they are (``unshifted``)
    and under each kind of shift below; and how sure the classifier is of inputs that are nothing.

    A kind of shift that the data do not admit leaves a row that is skipped, and says why.
    """
    test = context.test_subset
    plain = _predicted(context, test.x)
    yield from classifier_rows(_row(context, "unshifted"), plain, test.y, context.protocol.resamples)
    kinds = {"prior": prior_rows, "covariate": covariate_rows, "concept": concept_rows}
    for name, rows in kinds.items():
        try:
            yield from rows(context, plain)
        except Unavailable as reason:
            yield missing(_row(context, name, "test_error", "lower"), str(reason), "skipped")
    if can_be_corrupted(context.data):
        yield from corruption_rows(context)
    yield from nothing_rows(context)


def prior_rows(context: EvaluationContext, plain: NDArray[np.float64]) -> Iterator[Measurement]:
    """On test examples whose classes have other frequencies than in training, each

    ``prior[none]``   as the model predicts,
    ``prior[em]``     corrected by the frequencies that expectation maximisation finds in the unlabelled test examples,
    ``prior[known]``  corrected by the true frequencies,

    and ``prior_error``: the total variation between the frequencies found and the true ones, 0 to 1.

    ``plain`` (models, n, classes) are the predictions for the test examples. Raises :class:`Unavailable` with too few test
    examples, or without training examples of a class.
    """
    train, test, classes = _train(context), context.test_subset, context.data.classes
    old = np.bincount(train.y, minlength=classes) / len(train)
    if not old.all():
        raise Unavailable("a class has no training example")
    new = old * np.geomspace(1, RATIO, classes)
    new /= new.sum()
    chosen = shifted_subset(test.y, new, _rng(context, "prior-shift"))
    _check_enough(chosen, "the classes' frequencies changed")
    labels = test.y[chosen]
    true = np.bincount(labels, minlength=classes) / len(labels)
    log_probas = plain[:, chosen]
    found = [estimated_prior(log_proba, old) for log_proba in log_probas]
    corrections = {
        "none": log_probas,
        "em": np.stack([with_prior(log_proba, old, prior) for log_proba, prior in zip(log_probas, found, strict=True)]),
        "known": np.stack([with_prior(log_proba, old, true) for log_proba in log_probas]),
    }
    for correction, log_proba in corrections.items():
        row = _row(context, f"prior[{correction}]")
        yield from classifier_rows(row, log_proba, labels, context.protocol.resamples)
    errors = np.array([0.5 * float(np.abs(prior - true).sum()) for prior in found])
    row = _row(context, "prior[em]", "prior_error", "lower", len(labels))
    yield without_interval(row, errors)


def covariate_rows(context: EvaluationContext, plain: NDArray[np.float64]) -> Iterator[Measurement]:
    """Likewise on test examples drawn with a known weight (:mod:`genbench.evaluation.covariate_shift`), each

    ``covariate[none]``       by the model as it is,
    ``covariate[known]``      by one fitted afresh to as many training examples, drawn with that weight,
    ``covariate[estimated]``  likewise, the weight estimated from the unlabelled test examples.

    Raises :class:`Unavailable` with too few test examples.
    """
    train, test, resamples = _train(context), context.test_subset, context.protocol.resamples
    component = Component(train.x, context.data)
    chosen = drawn_by_weight(weight(component(test.x)), _rng(context, "covariate-shift"))
    _check_enough(chosen, "a weight on the features")
    shifted = test[chosen]
    yield from classifier_rows(_row(context, "covariate[none]"), plain[:, chosen], shifted.y, resamples)
    weights: dict[str, Callable[[], NDArray[np.float64]]] = {
        "known": lambda: weight(component(train.x)),
        "estimated": lambda: estimated_weights(train.x, shifted.x, context.data),
    }
    for name, weights_of_train in weights.items():
        drawn = resampled(weights_of_train(), _rng(context, "resampled"))
        refitted = partial(_refitted, context, train[drawn], shifted.x)
        yield from attempted_rows(_row(context, f"covariate[{name}]"), refitted, shifted.y, resamples)


def concept_rows(context: EvaluationContext, plain: NDArray[np.float64]) -> Iterator[Measurement]:
    """Likewise on the test examples where the labels' rule has changed: at the far end of the first principal component,
    with three tenths of the training examples, every label is another class's, the next one's.

    ``concept[none]``   by the model as it is. The features are distributed as ever, so that nothing can be seen of the
                        change, nor corrected, without new labels.
    ``concept[refit]``  by one fitted afresh to the training examples under the new rule: what new labels are worth.
    """
    train, test, resamples = _train(context), context.test_subset, context.protocol.resamples
    component = Component(train.x, context.data)
    along = component(train.x)
    edge = np.quantile(along, 1 - RELABELLED)

    def under_new_rule(labels: NDArray[np.int64], along: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.where(along > edge, (labels + 1) % context.data.classes, labels)

    labels = under_new_rule(test.y, component(test.x))
    yield from classifier_rows(_row(context, "concept[none]"), plain, labels, resamples)
    refitted = partial(_refitted, context, Split(train.x, under_new_rule(train.y, along)), test.x)
    yield from attempted_rows(_row(context, "concept[refit]"), refitted, labels, resamples)


def corruption_rows(context: EvaluationContext) -> Iterator[Measurement]:
    """On corrupted test images: ``noise[s]``, ``blur[s]``, ``occlusion[s]``, ``rotation[s]``, each at three strengths s
    (:mod:`genbench.evaluation.corruptions`)."""
    test = context.test_subset
    for name, (_, strengths) in CORRUPTIONS.items():
        for strength in strengths:
            x = corrupted(test.x, name, strength, context.data, _rng(context, name))
            row = _row(context, f"{name}[{strength:g}]")
            yield from classifier_rows(row, _predicted(context, x), test.y, context.protocol.resamples)


def nothing_rows(context: EvaluationContext) -> Iterator[Measurement]:
    """How sure a classifier is of inputs that are nothing, every feature uniform by itself: the mean of its largest
    probability, ``confidence``, better lower, and of its ``entropy`` (nats), better higher."""
    x = nothing(_train(context).x, NOISE_INPUTS, context.data, _rng(context, "nothing"))
    proba = np.exp(_predicted(context, x))
    confidence = _row(context, "uniform-noise", "confidence", "lower", len(x))
    yield mean_row(confidence, proba.max(axis=2), context.protocol.resamples)
    entropy = replace(confidence, metric="entropy", unit="nats", better="higher")
    of_classes = (0.0, math.log(proba.shape[2]))
    yield mean_row(entropy, entr(proba).sum(axis=2), context.protocol.resamples, of_classes)


def _train(context: EvaluationContext) -> Split:
    assert context.train is not None, "declared by sees_training_data"
    return context.train


def _rng(context: EvaluationContext, purpose: str) -> np.random.Generator:
    """The same for every model and seed on a data set."""
    return np.random.default_rng(derive_seed(purpose, context.data.name))


def _check_enough(chosen: NDArray[np.intp], how: str) -> None:
    if len(chosen) < LEAST_EXAMPLES:
        raise Unavailable(f"only {len(chosen)} test examples can be had with {how}")


def _predicted(context: EvaluationContext, x: NDArray[Any]) -> NDArray[np.float64]:
    """log p(y | x) (models that differ, n, classes)."""
    return np.stack([model.predict_log_proba(x) for model in context.distinct])


def _refitted(context: EvaluationContext, train: Split, x: NDArray[Any]) -> NDArray[np.float64]:
    """As :func:`_predicted`, by models fitted afresh, with the same seeds, to other training examples."""
    assert context.refit is not None
    return np.stack([context.refit(train, model.seed).predict_log_proba(x) for model in context.distinct])


def _row(
    context: EvaluationContext, estimator: str, metric: str = "", better: Better = "", n: int | None = None
) -> Measurement:
    """The row without its value."""
    seeds, examples = len(context.distinct), len(_train(context))
    return Measurement(metric, estimator, None, "", better, seeds=seeds, n=n, examples=examples, status="failed")
