"""The computed bootstrap against scipy's, whose resamples it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.saddlepoint import acceleration_of_mean, computed_bootstrap

RNG = np.random.default_rng(0)
RARE = np.where(np.arange(400) < 12, 34.5, RNG.exponential(0.05, 400))  # log losses, some of them clipped
VALUES = {
    "normal": RNG.normal(size=400),
    "exponential": RNG.exponential(size=400),
    "lognormal": RNG.lognormal(0, 1.5, size=400),
    "few levels": RNG.integers(0, 3, size=400).astype(float),
    "two levels": np.where(np.arange(400) < 30, 2.0, -1.0),
    "rare": RARE,
}
STEPS = {"few levels": 1 / 400, "two levels": 3 / 400, "rare": 34.5 / 400}
"""By which the mean of a resample can only change, where that is more than a little."""


@pytest.mark.parametrize("name", VALUES)
def test_the_interval_is_that_of_very_many_resamples(name: str) -> None:
    values = VALUES[name]
    found = computed_bootstrap(values)
    reference = stats.bootstrap((values,), np.mean, n_resamples=30_000, batch=5_000, random_state=0).confidence_interval
    error = values.std() / np.sqrt(len(values))
    np.testing.assert_allclose(found, reference, atol=0.1 * error + STEPS.get(name, 0.0))


def test_it_is_more_than_the_normal_interval() -> None:
    """Of skewed values the upper end is further off: a symmetric interval is seen."""
    low, high = computed_bootstrap(RARE)
    assert high - RARE.mean() > 1.2 * (RARE.mean() - low)


def test_units_do_not_matter() -> None:
    values = VALUES["lognormal"]
    low, high = computed_bootstrap(values)
    assert computed_bootstrap(1e6 * values - 3) == pytest.approx((1e6 * low - 3, 1e6 * high - 3))
    assert computed_bootstrap(-values) == pytest.approx((-high, -low), rel=1e-5)


def test_a_mean_that_hangs_on_one_example_is_resampled() -> None:
    values = np.where(np.arange(400) == 0, 34.5, 0.01)
    assert acceleration_of_mean(values) > 0.1
    low, high = mean_interval(values, 2000)
    assert low == pytest.approx(0.01)
    assert high is not None
    assert high > 2 * values.mean()


@pytest.mark.parametrize("rare", [6, 10])
def test_where_one_of_two_values_is_rare_the_mean_is_resampled(rare: int) -> None:
    errors = np.where(np.arange(1000) < rare, 1.0, 0.0)
    assert acceleration_of_mean(errors) < 0.1
    low, high = mean_interval(errors, 2000)
    assert low is not None
    assert high is not None
    exact = stats.binomtest(rare, 1000).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=0.002)


@pytest.mark.slow
def test_it_covers_as_promised() -> None:
    rng, hits = np.random.default_rng(1), 0
    for _ in range(1000):
        low, high = computed_bootstrap(rng.exponential(size=300))
        hits += low <= 1.0 <= high
    assert 0.93 <= hits / 1000 <= 0.97
