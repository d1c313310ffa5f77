"""What splits tell of a variance, against statistics of which it is known."""

from __future__ import annotations

import numpy as np
import pytest
from repetitions import simulated_sets

from genbench.evaluation.intervals import pieces_interval, set_interval
from genbench.evaluation.sample_sets import PIECE
from genbench.evaluation.splits import SPLITS, halves_of_groups, second_order_part, variance_by_pieces
from genbench.evaluation.two_sample import neighbour_accuracies

GROUPS, N = 10, 100
REPETITIONS = 2000


def statistic(values, slope):
    """slope times the mean of values (..., n), plus the mean product of two of them: of variance slope^2 / n and
    2 / n (n - 1), of first and of second order, where the values are standard normal."""
    n = values.shape[-1]
    sums = values.sum(axis=-1)
    return slope * sums / n + (sums**2 - np.square(values).sum(axis=-1)) / (n * (n - 1))


def replicates(values, slope):
    """The statistic of values (repetitions, n), without each group (..., G), and in halves of the groups (..., R, 2)."""
    group_of = np.arange(N) * GROUPS // N
    without = np.stack([statistic(values[:, group_of != g], slope) for g in range(GROUPS)], axis=1)
    first = halves_of_groups(GROUPS)[:, group_of]
    halves = [[statistic(values[:, half], slope) for half in (one, ~one)] for one in first]
    return statistic(values, slope), without, np.moveaxis(halves, 2, 0)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_halves_tell_the_second_order_part_that_a_jackknife_counts_twice(slope):
    values = np.random.default_rng(0).normal(size=(REPETITIONS, N))
    whole, without, halves = replicates(values, slope)
    second = 2 / (N * (N - 1))
    excess = np.mean([second_order_part(one[None], GROUPS) for one in halves])
    jackknife = np.mean((GROUPS - 1) * without.var(axis=1))
    assert whole.var() == pytest.approx(slope**2 / N + second, rel=0.15)
    assert excess == pytest.approx(second, rel=0.15)
    assert jackknife - excess == pytest.approx(slope**2 / N + second, rel=0.15)


def test_a_mean_has_no_second_order_part():
    means = np.random.default_rng(0).normal(size=(3, 6, GROUPS))
    halves = np.stack(
        [[means[..., half].mean(axis=-1)[:, 0] for half in (one, ~one)] for one in halves_of_groups(GROUPS)]
    )
    assert second_order_part(np.moveaxis(halves, 2, 0), GROUPS) == pytest.approx(0, abs=1e-30)


def test_of_what_is_counted_twice_the_more_is_taken_off_the_more_it_is():
    without = np.random.default_rng(0).normal(size=(1, GROUPS))
    variance = (GROUPS - 1) * without.var()
    half_width = np.diff(set_interval([0.0], [without]))
    halves = np.random.default_rng(1).normal(size=(1, SPLITS, 2))
    halves *= np.sqrt(0.3 * variance / second_order_part(halves, GROUPS))
    for halves_of, share in ((halves, 0.18), (100 * halves, 0.5), (0 * halves, 0.0), (halves[:, :0], 0.0)):
        expected = half_width * np.sqrt(1 - share)
        assert np.diff(set_interval([0.0], [without], halves=halves_of)) == pytest.approx(expected)


@pytest.mark.parametrize("groups", [4, 5, 10, 20])
def test_halves_of_groups_are_halves(groups):
    first = halves_of_groups(groups)
    assert first.shape == (SPLITS, groups)
    assert (first.sum(axis=1) == groups // 2).all()
    assert len(np.unique(first, axis=0)) > 1
    assert (halves_of_groups(groups, "others") != first).any()


def test_few_groups_are_not_split():
    assert halves_of_groups(3).shape == (0, 3)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("seeds", [1, 3])
def test_pieces_tell_the_variance_of_a_mean_over_seeds(seeds, count):
    """Mean of real examples plus that of a seed's samples plus a seed's own effect, of variances 1 / n, 4 / n and 25 / n."""
    rng = np.random.default_rng(0)
    parts = []
    for _ in range(600):
        real, own = rng.normal(size=N), 2 * rng.normal(size=(seeds, N)) + 5 * rng.normal(size=(seeds, 1)) / np.sqrt(N)
        orders = rng.permuted(np.tile(np.arange(N), (5, 1 + seeds, 1)), axis=2).reshape(5, 1 + seeds, -1, count)
        samples = [np.take(mine, orders[:, 1 + s]).mean(axis=1) for s, mine in enumerate(own)]
        found = variance_by_pieces(real.mean() + own.mean(axis=1), np.stack(samples) + real[orders[:, 0]].mean(axis=1))
        parts.append([variance for variance, _ in found])
    assert [degrees for _, degrees in found] == [5 * (count - 1), seeds - 1][: len(found)]
    examples, *of_seeds = np.mean(parts, axis=0)
    assert examples == pytest.approx((1 + 4 / seeds) / N, rel=0.1)
    assert of_seeds == pytest.approx([25 / (seeds * N)][: seeds - 1], rel=0.15)


def test_pieces_tell_the_variance_of_nearest_neighbours():
    """A jackknife is three times too large here."""
    rng = np.random.default_rng(0)
    values, variances = [], []
    for _ in range(150):
        sets = simulated_sets(rng, 1, 60, 3, 0.3)
        pieces = sets.in_pieces(lambda some: neighbour_accuracies(some.real, some.fakes))
        values.append(neighbour_accuracies(sets.real, sets.fakes))
        variances.append(variance_by_pieces(values[-1], pieces)[0][0])
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.35)


def test_pieces_are_parts_of_the_sets():
    """Real examples are split alike for all seeds, and large sets into more pieces."""
    for n, count in ((41, 2), (4 * PIECE, 4)):
        sets = simulated_sets(np.random.default_rng(0), 2, n, 1, 0.0)
        firsts = sets.in_pieces(
            lambda some: np.array([[len(some.real), some.real.sum(), fake.sum()] for fake in some.fakes])
        )
        assert firsts.shape[2] == count
        np.testing.assert_allclose(firsts[0, ..., :2].sum(axis=1), [[n, sets.real.sum()]] * firsts.shape[1])
        np.testing.assert_allclose(firsts[..., 2].sum(axis=2), [[fake.sum()] * firsts.shape[1] for fake in sets.fakes])
        np.testing.assert_array_equal(firsts[0, ..., 1], firsts[1, ..., 1])
        assert len(np.unique(firsts[0, :, 0, 1])) == firsts.shape[1]


def test_a_share_of_which_pieces_differ_has_an_interval_though_it_is_full():
    pieces = np.array([[[0.9, 1.0], [1.0, 0.8], [0.95, 1.0]]])
    low, high = pieces_interval(np.ones(1), pieces, trials=1000)
    assert high == 1
    assert low < 0.95
