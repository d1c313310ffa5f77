"""Log-likelihood of test examples and, where the truth is known, Kullback-Leibler divergences to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Truth
from genbench.data.levels import bits_per_dim
from genbench.errors import ModelError
from genbench.evaluation import example_means
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.intervals import mean_interval, set_interval
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.plausibility import bound_fault, density_fault
from genbench.evaluation.ranges import NON_NEGATIVE, UNBOUNDED, Range, range_of
from genbench.evaluation.sample_sets import with_interval
from genbench.measurement import Measurement
from genbench.model import capabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``nll`` (nats an example); ``bits_per_dim`` on binary data and data with levels; with a known truth p

    ``kl_to_truth``          KL(p || q) = E_p[log p(x) - log q(x)] over the test examples; punishes modes left out,
    ``reverse_kl_to_truth``  KL(q || p) = E_q[log q(x) - log p(x)] over samples of the model; punishes samples off the data.

    All are better lower. A model that deems a test example impossible has no finite value: its row has a status. So has one
    whose ``log_prob`` is no log density (:mod:`genbench.evaluation.plausibility`), as its only row.
    """
    x, estimator = context.test_subset.x, context.models[0].likelihood_estimator
    log_q = np.stack([model.log_prob(x) for model in context.distinct])
    if fault := density_fault(context, log_q):
        yield refused(context, estimator, log_q, fault)
        return
    yield from nll_rows(context, estimator, log_q)
    if context.truth is not None:
        log_p = context.truth.log_prob(np.asarray(x, dtype=np.float64))
        yield from mean_rows(context, "kl_to_truth", "monte-carlo", log_p - log_q)
        if "sample" in capabilities(type(context.models[0].model)):
            yield from _reverse_kl(context, context.truth)


def evaluate_bound(context: EvaluationContext) -> Iterable[Measurement]:
    """Upper bounds of ``nll`` and ``bits_per_dim``, as :func:`evaluate` gives them exactly, from ``log_prob_bound``:

    ``bound[elbo]``    with one sample an example (Kingma & Welling 2014),
    ``bound[iwae-K]``  with K = ``protocol.importance_samples`` (Burda et al. 2016),

    with the model's ``bound_variant`` after a comma, if it has one; and with a known truth such bounds of ``kl_to_truth``.
    """
    for k in sorted({1, context.protocol.importance_samples}):
        estimator, log_q = bounded(context, k)
        if fault := bound_fault(context, k):
            yield refused(context, estimator, log_q, fault)
            continue
        yield from nll_rows(context, estimator, log_q)
        if context.truth is not None:
            log_p = context.truth.log_prob(np.asarray(context.test_subset.x, dtype=np.float64))
            yield from mean_rows(context, "kl_to_truth", estimator, log_p - log_q)


def bounded(context: EvaluationContext, k: int) -> tuple[str, NDArray[np.float64]]:
    """The estimator's name, and ``log_prob_bound`` (seeds, n) of the test examples with k samples each."""
    name = "elbo" if k == 1 else f"iwae-{k}"
    fitted = context.models[0]
    marks = [fitted.model.bound_variant] * bool(fitted.model.bound_variant) + ["dequantised"] * fitted.dequantised
    log_q = np.stack([model.log_prob_bound(context.test_subset.x, k) for model in context.distinct])
    return f"bound[{','.join([name, *marks])}]", log_q


def nll_rows(context: EvaluationContext, estimator: str, log_q: NDArray[np.float64]) -> Iterable[Measurement]:
    """``nll`` from log-likelihoods (seeds, n), and ``bits_per_dim`` where the data are bits or levels."""
    context.keep("nll", estimator, -log_q)
    rows = list(mean_rows(context, "nll", estimator, -log_q, range_of_nll(context)))
    yield from rows
    if context.data.support == "binary" or context.data.levels is not None:
        yield from (_as_bits_per_dim(row, context.data.dim) for row in rows)


def range_of_nll(context: EvaluationContext) -> Range:
    """Return what the mean of -log q can be: of a probability, or what is in expectation above it, at least 0."""
    return NON_NEGATIVE if context.data.is_discrete else UNBOUNDED


def refused(context: EvaluationContext, estimator: str, log_q: NDArray[np.float64], fault: str) -> Measurement:
    """Return the row of ``nll`` without a value, for log-likelihoods (seeds, n) that are none."""
    row = replace(_row(context, "nll", estimator), seeds=len(log_q), n=log_q.shape[1])
    return missing(row, fault)


def _row(context: EvaluationContext, metric: str, estimator: str) -> Measurement:
    """The row without its value."""
    return Measurement(metric, estimator, None, "nats", "lower", examples=context.train_size, status="failed")


def mean_rows(
    context: EvaluationContext,
    metric: str,
    estimator: str,
    values: NDArray[np.float64],
    bounds: Range | None = None,
) -> Iterator[Measurement]:
    """Yield the mean of values (seeds, n) of the same examples, in nats, with its interval, and what marks it if it rests on
    few of them: see :func:`genbench.evaluation.example_means.mean_rows`."""
    row = replace(_row(context, metric, estimator), seeds=len(values), n=values.shape[1])
    impossible = int(np.isinf(values).any(axis=0).sum())
    if impossible:
        yield missing(row, f"the model gives {impossible} of {row.n} test examples probability 0")
        return
    if not math.isfinite(values.mean()):
        yield missing(row, f"the mean is {values.mean()}")
        return
    yield from example_means.mean_rows(row, values, context.protocol.resamples, bounds)


def _as_bits_per_dim(nll: Measurement, dim: int) -> Measurement:
    """Return the same value in bits a dimension; a tail index has no unit."""
    metric = nll.metric.replace("nll", "bits_per_dim")
    if nll.unit != "nats":
        return replace(nll, metric=metric)
    value, low, high = (
        None if nats is None else bits_per_dim(nats, dim) for nats in (nll.value, nll.ci_low, nll.ci_high)
    )
    per_seed = tuple(bits_per_dim(nats, dim) for nats in nll.per_seed)
    return replace(nll, metric=metric, unit="bits/dim", value=value, ci_low=low, ci_high=high, per_seed=per_seed)


def _reverse_kl(context: EvaluationContext, truth: Truth) -> Iterator[Measurement]:
    """KL(q || p) from ``protocol.samples`` samples a seed.

    The samples of each seed are its own, so the interval is across seeds; for a fit without randomness all samples come
    from one model, and the interval is over samples.
    """
    n = context.protocol.samples
    row = replace(_row(context, "reverse_kl_to_truth", "monte-carlo"), seeds=len(context.models), n=n)
    try:
        samples = [model.sample(n, "likelihood") for model in context.models]
        log_q = np.stack([model.log_prob(x) for model, x in zip(context.models, samples, strict=True)])
    except ModelError as error:
        yield missing(row, str(error), status_of(error))
        return
    log_p = np.stack([truth.log_prob(x.astype(np.float64)) for x in samples])
    for name, log_density in (("the truth", log_p), ("the model itself", log_q)):
        if not np.isfinite(log_density).all():
            yield missing(row, f"samples of the model have density 0 under {name}")
            return
    gap = log_q - log_p
    bounds = range_of(row.metric)
    if context.deterministic_fit:
        interval = mean_interval(gap.reshape(1, -1), context.protocol.resamples, bounds=bounds)
    else:
        interval = set_interval(gap.mean(axis=1), bounds=bounds)
    yield with_interval(row, gap.mean(axis=1), interval)
    yield from example_means.marks(row, gap)
