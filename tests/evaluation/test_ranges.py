"""No interval leaves what its metric can be, excludes its value, or is none that a number can hold."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from interval_cases import CASES, EMPTY

from genbench.curve_statistics import mean_with_interval, power_law
from genbench.evaluation.classifier_rows import classifier_rows
from genbench.evaluation.distances import frechet_rows, kernel_rows, sliced_rows
from genbench.evaluation.example_means import mean_row
from genbench.evaluation.intervals import mean_interval, set_interval, skewed_interval
from genbench.evaluation.ranges import RANGES, UNBOUNDED, range_of
from genbench.evaluation.sample_sets import Sets, with_value
from genbench.measurement import Measurement

RNG = np.random.default_rng(0)
DISTANCES = {"frechet": frechet_rows, "kernel": kernel_rows, "sliced": partial(sliced_rows, projections=20)}


def is_sound(row: Measurement) -> bool:
    """Whether the interval is within the metric's range, but for the value itself, and holds the value."""
    if row.value is None or row.ci_low is None or row.ci_high is None:
        return row.ci_low is None and row.ci_high is None
    low, high = range_of(row.metric)
    return min(low, row.value) <= row.ci_low <= row.value <= row.ci_high <= max(high, row.value)


@pytest.mark.parametrize("name", CASES)
def test_every_row_of_every_simulated_run_is_sound(name):
    rng = np.random.default_rng(0)
    for found in CASES[name].run(rng):
        assert is_sound(getattr(found, "row", found)), found


@pytest.mark.parametrize("metric", sorted(RANGES))
@pytest.mark.parametrize("seeds", [1, 3])
def test_a_mean_near_the_end_of_its_range_stays_within(metric, seeds):
    """Of examples all but one of which are at that end, whichever end it is."""
    low, high = (np.clip(end, -5, 5) for end in range_of(metric))
    for end, other in ((low, high), (high, low)):
        values = np.full((seeds, 40), end)
        values[0, 3] = (end + other) / 2
        row = mean_row(replace(EMPTY, metric=metric, seeds=seeds), values, 200)
        assert is_sound(row)
        assert is_sound(with_value(row, values.mean(axis=1), [values[:, :10]]))


@pytest.mark.parametrize("seeds", [1, 3, 20])
@pytest.mark.parametrize("sure", [1e-12, 1e-7, 1e-3, 0.5])
def test_losses_of_a_classifier_that_is_hardly_ever_wrong(seeds, sure):
    """A log loss of 1.6e-07 had an interval from -4e-08 on, a Brier score one from -4e-06 on."""
    wrong = sure * RNG.exponential(size=(seeds, 80)) ** 4
    log_proba = np.stack([np.log1p(-np.minimum(wrong, 0.9)), np.log(np.minimum(wrong, 0.9))], axis=2)
    rows = list(classifier_rows(EMPTY, log_proba, np.zeros(80, dtype=np.int64), 200))
    assert all(map(is_sound, rows))
    assert rows[1].metric == "log_loss"
    assert rows[1].ci_low >= 0


def sets_of(kind: str, seeds: int) -> Sets:
    x = RNG.normal(size=(200, 3))
    fakes = {
        "the test set": [x] * seeds,
        "the test set in another order": [RNG.permutation(x) for _ in range(seeds)],
        "nearly the test set": [x + 1e-9 * RNG.normal(size=x.shape) for _ in range(seeds)],
        "one point": [np.tile(x[i], (200, 1)) for i in range(seeds)],
        "one point, where all are": [np.ones((200, 3))] * seeds,
        "another point": [np.full((200, 3), 0.3)] * seeds,
        "tiny": [1e-9 * RNG.normal(size=x.shape) for _ in range(seeds)],
        "huge": [1e9 * RNG.normal(size=x.shape) for _ in range(seeds)],
    }[kind]
    real = np.ones((200, 3)) if kind in ("one point, where all are", "another point") else x
    real = {"tiny": 1e-9, "huge": 1e9}.get(kind, 1.0) * real
    return Sets(real, fakes, np.arange(200) * 10 // 200, examples=500, space="features")


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize(
    "kind",
    ["the test set", "the test set in another order", "nearly the test set", "one point", "one point, where all are",
     "another point", "tiny", "huge"],
)  # fmt: skip
def test_distances_of_sets_that_are_hardly_sets_have_sensible_intervals(kind, distance, seeds):
    """Samples that are the test set had 4e-15 [0, 1.9e9]."""
    sets = sets_of(kind, seeds)
    scale = float(np.square(sets.real).sum(axis=1).max() + np.square(sets.fakes[0]).sum(axis=1).max())
    most = {"frechet": scale, "kernel": (scale / 3 + 1) ** 3, "sliced": scale**0.5}[distance]
    for row in DISTANCES[distance](sets):
        assert is_sound(row)
        assert row.ci_high is None or row.ci_high <= 2 * most


@pytest.mark.parametrize("seeds", [1, 2, 3])
@pytest.mark.parametrize("exponent", [-300, -150, -10, 0, 10, 150, 300])
@pytest.mark.parametrize("n", [2, 3, 30])
def test_intervals_of_any_numbers_are_none_or_hold_the_mean(exponent, n, seeds):
    values = np.round(RNG.normal(size=(seeds, n)), 1) * 10.0 ** RNG.uniform(exponent - 3, exponent, size=n)
    with np.errstate(all="ignore"):
        found = [mean_interval(values, 100), set_interval(values[0]), skewed_interval(values[0], least=-1e301)]
        means = values.mean(), values[0].mean(), values[0].mean()
    for (low, high), mean in zip(found, means, strict=True):
        assert (low is None) == (high is None)
        slack = 1e-9 * abs(mean)
        assert low is None or (low - slack <= mean <= high + slack and math.isfinite(high - low))


def test_an_interval_that_does_not_hold_its_value_is_no_measurement():
    for low, high in ((2.0, 3.0), (1.5, 0.5), (-1.0, 0.999)):
        with pytest.raises(ValueError, match="does not hold its value"):
            Measurement("nll", "exact", 1.0, ci_low=low, ci_high=high)
    Measurement("nll", "exact", 1.0, ci_low=1.0 + 1e-12, ci_high=2.0)


def test_means_over_splits_end_where_an_error_does():
    errors = np.array([0.0, 0.0, 0.02])
    assert mean_with_interval(errors, (0.0, 1.0)).low == 0
    assert mean_with_interval(errors, UNBOUNDED).low < 0
    assert mean_with_interval(errors[:1], (0.0, 1.0)).low is None


def test_the_asymptote_of_small_errors_is_no_negative_error():
    sizes = (10, 20, 50, 100, 200)
    errors = np.array([[0.3, 0.1, 0.03, 0.0, 0.0], [0.2, 0.12, 0.0, 0.01, 0.0], [0.4, 0.08, 0.02, 0.0, 0.01]])
    fit = power_law(sizes, errors)
    assert 0 <= fit.asymptote.low <= fit.asymptote.value <= fit.asymptote.high
