"""How a classifier stands a change of the data between training and test: of the classes' frequencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from genbench.errors import Unavailable
from genbench.evaluation.classification import CLIP, example_losses, expected_calibration_error
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

RATIO = 9.0
"""By how much more frequent, relative to training, the last class becomes than the first; those between, geometrically."""
LEAST_EXAMPLES = 20


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``test_error``, ``log_loss``, ``brier_score`` and ``calibration_error``, better lower, on test examples whose classes
    have other frequencies than in training, each

    ``prior[none]``   as the model predicts,
    ``prior[em]``     corrected by the frequencies that expectation maximisation finds in the unlabelled test examples,
    ``prior[known]``  corrected by the true frequencies,

    and ``prior_error``: the total variation between the frequencies found and the true ones, 0 to 1.

    Raises :class:`Unavailable` with too few test examples, or without training examples of a class.
    """
    assert context.train is not None, "declared by sees_training_data"
    classes, test = context.data.classes, context.test_subset
    old = np.bincount(context.train.y, minlength=classes) / len(context.train)
    if not old.all():
        raise Unavailable("a class has no training example")
    new = old * np.geomspace(1, RATIO, classes)
    new /= new.sum()
    chosen = shifted_subset(test.y, new, np.random.default_rng(derive_seed("prior-shift", context.data.name)))
    if len(chosen) < LEAST_EXAMPLES:
        raise Unavailable(f"only {len(chosen)} test examples can be had with the classes' frequencies changed")
    labels = test.y[chosen]
    true = np.bincount(labels, minlength=classes) / len(labels)
    plain = [model.predict_log_proba(test.x[chosen]) for model in context.distinct]
    found = [estimated_prior(log_proba, old) for log_proba in plain]
    corrections = {
        "none": plain,
        "em": [with_prior(log_proba, old, prior) for log_proba, prior in zip(plain, found, strict=True)],
        "known": [with_prior(log_proba, old, true) for log_proba in plain],
    }
    row = Measurement(
        "", "", None, "", "lower", seeds=len(plain), n=len(labels), examples=len(context.train), status="failed"
    )
    for correction, log_probas in corrections.items():
        yield from _rows(replace(row, estimator=f"prior[{correction}]"), np.stack(log_probas), labels, context)
    errors = np.array([0.5 * float(np.abs(prior - true).sum()) for prior in found])
    yield with_value(replace(row, metric="prior_error", estimator="em"), errors, bounds=(0.0, 1.0))


def _rows(
    row: Measurement, log_proba: np.ndarray, labels: np.ndarray, context: EvaluationContext
) -> Iterable[Measurement]:
    """Of log p(y | x) (seeds, n, classes)."""
    losses = example_losses(log_proba, labels)
    for index, metric in enumerate(("test_error", "log_loss", "brier_score")):
        values = losses[:, index]
        low, high = mean_interval(values, context.protocol.resamples)
        unit, estimator = ("nats", f"{row.estimator}[clip={CLIP:g}]") if metric == "log_loss" else ("", row.estimator)
        named = replace(row, metric=metric, estimator=estimator, unit=unit, status="ok", value=float(values.mean()))
        yield replace(named, ci_low=low, ci_high=high, per_seed=tuple(values.mean(axis=1)))
    calibration = expected_calibration_error(log_proba, labels)
    yield with_value(replace(row, metric="calibration_error"), calibration, bounds=(0.0, 1.0))
