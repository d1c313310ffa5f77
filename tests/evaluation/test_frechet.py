"""The Fréchet distance against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from genbench.evaluation.frechet import frechet_by_groups, frechet_distances


def reference(x, y):
    """By scipy's matrix square root."""
    gap = x.mean(axis=0) - y.mean(axis=0)
    c, d = np.cov(x.T), np.cov(y.T)
    return gap @ gap + np.trace(c + d - 2 * linalg.sqrtm(c @ d).real)


def with_moments(mean, covariance, n=400):
    """A set whose sample mean and covariance are exactly those."""
    x = np.random.default_rng(0).normal(size=(n, len(mean)))
    x -= x.mean(axis=0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    return white @ np.linalg.cholesky(covariance).T + mean


def test_closed_form_of_diagonal_gaussians():
    x = with_moments(np.zeros(3), np.diag([1.0, 4.0, 9.0]))
    y = with_moments(np.array([1.0, 2.0, 0.0]), np.diag([4.0, 1.0, 9.0]))
    assert frechet_distances(x, [y, x]) == pytest.approx([1 + 4 + (1 - 2) ** 2 + (2 - 1) ** 2, 0], abs=1e-8)


def test_equals_scipy_and_serves_many_sets():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 12)) @ rng.normal(size=(12, 12))
    ys = [rng.normal(size=(300, 12)) @ rng.normal(size=(12, 12)) + shift for shift in (0, 1)]
    assert frechet_distances(x, ys) == pytest.approx([reference(x, y) for y in ys], rel=1e-7)


def test_one_point_and_constant_features():
    """Singular covariances: a collapsed set is as far as the real set's whole spread."""
    x = np.random.default_rng(0).normal(size=(200, 5))
    x[:, 3] = 0
    collapsed = np.repeat(x.mean(axis=0)[None], 200, axis=0)
    assert frechet_distances(x, [collapsed])[0] == pytest.approx(np.trace(np.cov(x.T)), rel=1e-6)


def test_groups_left_out_on_either_side():
    rng = np.random.default_rng(2)
    x, groups = rng.normal(size=(101, 8)) + 3, np.arange(101) * 10 // 101
    ys = [rng.normal(size=(101, 8)) * 1.2 + 3 for _ in range(2)]
    everything, some = tuple(range(10)), (0, 1, 2, 5)
    pairs = [(everything, everything), (some, everything), (everything, some)]
    for found, y in zip(frechet_by_groups(x, ys, groups)(pairs), ys, strict=True):
        expected = [reference(x[np.isin(groups, real)], y[np.isin(groups, fake)]) for real, fake in pairs]
        assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("n", "expected"), [(500, 4.46), (2000, 1.09)])
def test_bias_of_two_equal_gaussians_in_64_dimensions(n, expected):
    """The published figures, reproduced: the distance of equal distributions is far from 0 and falls with n."""
    rng = np.random.default_rng(0)
    values = [frechet_distances(rng.normal(size=(n, 64)), [rng.normal(size=(n, 64))])[0] for _ in range(4)]
    assert np.mean(values) == pytest.approx(expected, rel=0.04)
