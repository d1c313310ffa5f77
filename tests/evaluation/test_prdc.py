"""Precision, recall, density and coverage against the reference package."""

from __future__ import annotations

import numpy as np
import pytest
from prdc import compute_prdc

from genbench.evaluation import neighbours
from genbench.evaluation.neighbours import nearest_distances, squared_radii
from genbench.evaluation.prdc import prdc

RNG = np.random.default_rng(0)


def sets(kind):
    real = RNG.normal(size=(203, 6))
    if kind == "shifted":
        return real, RNG.normal(size=(150, 6)) * 0.7 + 0.5
    return real, real[RNG.permutation(203)[:60]]


@pytest.mark.parametrize("kind", ["shifted", "copied"])
@pytest.mark.parametrize("k", [3, 5])
def test_equals_the_reference_package_where_no_two_neighbours_are_as_far_off(kind, k):
    real, fake = sets(kind)
    assert prdc(real, fake, k) == pytest.approx(compute_prdc(real, fake, k), abs=1e-9)


def test_a_collapsed_generator_is_on_the_rim_of_balls_and_not_inside_as_in_the_reference_package():
    real = RNG.normal(size=(203, 6))
    fake = np.repeat(real[:1], 203, axis=0)
    found, reference = prdc(real, fake, 5), compute_prdc(real, fake, 5)
    for metric in ("precision", "density", "coverage"):
        assert found[metric] == pytest.approx(reference[metric], abs=1e-9)
    assert found["recall"] == pytest.approx((1 - (1 - 5 / 203) ** 203) / 203)  # the point itself is reached


STATES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
EXAMPLES = {
    "two binary features": lambda n: STATES[RNG.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])],
    "a lattice": lambda n: np.rint(1.5 * RNG.normal(size=(n, 4))),
    "six categories": lambda n: np.eye(3)[RNG.choice(3, (n, 6), p=[0.6, 0.3, 0.1])].reshape(n, -1),
    "blank images": lambda n: np.where(RNG.random((n, 1)) < 0.3, 0, RNG.normal(size=(n, 8))),
    "all equal": lambda n: np.ones((n, 3)),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_fresh_examples_are_as_good_as_can_be_however_often_they_repeat(kind):
    draw = EXAMPLES[kind]
    found = [list(prdc(draw(300), draw(300), 5).values()) for _ in range(5)]
    precision, recall, density, coverage = np.mean(found, axis=0)
    assert precision > 0.94
    assert recall > 0.94
    assert density == pytest.approx(1, abs=0.07)
    assert coverage == pytest.approx(0.97, abs=0.02)  # that of continuous data, 1 - 2^-5


@pytest.mark.parametrize("kind", ["two binary features", "a lattice", "six categories", "blank images"])
def test_one_state_alone_covers_no_more_than_itself(kind):
    real = EXAMPLES[kind](300)
    collapsed = prdc(real, np.repeat(real[:1], 300, axis=0), 5)
    share = np.mean((real == real[0]).all(axis=1))
    assert collapsed["recall"] == pytest.approx(share, abs=0.01)
    assert collapsed["coverage"] < share + 0.3


def test_wrong_frequencies_cost_coverage_and_impossible_states_precision():
    real = EXAMPLES["two binary features"](300)
    rarest = STATES[RNG.choice(4, 300, p=[0.02, 0.02, 0.06, 0.9])]
    assert prdc(real, rarest, 5)["coverage"] < 0.75
    assert prdc(EXAMPLES["a lattice"](300), RNG.integers(-4, 5, (300, 4)).astype(float), 5)["precision"] < 0.8
    assert prdc(real, real + 0.5, 5)["precision"] == prdc(np.ones((50, 2)), np.zeros((50, 2)), 5)["density"] == 0


@pytest.mark.parametrize("kind", ["two binary features", "a lattice"])
def test_ties_count_as_they_do_on_average_when_they_are_broken_at_random(kind):
    real, fake = EXAMPLES[kind](60), EXAMPLES[kind](50)
    drawn = np.mean([list(broken_at_random(real, fake, 3)) for _ in range(150)], axis=0)
    np.testing.assert_allclose(list(prdc(real, fake, 3).values()), drawn, atol=0.03)


def broken_at_random(real, fake, k):
    """The four metrics where each ball ranks equally distant points by coins of its own."""

    def inside(centres, points):
        """Whether each point is inside each ball (balls, points)."""
        among = np.linalg.norm(centres[:, None] - centres, axis=2) + np.diag(np.full(len(centres), np.inf))
        coins, others = RNG.random(among.shape), RNG.random((len(centres), len(points)))
        far = np.linalg.norm(centres[:, None] - points, axis=2)
        found = np.empty(far.shape, dtype=bool)
        for ball, row in enumerate(among):
            last = np.lexsort((coins[ball], row))[k - 1]
            tied = (row == row[last]).sum() > 1  # without ties the rim is outside
            first = others[ball] < coins[ball, last]
            found[ball] = (far[ball] < row[last]) | ((far[ball] == row[last]) & first & tied)
        return found

    of_real, of_fake = inside(real, fake), inside(fake, real)
    yield from (of_real.any(axis=0).mean(), of_fake.any(axis=0).mean(), of_real.sum(axis=0).mean() / k)
    yield of_real.any(axis=1).mean()


def test_large_sets_in_many_dimensions_equal_the_reference_package():
    real, fake = RNG.normal(size=(3000, 64)), 0.95 * RNG.normal(size=(2500, 64))
    assert prdc(real, fake, 5) == pytest.approx(compute_prdc(real, fake, 5), abs=1e-9)


def test_chunks_change_nothing(monkeypatch):
    real, fake = sets("shifted")
    whole = prdc(real, fake, 5)
    monkeypatch.setattr(neighbours, "CHUNK_NUMBERS", 1000)
    assert prdc(real, fake, 5) == pytest.approx(whole, abs=1e-12)


def test_radii_of_a_grid():
    line = np.arange(10.0)[:, None]
    assert squared_radii(line, 2).tolist() == [4, 1, 1, 1, 1, 1, 1, 1, 1, 4]


def test_nearest_distance_of_a_copy_is_exactly_zero():
    x = RNG.normal(size=(50, 64)) + 1000
    assert nearest_distances(x[:7], x).tolist() == [0] * 7
    shifted = x[:7] + 3e-3
    np.testing.assert_allclose(nearest_distances(shifted, x), 8 * 3e-3, rtol=1e-6)
