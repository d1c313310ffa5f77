"""Kernel and sliced Wasserstein distance against torchmetrics, POT and closed forms; curves and their extrapolation."""

from __future__ import annotations

import warnings

import numpy as np
import ot
import pytest
import torch
from torchmetrics.image.kid import KernelInceptionDistance

from genbench.evaluation import kernel_distance
from genbench.evaluation.frechet import Identity, frechet_by_groups
from genbench.evaluation.intervals import set_interval
from genbench.evaluation.kernel_distance import kernel_by_groups
from genbench.evaluation.size_curve import SizeCurve
from genbench.evaluation.sliced_wasserstein import directions, squared_by_groups
from genbench.evaluation.splits import SPLITS

RNG = np.random.default_rng(0)
GROUPS = np.arange(120) * 10 // 120
ALL, SOME = tuple(range(10)), (1, 2, 3, 7)


def mmd(x, y):
    """The unbiased estimate, pair by pair."""
    kernel = [
        [np.fromiter(((a @ b / len(a) + 1) ** 3 for b in v), float) for a in u] for u, v in ((x, x), (y, y), (x, y))
    ]
    xx, yy, xy = (np.array(k) for k in kernel)
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (xx, yy)]
    return sum(within) - 2 * xy.mean()


def test_kernel_distance_equals_torchmetrics():
    x, y = RNG.normal(size=(2, 120, 5)).astype(np.float32).astype(np.float64)
    with warnings.catch_warnings(action="ignore"):
        metric = KernelInceptionDistance(Identity(5), subsets=1, subset_size=120)
    metric.update(torch.from_numpy(x), real=True)
    metric.update(torch.from_numpy(y), real=False)
    (distance,) = kernel_by_groups(x, [y], GROUPS)
    assert distance([(ALL, ALL)]) == pytest.approx(float(metric.compute()[0]), abs=1e-6)


@pytest.mark.parametrize("chunk", [100, 10**6])
def test_kernel_distance_of_groups_pair_by_pair(chunk, monkeypatch):
    monkeypatch.setattr(kernel_distance, "CHUNK_NUMBERS", chunk)
    x, y = RNG.normal(size=(2, 120, 3))
    (distance,) = kernel_by_groups(x, [y + 1], GROUPS)
    pairs = [(ALL, ALL), (SOME, ALL), (ALL, SOME), ((4,), (9,))]
    expected = [mmd(x[np.isin(GROUPS, real)], y[np.isin(GROUPS, fake)] + 1) for real, fake in pairs]
    assert distance(pairs) == pytest.approx(expected, rel=1e-9)


def test_the_least_kernel_distance_is_that_which_with_all_pairs_would_be_zero():
    x, y = RNG.normal(size=(2, 120, 3))
    (distance,) = kernel_by_groups(x, [y + 1], GROUPS)
    kernels = [(a @ b.T / 3 + 1) ** 3 for a, b in ((x, x), (y + 1, y + 1), (x, y + 1))]
    squared = kernels[0].mean() + kernels[1].mean() - 2 * kernels[2].mean()
    assert distance([(ALL, ALL)]) - distance.least == pytest.approx(squared)


def test_kernel_distance_is_unbiased():
    values = [kernel_by_groups(*_two_normals(), np.arange(40) // 4)[0]([(ALL, ALL)]) for _ in range(300)]
    assert np.mean(values) == pytest.approx(0, abs=4 * np.std(values) / 300**0.5)


def _two_normals():
    x, y = RNG.normal(size=(2, 40, 3))
    return x, [y]


@pytest.mark.parametrize(("dim", "count"), [(1, 30), (2, 30), (20, 40), (20, 7)])
def test_directions_are_orthonormal_bases(dim, count):
    lines = directions(dim, count)
    assert lines.shape == (dim, count)
    first = lines[:, :dim]
    np.testing.assert_allclose(first.T @ first, np.eye(first.shape[1]), atol=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 20])
def test_sliced_wasserstein_along_whole_bases_equals_pot_also_for_groups(dim):
    """What is known of the mean over all directions is what whole bases have, too."""
    x, y = RNG.normal(size=(2, 120, dim)) * 2 + np.array([[[0.0]], [[1.0]]])
    lines = directions(dim, 40)
    pairs = [(ALL, ALL), (SOME, ALL), (ALL, SOME), ((4,), (9, 1))]
    distances, along_fewer = squared_by_groups(x, [y], lines, GROUPS)
    for (real, fake), squared in zip(pairs, distances(pairs)[0], strict=True):
        parts = x[np.isin(GROUPS, real)], y[np.isin(GROUPS, fake)]
        assert np.sqrt(squared) == pytest.approx(ot.sliced.sliced_wasserstein_distance(*parts, projections=lines))
    assert 10 <= len(along_fewer) <= 20


@pytest.mark.parametrize(("dim", "count"), [(3, 1), (64, 5), (64, 50), (784, 20)])
def test_sliced_wasserstein_of_a_shift_has_no_noise(dim, count):
    """A shift by v moves the projection to a line u by v.u: on average over lines |v|^2 / d, however few of them."""
    x, shift = RNG.normal(size=(120, dim)), RNG.normal(size=dim)
    distances, _ = squared_by_groups(x, [x + shift], directions(dim, count), GROUPS)
    assert distances([(ALL, ALL)])[0, 0] == pytest.approx(np.square(shift).sum() / dim)


@pytest.mark.parametrize("offset", [1e6, 1e9])
def test_sliced_wasserstein_does_not_depend_on_where_the_sets_lie(offset):
    x, y = RNG.normal(size=(2, 120, 5)) * np.array([[[1.0]], [[3.0]]])
    lines = directions(5, 12)
    here, there = (
        squared_by_groups(x + far, [y + far], lines, GROUPS)[0]([(ALL, ALL), (SOME, ALL)]) for far in (0.0, offset)
    )
    np.testing.assert_allclose(there, here, rtol=1e-5)


def test_variances_along_the_lines_take_most_of_the_noise():
    """Of sets that differ in scale, one dimension far more than the others: 20 random lines of 64 are hardly off, while the
    plain mean over them is by a third of the distance in the standard deviation over rotations."""
    x, y = RNG.normal(size=(2, 120, 64))
    y[:, 0] *= 20
    found, plain = [], []
    for _ in range(30):
        rotation = np.linalg.qr(RNG.normal(size=(64, 64)))[0]
        lines = directions(64, 20)
        found.append(np.sqrt(squared_by_groups(x @ rotation, [y @ rotation], lines, GROUPS)[0]([(ALL, ALL)])[0, 0]))
        plain.append(ot.sliced.sliced_wasserstein_distance(x @ rotation, y @ rotation, projections=lines))
    assert np.std(plain) / np.mean(plain) > 0.1
    assert np.std(found) < np.std(plain) / 3


def test_extrapolation_of_a_line_is_exact():
    """A distance of 2 + 30 (1/n + 1/m) / 2 tends to 2, whichever groups are left out, and in either half."""
    sizes = np.full(40, 3)  # ten groups with a cell in each of four blocks

    def distances(pairs):
        return 2 + 15 * np.array([[sum(1 / sizes[list(part)].sum() for part in pair) for pair in pairs]])

    values, jackknives, halves = SizeCurve.of(distances, sizes, (1, 2, 4)).extrapolated()
    np.testing.assert_allclose(values, 2)
    np.testing.assert_allclose(jackknives, 2)
    np.testing.assert_allclose(halves, 2)
    assert len(jackknives) == 2
    assert halves.shape == (1, SPLITS, 2)


@pytest.mark.parametrize(("dim", "groups"), [(64, 20), pytest.param(256, 10, marks=pytest.mark.slow)])
def test_extrapolated_frechet_distance_of_one_gaussian_is_zero(dim, groups):
    """Two samples of 2,000 each, that read 1.1 in 64 and 16.7 in 256 dimensions."""
    x, y = np.random.default_rng(1).normal(size=(2, 2000, dim))
    cells = np.arange(2000) * 4 * groups // 2000
    curve = SizeCurve.of(frechet_by_groups(x, [y], cells), np.bincount(cells), (1, 2, 4))
    values, jackknives, halves = curve.extrapolated()
    low, high = set_interval(values, jackknives, halves=halves)
    assert curve.values[0, 0] > 1
    assert low <= 0 <= high
    assert high - low < curve.values[0, 0] / 2


def test_extrapolated_frechet_distance_of_two_gaussians():
    """N(0, I) and N(0, 1.44 I) in 64 dimensions: 64 (1.2 - 1)^2 = 2.56, while n = 1,000 reads twice that."""
    x, *ys = RNG.normal(size=(4, 1000, 64))
    cells = np.arange(1000) * 40 // 1000
    curve = SizeCurve.of(frechet_by_groups(x, [1.2 * y for y in ys], cells), np.bincount(cells), (1, 2, 4))
    values, jackknives, halves = curve.extrapolated()
    low, high = set_interval(values, jackknives, halves=halves)
    assert curve.values[:, 0].mean() > 4.5
    assert low <= 2.56 <= high
    assert high - low < 2
