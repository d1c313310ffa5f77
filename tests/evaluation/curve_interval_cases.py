"""Simulated learning curves, rankings and growths of which the truth is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from interval_cases import EMPTY, Case
from scipy.stats import rankdata

from genbench.curve_statistics import WITHIN, Estimate, arrival, crossing, exponent
from genbench.evaluation.power_law import power_law_rows
from genbench.measurement import Measurement
from genbench.results.likelihood_vs_quality import correlation_interval

SIZES = (10, 20, 50, 100, 200, 500, 1000)
M = np.array(SIZES, dtype=float)
NESTED = np.linalg.cholesky(np.exp(-np.abs(np.subtract.outer(np.log(M), np.log(M))) / 1.5))
"""Errors on nested subsets are correlated, the more the nearer the sizes."""
LAW = (0.05, 1.0, 1.0)
"""Asymptote, scale and rate."""
GENERATIVE, DISCRIMINATIVE = (0.2, 0.6, 0.7), (0.1, 1.2, 0.5)
"""Curves that cross between 50 and 100 examples."""
DIMENSIONS = (4, 8, 16, 32, 64, 128, 256, 512)


def mean_curve(law: tuple[float, float, float]) -> np.ndarray:
    asymptote, scale, rate = law
    return asymptote + scale * M**-rate


def curves(law: tuple[float, float, float], shared: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Errors (subsets, sizes), whose deviation falls with the error itself; three tenths of their variance are shared with
    other classifiers on the same subsets."""
    own = rng.normal(size=shared.shape) @ NESTED.T
    deviation = 0.3 * law[1] * M ** -law[2] + 0.003
    return mean_curve(law) + deviation * (math.sqrt(0.3) * shared + math.sqrt(0.7) * own)


def subsets(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(count, len(M))) @ NESTED.T


def power_laws(count: int, rng: np.random.Generator) -> Iterator[Measurement]:
    errors = curves(LAW, subsets(count, rng), rng)
    for row in power_law_rows(replace(EMPTY, seeds=count), SIZES, errors):
        yield replace(row, estimator=row.metric)  # by which truths are told apart


def power_law_truths() -> dict[str, float]:
    near = arrival(SIZES, (LAW[0] + WITHIN - mean_curve(LAW))[None])[0]
    return {"asymptotic_error": LAW[0], "rate": LAW[2], f"examples_within_{WITHIN:g}": float(near)}


def crossings(count: int, rng: np.random.Generator) -> Iterator[Measurement]:
    shared = subsets(count, rng)
    yield with_open_ends(
        "crossing", crossing(SIZES, *(curves(law, shared, rng) for law in (GENERATIVE, DISCRIMINATIVE)))
    )


def crossing_truth() -> float:
    return float(arrival(SIZES, (mean_curve(GENERATIVE) - mean_curve(DISCRIMINATIVE))[None])[0])


def rank_correlations(models: int, correlation: float, rng: np.random.Generator) -> Iterator[Measurement]:
    """Of likelihoods and distances that are jointly normal over models."""
    x, other = rng.normal(size=(2, models))
    y = correlation * x + math.sqrt(1 - correlation**2) * other
    value = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
    low, high = correlation_interval(value, models)
    yield replace(
        EMPTY, metric="rank_correlation", estimator="spearman", value=value, ci_low=low, ci_high=high, status="ok"
    )


def rank_truth(correlation: float) -> float:
    """Spearman's correlation of a normal pair, by Pearson's."""
    return 6 / math.pi * math.asin(correlation / 2)


def exponents(rng: np.random.Generator) -> Iterator[Measurement]:
    examples = np.array(DIMENSIONS) ** 0.8 * np.exp(0.2 * rng.normal(size=len(DIMENSIONS)))
    yield with_open_ends("exponent", exponent(DIMENSIONS, examples.tolist()))


def with_open_ends(metric: str, found: Estimate) -> Measurement:
    """A row in which an end that is missing is as far off as can be."""
    low, high = (-1e300 if found.low is None else found.low), (1e300 if found.high is None else found.high)
    status = "skipped" if found.value is None else "ok"
    return replace(EMPTY, metric=metric, estimator=metric, value=found.value, ci_low=low, ci_high=high, status=status)


def rank_case(models: int, correlation: float) -> Case:
    wide = ["rank_correlation"] if models < 8 else ()
    return Case(partial(rank_correlations, models, correlation), {"spearman": rank_truth(correlation)}, wide=wide)


CASES = {
    **{f"power laws, {s} subsets": Case(partial(power_laws, s), power_law_truths()) for s in (20, 100)},
    **{f"crossings, {s} subsets": Case(partial(crossings, s), {"crossing": crossing_truth()}) for s in (20, 100)},
    **{f"rank correlation of {r}, {n} models": rank_case(n, r) for r in (0.0, 0.8) for n in (5, 8, 20)},
    "exponent": Case(exponents, {"exponent": 0.8}),
}
