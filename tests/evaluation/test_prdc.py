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
    if kind == "levels":
        return RNG.integers(0, 3, (203, 4)) / 16, RNG.integers(0, 4, (203, 4)) / 16
    return real, np.repeat(real[:1], 203, axis=0)


@pytest.mark.parametrize("kind", ["shifted", "levels", "collapsed"])
@pytest.mark.parametrize("k", [3, 5])
def test_equals_the_reference_package(kind, k):
    real, fake = sets(kind)
    assert prdc(real, fake, k) == pytest.approx(compute_prdc(real, fake, k), abs=1e-9)


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
