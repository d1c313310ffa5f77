"""Likelihood and sample quality of a generative model at growing training sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.distances import frechet_rows, kernel_rows
from genbench.evaluation.features import Space, feature_name, features
from genbench.evaluation.likelihood import bounded, mean_rows, range_of_nll, refused
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.plausibility import bound_fault, density_fault
from genbench.evaluation.sample_sets import Sets
from genbench.measurement import Measurement
from genbench.model import capabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``nll`` (nats), exact or its importance-weighted bound, where the model has either, and ``frechet_distance`` and
    ``kernel_distance`` of its samples from the test examples; better lower, at each training size.

    At each size of ``protocol.generative_curve_sizes`` the model is fitted afresh, with every seed and the protocol's whole
    budget, to the first so many training examples: the values are those of a run whose training split ends there. The full
    size takes the models that are fitted already. Only on the data sets of ``protocol.generative_curve_datasets``.
    """
    assert context.train is not None, "declared by sees_training_data"
    if context.data.name not in context.protocol.generative_curve_datasets:
        return
    for size in sorted(set(context.protocol.generative_curve_sizes)):
        if size < len(context.train):
            yield from _at(context, size)
    yield from _rows(context)


def _at(context: EvaluationContext, size: int) -> Iterator[Measurement]:
    assert context.train is not None
    assert context.refit_all is not None
    try:
        models = context.refit_all(context.train[:size])
        yield from list(_rows(replace(context, models=models, train_size=size)))
    except Exception as error:  # whatever the model raises: the other sizes still count
        row = Measurement("frechet_distance", f"fd[{feature_name(context.data)}]", None, examples=size, status="failed")
        yield missing(row, f"{type(error).__name__}: {error}", status_of(error))


def _rows(context: EvaluationContext) -> Iterator[Measurement]:
    """Of the context's models."""
    with suppress(Unavailable):  # the evaluation of the likelihood says why
        yield from _likelihood(context)
    space = Space(feature_name(context.data), lambda x: features(x, context.data))
    try:
        sets = Sets.of(context).within(space)
    except Unavailable as reason:
        row = Measurement("frechet_distance", f"fd[{space.name}]", None, examples=context.train_size, status="failed")
        yield missing(row, str(reason), "skipped")
        return
    yield next(frechet_rows(sets))
    yield next(kernel_rows(sets))


def _likelihood(context: EvaluationContext) -> Iterator[Measurement]:
    able = capabilities(type(context.models[0].model))
    if {"log_prob", "log_prob_bound"} & set(able) and (constant := _features_without_spread(context)):
        row = Measurement("nll", "", None, "nats", "lower", examples=context.train_size, status="failed")
        few = f"the first {context.train_size} training examples"
        reason = f"{constant} of the features take one value in {few}: their scale is a guess"
        yield missing(row, reason, "skipped")
        return
    if "log_prob" in able:
        log_q = np.stack([model.log_prob(context.test_subset.x) for model in context.distinct])
        estimator, fault = context.models[0].likelihood_estimator, density_fault(context, log_q)
        yield from _rows_or_refusal(context, estimator, log_q, fault)
    if "log_prob_bound" in able:
        k = context.protocol.importance_samples
        estimator, log_q = bounded(context, k)
        yield from _rows_or_refusal(context, estimator, log_q, bound_fault(context, k))


def _rows_or_refusal(
    context: EvaluationContext, estimator: str, log_q: NDArray[np.float64], fault: str
) -> Iterator[Measurement]:
    if fault:
        yield refused(context, estimator, log_q, fault)
    else:
        yield from mean_rows(context, "nll", estimator, -log_q, range_of_nll(context))


def _features_without_spread(context: EvaluationContext) -> int:
    """Return how many numbers are the same in all the training examples of this size, though not in the whole split.

    A density of such a feature is as high, and off it as low, as its model's smallest variance happens to be.
    """
    assert context.train is not None
    if context.data.is_discrete:
        return 0
    rows = np.asarray(context.train.x).reshape(len(context.train), -1)[:, np.array(context.data.categories) == 0]
    lost = (np.ptp(rows[: context.train_size], axis=0) == 0) & (np.ptp(rows, axis=0) > 0)
    return int(lost.sum())
