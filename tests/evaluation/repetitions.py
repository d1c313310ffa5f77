"""How often intervals hold the truth, counted over simulated runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from genbench.evaluation.sample_sets import Sets
from genbench.measurement import Measurement

Key = tuple[str, str, int | None]
"""Metric, estimator and n."""


class Told(NamedTuple):
    """A row of a run of which the truth is its own, since the run has drawn it."""

    row: Measurement
    truth: float


def held(
    simulated_run: Callable[[np.random.Generator], Iterable[Measurement | Told]],
    repetitions: int,
    truths: Mapping[str, float] | None = None,
) -> dict[Key, float]:
    """The share of repetitions in which the interval of each row held the truth.

    The truth is the one told with the row, or given for the estimator or, of statistics that depend on n, the mean over all
    repetitions: what runs of that size give on average.
    """
    rng = np.random.default_rng(1)
    rows: dict[Key, list[tuple[float, float, float, float]]] = defaultdict(list)
    for _ in range(repetitions):
        for found in simulated_run(rng):
            row, told = found if isinstance(found, Told) else (found, np.nan)
            if row.value is not None and row.ci_low is not None and row.ci_high is not None:
                rows[row.metric, row.estimator, row.n].append((row.value, row.ci_low, row.ci_high, told))
    shares = {}
    for key, of_key in rows.items():
        value, low, high, told_truths = np.array(of_key).T
        same = (truths or {}).get(key[1], value.mean())
        truth = np.where(np.isnan(told_truths), same, told_truths)
        shares[key] = float(np.mean((low <= truth) & (truth <= high)))
    return shares


def simulated_sets(
    rng: np.random.Generator, seeds: int, n: int, dim: int, shift: float, scale: float = 1.0, spread: float = 0.05
) -> Sets:
    """Real examples of N(0, I), and those of seeds whose models are N(m, scale^2 I), m = ``shift`` in every dimension, give
    or take ``spread``. One seed stands for a model without randomness, which is always the same."""
    means = shift + (spread * rng.normal(size=seeds) if seeds > 1 else np.zeros(1))
    fakes = [mean + scale * rng.normal(size=(n, dim)) for mean in means]
    return Sets(rng.normal(size=(n, dim)), fakes, np.arange(n) * 10 // n, examples=500, space="features")
