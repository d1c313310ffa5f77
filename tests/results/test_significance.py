"""Tests of many rows at once, against scipy and statsmodels, and what they promise over many runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from genbench.results import significance as s
from genbench.results.examples import compare_examples
from genbench.variance import SMALLEST_P, crossed_variance, half_width, p_value

RNG = np.random.default_rng(0)
ALL, NONE = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)


def test_paired_rows_are_those_of_scipy() -> None:
    a, b = RNG.normal(size=(4, 8)), RNG.normal(0.7, 1, (4, 8))
    by_t, free = s.paired(a, b, NONE), s.paired(a, b, ALL)
    for row in range(4):
        found = stats.ttest_rel(b[row], a[row])
        assert by_t.p[row] == pytest.approx(found.pvalue)
        assert (by_t.low[row], by_t.high[row]) == pytest.approx(tuple(found.confidence_interval(0.95)))
        flips = stats.permutation_test((b[row] - a[row],), np.mean, permutation_type="samples", n_resamples=np.inf)
        assert free.p[row] == pytest.approx(flips.pvalue)
    np.testing.assert_allclose(by_t.difference, (b - a).mean(axis=1))


def test_unpaired_rows_are_those_of_scipy() -> None:
    a, b = RNG.normal(size=(4, 5)), RNG.normal(1, 2, (4, 4))
    by_t, free = s.unpaired(a, b, NONE), s.unpaired(a, b, ALL)
    for row in range(4):
        assert by_t.p[row] == pytest.approx(stats.ttest_ind(b[row], a[row], equal_var=False).pvalue)

        def gap(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
            return np.abs(x.mean(axis=axis) - y.mean(axis=axis))

        exact = stats.permutation_test(
            (b[row], a[row]), gap, n_resamples=np.inf, vectorized=True, alternative="greater"
        )
        assert free.p[row] == pytest.approx(exact.pvalue)


def test_more_seeds_than_can_all_be_tried_are_tried_at_random() -> None:
    a, b = RNG.normal(size=(4, 20)), RNG.normal(0.6, 1, (4, 20))
    for test in (s.paired, s.unpaired):
        free, by_t = test(a, b, ALL).p, test(a, b, NONE).p
        np.testing.assert_allclose(free, by_t, atol=0.03)
        assert (free >= 1 / s.RESAMPLES).all()


def test_intervals_of_students_t_give_welchs_test_back() -> None:
    a, b = RNG.normal(size=(4, 6)), RNG.normal(1, 2, (4, 9))
    halves = np.column_stack([stats.t.ppf(0.975, x.shape[1] - 1) * stats.sem(x, axis=1) for x in (a, b)])
    degrees, means = np.tile([5.0, 8.0], (4, 1)), np.column_stack([a.mean(1), b.mean(1)])
    found = s.from_intervals(means, means - halves, means + halves, degrees)
    welch = stats.ttest_ind(b, a, axis=1, equal_var=False)
    np.testing.assert_allclose(found.p, welch.pvalue)
    np.testing.assert_allclose(found.low, welch.confidence_interval(0.95).low)
    np.testing.assert_allclose(found.high, welch.confidence_interval(0.95).high)


def test_of_uneven_intervals_the_sides_that_face_each_other_count() -> None:
    """One side ends where the statistic does; and the other way round."""
    means, low, high = np.array([[8.0, 5.0]]), np.array([[6.0, 4.9]]), np.array([[8.0, 7.0]])
    degrees = np.full((1, 2), 1e6)
    found = s.from_intervals(means, low, high, degrees)
    assert found.p[0] == pytest.approx(2 * stats.norm.sf(3 / np.hypot(2, 2) * stats.norm.ppf(0.975)), rel=1e-4)
    assert (found.low[0], found.high[0]) == pytest.approx((-3 - 0.1, -3 + np.hypot(2, 2)), rel=1e-4)
    swapped = s.from_intervals(means[:, ::-1], low[:, ::-1], high[:, ::-1], degrees)
    assert (swapped.p[0], swapped.low[0], swapped.high[0]) == pytest.approx((found.p[0], -found.high[0], -found.low[0]))


def test_a_single_seed_beside_several_is_taken_to_vary_as_they_do() -> None:
    """Its own interval, of examples alone, is next to nothing: left is the prediction of one more value, t with S - 1."""
    values = RNG.normal(size=4)
    half = stats.t.ppf(0.975, 3) * stats.sem(values)
    means, halves = np.array([[values.mean(), 2.5]]), np.array([[half, 1e-9]])
    degrees, seeds = np.array([[3.0, 99.0]]), np.array([[4.0, 1.0]])
    expected = 2 * stats.t.sf((2.5 - values.mean()) / (values.std(ddof=1) * math.sqrt(1 + 1 / 4)), 3)
    swap = slice(None, None, -1)
    for order in (slice(None), swap):
        ends = means[:, order] - halves[:, order], means[:, order] + halves[:, order]
        assert s.from_intervals(means[:, order], *ends, degrees[:, order], seeds[:, order]).p[0] == pytest.approx(
            expected
        )
    one = np.full((1, 2), 1.0)  # of two single seeds nothing is known but their intervals
    assert s.from_intervals(means, means - halves, means + halves, degrees, one).p[0] < expected / 2
    examples = np.tile(RNG.normal(size=50), (4, 1)) + values[:, None]
    assert compare_examples(examples, examples[:1] - values[0] + 2.5, False, False)[3] == pytest.approx(expected)


def test_shares_of_seeds_are_judged_by_their_counts() -> None:
    """Newcombe (1998), table II: 56/70 less 48/80 is 0.2 with [0.0524, 0.3339]; 10/10 less 0/10 is 1 with [0.6075, 1]."""
    shares, seeds = np.array([[0.6, 0.8], [0.0, 1.0], [1 / 3, 0.0]]), np.array([[80.0, 70.0], [10.0, 10.0], [3.0, 3.0]])
    ends = [
        stats.binomtest(round(share * n), int(n)).proportion_ci(method="wilson")
        for share, n in zip(shares.ravel(), seeds.ravel(), strict=True)
    ]
    low, high = (np.reshape([getattr(end, name) for end in ends], (3, 2)) for name in ("low", "high"))
    found = s.shares_of_seeds(shares, low, high, seeds)
    np.testing.assert_allclose(found.low[:2], [0.0524, 0.6075], atol=1e-4)
    np.testing.assert_allclose(found.high[:2], [0.3339, 1.0], atol=1e-4)
    assert found.p == pytest.approx([stats.fisher_exact([[48, 32], [56, 14]]).pvalue, 2 / 184756, 1.0])


def test_least_p_is_what_the_tests_reach() -> None:
    far = np.arange(5.0) * 0.01
    assert s.paired(far[None], far[None] + 9 + far[::-1] ** 2, ALL[:1]).p[0] == s.smallest_paired(5) == 2**-4
    assert s.unpaired(far[None, :3], far[None, :3] + 9, ALL[:1]).p[0] == pytest.approx(s.smallest_unpaired(3, 3))
    assert s.smallest_unpaired(3, 3) == pytest.approx(0.1)
    assert s.smallest_paired(3) == 0.25


def test_without_spread_nothing_is_invented() -> None:
    a = np.full((2, 3), 25.0)
    b = np.stack([a[0], np.full(3, 24.0)])
    for test, least in ((s.paired, 0.25), (s.unpaired, 0.1)):
        found = test(a, b, np.zeros(2, dtype=bool))
        assert found.p == pytest.approx([1.0, least])
        assert (found.low[0], found.high[0]) == (0, 0)
        assert math.isnan(found.low[1])
    means = np.array([[1.0, 1.0], [1.0, 2.0]])
    found = s.from_intervals(means, means, means, np.full((2, 2), 2.0))
    assert found.p[0] == 1
    assert math.isnan(found.p[1])


@pytest.mark.slow
def test_holm_is_that_of_statsmodels_in_each_family() -> None:
    p, family = RNG.random(300) ** 3, RNG.integers(0, 20, 300)
    found = s.holm(p, family)
    for number in range(20):
        expected = multipletests(p[family == number], method="holm")[1]
        np.testing.assert_allclose(found[family == number], expected, rtol=1e-6, atol=1e-12)
    assert s.holm(np.empty(0), np.empty(0, dtype=int)).size == 0


def test_p_is_the_level_at_which_the_interval_reaches_zero() -> None:
    x = RNG.normal(0.4, 1, 30)
    assert p_value(x.mean(), [(x.var(ddof=1) / 30, 29.0)]) == pytest.approx(stats.ttest_1samp(x, 0).pvalue)
    parts = crossed_variance(RNG.normal(0.3, 1, (4, 50)))
    level = p_value(0.3, parts)
    assert half_width(parts, level) == pytest.approx(0.3)
    assert p_value(0.0, parts) == 1
    assert p_value(1e6, [(1e-9, 1e6)]) == SMALLEST_P


def test_p_is_found_for_any_degrees_of_freedom() -> None:
    """Of some numbers that are not whole, around 2.2, SciPy's quantiles are NaN far out."""
    shares = np.linspace(0.001, 0.999, 999)
    found = [p_value(1.0, [(share, 2.0), (1 - share, 2.0), (0.001, 999.0)]) for share in shares]
    assert np.all((np.array(found) > 0.1) & (np.array(found) < 1))


def test_examples_of_one_fit_are_resampled() -> None:
    a = RNG.normal(size=(1, 200))
    b = a + RNG.normal(0.15, 1, (1, 200))
    by_t, by_bootstrap = (compare_examples(a, b, True, resampled) for resampled in (False, True))
    assert by_t[3] == pytest.approx(stats.ttest_rel(b[0], a[0]).pvalue)
    np.testing.assert_allclose(by_bootstrap, by_t, atol=0.03)


def test_seeds_and_examples_are_both_random() -> None:
    """Models that differ by luck alone are not told apart, however many examples tell them apart as they are."""
    n = 500
    found = 0
    for _ in range(100):
        luck = RNG.normal(0, 0.5, (2, 3, 1))
        a, b = RNG.normal(size=n) + luck + RNG.normal(0, 0.1, (2, 3, n))
        found += compare_examples(a, b, False, False)[3] <= 0.05
        assert compare_examples(a[:1], b[:1], True, False)[3] < 1e-3 or abs(a[0] - b[0]).mean() < 0.3
    assert found <= 12
