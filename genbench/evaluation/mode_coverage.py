"""Modes found by a model (Srivastava et al. 2017, VEEGAN; Lin et al. 2018, PacGAN); of labelled data, classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Modes
from genbench.evaluation.class_modes import classes_as_modes
from genbench.evaluation.collapse import collapsed_seeds, modes_found, samples_needed
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import features
from genbench.evaluation.intervals import mean_interval, skewed_interval
from genbench.evaluation.missing import missing
from genbench.evaluation.mode_histogram import (
    birthday_modes,
    corrected,
    expected_modes,
    forward_kl,
    jensen_shannon,
    reverse_kl,
    within_mode_spread,
)
from genbench.evaluation.ranges import Range
from genbench.evaluation.sample_sets import scaled, with_interval, with_value, without_interval
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Assigned:
    """The samples of one seed, or real examples, and the modes to which they fell.

    Only examples of high quality count, where ``modes`` can tell, as in the code of PacGAN.

    counts  (modes,) how many fell to each.
    spread  see :func:`within_mode_spread`.
    drawn   how many there were, of any quality.
    """

    counts: NDArray[np.int64]
    spread: float | None
    drawn: int

    @classmethod
    def of(cls, x: NDArray[np.float32], modes: Modes, vectors: NDArray[np.float64]) -> Assigned:
        """``vectors`` (n, d) are the examples ``x`` (n, *shape) in the space in which the spread is taken."""
        assigned, good = modes.assign(x)
        if modes.has_quality:
            assigned, vectors = assigned[good], vectors[good]
        counts = np.bincount(assigned, minlength=len(modes.weights))
        return cls(counts, within_mode_spread(vectors, assigned), len(x))


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """From ``protocol.mode_samples`` samples a seed, or as many as published tables of the data set use:

    ``modes_found``     modes with at least one sample of high quality;
    ``modes_found_ratio``  that, over the number that samples of the truth find on average;
    ``high_quality``    share of samples of high quality (near a mode), where the data set can tell;
    ``reverse_kl``, ``forward_kl``, ``jensen_shannon``     divergences of the histogram of modes from the true shares;
    ``mode_spread``     spread of samples within modes over that of test examples: 0 where each mode is one point;
    ``effective_modes`` how many equally likely modes would be hit twice as often, by the birthday paradox;
    ``rarest_mode_ratio``  the least share of a mode over its true share;
    ``collapsed_seeds`` share of seeds that found less than half as many modes as the truth would;
    ``classifier_accuracy``  of the classifier that assigns the modes, if one does: no model can be judged better than that.
    """
    assert context.modes is not None, "declared by data_needs"
    modes = context.modes
    return _rows(context, modes, samples_needed(context, modes))


def evaluate_classes(context: EvaluationContext) -> Iterable[Measurement]:
    """The same with classes for modes, see :func:`genbench.evaluation.class_modes.classes_as_modes`."""
    return _rows(context, classes_as_modes(context), context.protocol.mode_samples)


def _rows(context: EvaluationContext, modes: Modes, n: int) -> Iterator[Measurement]:
    def assigned(x: NDArray[np.float32]) -> Assigned:
        return Assigned.of(x, modes, features(x, context.data))

    seeds = [assigned(model.sample(n, "mode_coverage")) for model in context.models]
    row = Measurement("", modes.name, None, seeds=len(seeds), n=n, examples=context.train_size, status="failed")
    yield from coverage_rows(row, seeds, assigned(context.test_subset.x), modes)
    hits = getattr(modes, "hits", None)
    if hits is not None:
        interval = mean_interval(hits, context.protocol.resamples, share=True)
        row = replace(row, metric="classifier_accuracy", seeds=None, n=len(hits))
        yield with_interval(row, hits.astype(np.float64), interval)


def coverage_rows(row: Measurement, seeds: list[Assigned], real: Assigned, modes: Modes) -> Iterator[Measurement]:
    """The rows of the ``row.n`` samples of each seed, beside real examples."""
    assert row.n is not None
    n, count = row.n, len(modes.weights)
    found = np.array([np.count_nonzero(seed.counts) for seed in seeds])
    yield modes_found(replace(row, metric="modes_found", unit="modes", better="higher"), found, count)
    ratio = modes_found(replace(row, metric="modes_found_ratio", better="higher"), found, count)
    yield scaled(ratio, 1 / expected_modes(modes.weights, n))
    if modes.has_quality:
        good = np.array([seed.counts.sum() / seed.drawn for seed in seeds])
        yield with_value(replace(row, metric="high_quality", better="higher"), good, trials=n)
    yield from _divergences(replace(row, unit="nats", better="lower"), seeds, modes)
    yield _spread(replace(row, metric="mode_spread"), seeds, real)
    effective = replace(row, metric="effective_modes", unit="modes", better="higher")
    yield _mean_of_known(effective, [birthday_modes(seed.counts) for seed in seeds], (1.0, float(count)))
    yield _rarest(replace(row, metric="rarest_mode_ratio", better="higher"), seeds, modes.weights)
    yield collapsed_seeds(replace(row, metric="collapsed_seeds"), found, modes)


def _divergences(row: Measurement, seeds: list[Assigned], modes: Modes) -> Iterator[Measurement]:
    """Each as the histogram has it, which is what is published, and with the bias taken off."""
    for name, divergence, most in (
        ("reverse_kl", reverse_kl, -math.log(modes.weights[modes.weights > 0].min())),
        ("forward_kl", forward_kl, math.inf),
        ("jensen_shannon", jensen_shannon, math.log(2)),
    ):
        named = replace(row, metric=name)
        without_bias = replace(named, estimator=f"{modes.name},jackknifed")
        empty = sum(seed.counts.sum() < 2 for seed in seeds)
        if empty:
            reason = f"no two samples of high quality, so no histogram, with {empty} of {row.seeds} seeds"
            yield from (missing(one, reason, "skipped") for one in (named, without_bias))
            continue
        plain = np.array([divergence(seed.counts.astype(np.float64), modes.weights) for seed in seeds])
        yield _skewed(named, plain, 0.0, (0.0, most))
        values = np.array([corrected(divergence, seed.counts, modes.weights) for seed in seeds])
        yield _skewed(without_bias, values, float((values - plain).mean()), (0.0, most))


def _skewed(row: Measurement, values: NDArray[np.float64], least: float, bounds: Range) -> Measurement:
    """The row with the mean of a divergence a seed (S,): a plain one is at least 0, a corrected one the correction."""
    return with_interval(row, values, skewed_interval(values, least, bounds))


def _spread(row: Measurement, seeds: list[Assigned], real: Assigned) -> Measurement:
    if not real.spread:
        return missing(row, "the test examples have no spread within modes", "skipped")
    spreads = [None if seed.spread is None else seed.spread / real.spread for seed in seeds]
    return _mean_of_known(row, spreads)


def _mean_of_known(row: Measurement, values: list[float | None], bounds: Range | None = None) -> Measurement:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return missing(row, "no two samples of high quality share a mode", "skipped")
    return with_value(row, np.array(known), bounds=bounds)


def _rarest(row: Measurement, seeds: list[Assigned], weights: NDArray[np.float64]) -> Measurement:
    """No interval: where a mode is all but lost the least share is 0 with most seeds, and so would be both ends."""
    there = weights > 0
    values = [np.min(seed.counts[there] / max(seed.counts.sum(), 1) / weights[there]) for seed in seeds]
    return without_interval(row, np.array(values))
