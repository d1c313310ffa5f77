"""Means that rest on few examples: the tail index against distributions of which it is known, and how often they are marked
or held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from interval_cases import EMPTY
from scipy import stats

from genbench.evaluation.example_means import mean_rows, median_interval
from genbench.evaluation.tails import rests_on_few, tail_index
from genbench.measurement import COLUMNS, TAIL_INDEX, Measurement
from genbench.results.markdown import as_markdown

ROW = replace(EMPTY, metric="nll", estimator="exact", unit="nats", better="lower", dataset="d", model="m", plugin="p")


def outlying(share: float):
    return lambda rng, n: np.where(rng.random(n) < share, 1e5, rng.normal(10, 2, n))


HEAVY = {
    "half the square of Student's t, 3 degrees": (lambda rng, n: rng.standard_t(3, n) ** 2 / 2, 1.5),
    "the same of 8 dimensions": (lambda rng, n: (rng.standard_t(3, (n, 8)) ** 2 / 2).sum(axis=1), 12.0),
    "log-normal": (lambda rng, n: rng.lognormal(0, 1, n), np.exp(0.5)),
    "a hundredth of 1e5 nats": (outlying(0.01), 10 * 0.99 + 1000),
}
LIGHT = {
    "normal": lambda rng, n: rng.normal(size=n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "chi-square of 4": lambda rng, n: rng.chisquare(4, n),
    "two values": lambda rng, n: np.where(rng.random(n) < 0.1, 4.6, 0.01),
    "log losses": lambda rng, n: np.logaddexp(0, -3 - 3 * rng.normal(size=n)),
}


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3, 0.7, 1.2])
def test_the_shape_of_a_generalised_pareto_distribution_is_found(shape):
    rng = np.random.default_rng(0)
    found = [tail_index(stats.genpareto.rvs(shape, size=2000, random_state=rng)) for _ in range(60)]
    assert np.mean(found) == pytest.approx(shape, abs=0.06)


def test_the_heavier_tail_counts_and_units_do_not():
    values = np.random.default_rng(0).standard_t(2, 1000)
    assert tail_index(values) == pytest.approx(tail_index(-values))
    assert tail_index(values) == pytest.approx(tail_index(1e6 * values - 3), rel=1e-6)


@pytest.mark.parametrize("values", [np.arange(49.0), np.ones(100)])
def test_too_few_values_or_values_all_alike_tell_of_no_tail(values):
    assert tail_index(values) is None
    assert not rests_on_few(values)


@pytest.mark.parametrize("few", [1, 2, 4])
def test_fewer_examples_than_a_tail_takes_are_few(few):
    assert rests_on_few(np.repeat([34.5, 0.0], [few, 300]))


@pytest.mark.parametrize("name", LIGHT)
def test_ordinary_losses_are_hardly_ever_marked(name):
    rng = np.random.default_rng(0)
    assert np.mean([rests_on_few(LIGHT[name](rng, 400)) for _ in range(100)]) <= 0.05


def markdown(*rows: Measurement) -> str:
    frame = pd.DataFrame([row.as_row() for row in rows], columns=list(COLUMNS))
    return as_markdown("likelihood", frame, frozenset())


def held_or_marked(name: str, seeds: int, repetitions: int) -> float:
    draw, truth = HEAVY[name]
    rng, sound = np.random.default_rng(1), 0
    for _ in range(repetitions):
        values = draw(rng, 500) + 0.01 * rng.normal(size=(seeds, 1)) * (seeds > 1)
        mean, *marks = mean_rows(ROW, values, 500)
        sound += bool(marks) or mean.ci_low <= truth <= mean.ci_high
    return sound / repetitions


@pytest.mark.parametrize("name", ["half the square of Student's t, 3 degrees", "a hundredth of 1e5 nats"])
def test_a_heavy_tailed_mean_is_held_or_marked(name):
    """Student's interval holds the first in 70 %, and says nothing."""
    assert held_or_marked(name, 3, 100) >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.parametrize("seeds", [1, 3])
def test_heavy_tailed_means_are_held_or_marked_as_counted(name, seeds):
    assert held_or_marked(name, seeds, 300) >= 0.92


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_marked_mean_has_a_tail_index_and_a_median_beside_it(seeds):
    rng = np.random.default_rng(0)
    values = 10 + rng.normal(size=(seeds, 300))
    values[:, :3] = 1e5
    mean, index, median = mean_rows(replace(ROW, seeds=seeds, n=300), values, 500)
    assert index.metric == "nll" + TAIL_INDEX
    assert index.value > 1
    assert median.metric == "median_nll"
    assert median.value == pytest.approx(np.median(values, axis=1).mean())
    assert median.ci_low < 10 < median.ci_high
    assert mean.value > 1000
    text = as_markdown(
        "likelihood", pd.DataFrame([row.as_row() for row in (mean, index, median)])[list(COLUMNS)], frozenset()
    )
    assert text.count("†") == 2  # the cell and the legend


def test_a_table_without_doubtful_means_has_no_mark():
    rows = list(mean_rows(ROW, np.random.default_rng(0).normal(size=(1, 300)), 500))
    assert len(rows) == 1
    assert "†" not in markdown(*rows)


def test_the_median_of_one_fit_has_the_interval_of_a_sign_test():
    values = np.random.default_rng(0).exponential(size=(1, 100))
    reference = stats.quantile_test(values[0], q=0, p=0.5).confidence_interval(0.95)
    assert median_interval(values) == pytest.approx((reference.low, reference.high))
    assert median_interval(values[:, :5]) == (None, None)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("own", [0.0, 1.0])
def test_the_median_is_held_as_promised(seeds, own):
    """Of a Cauchy distribution, in seeds that are off by a little, with or without a part of their own in each example."""
    rng, held = np.random.default_rng(0), 0
    for _ in range(600):
        shared = rng.standard_cauchy(101) + own * rng.normal(size=(seeds, 101))
        low, high = median_interval(shared + 0.1 * rng.normal(size=(seeds, 1)) * (seeds > 1))
        held += low <= 0 <= high
    assert held / 600 >= 0.93  # where each seed has a part of its own the interval is rather too wide
