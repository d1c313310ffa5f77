"""The intervals of whole-set statistics in 1,000 repetitions on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from genbench.evaluation.diversity import bandwidth, vendi_score
from genbench.evaluation.frechet import frechet_by_groups
from genbench.evaluation.intervals import set_interval
from genbench.evaluation.kernel_distance import kernel_by_groups
from genbench.evaluation.size_curve import SizeCurve

DIM, N, SEEDS, GROUPS = 4, 200, 3, 20
REPETITIONS = 1000
FRECHET = DIM * (0.8**2 + 0.3**2)
"""Of N(0, I) and N(0.8, 1.69 I)."""


def kernel_truth():
    """The distance of the same two distributions, from a million pairs."""
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 10**6, DIM))
    y, another = 0.8 + 1.3 * rng.normal(size=(2, 10**6, DIM))
    within = [np.mean((np.sum(a * b, axis=1) / DIM + 1) ** 3) for a, b in ((x, other), (y, another))]
    return sum(within) - 2 * np.mean((np.sum(x * y, axis=1) / DIM + 1) ** 3)


def distance_interval(by_groups, blocks, rng):
    """Of one repetition: 200 real examples and as many of each of three seeds."""
    real = rng.normal(size=(N, DIM))
    fakes = [0.8 + 1.3 * rng.normal(size=(N, DIM)) for _ in range(SEEDS)]
    cells = np.arange(N) * GROUPS * max(blocks) // N
    curve = SizeCurve.of(by_groups(real, fakes, cells), np.bincount(cells), blocks)
    if len(blocks) > 1:
        return set_interval(*curve.extrapolated())
    return set_interval(curve.values[:, 0], [replicates[:, 0] for replicates in curve.jackknives])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by_groups", "blocks", "truth"),
    [(frechet_by_groups, (1, 2, 4), lambda: FRECHET), (kernel_by_groups, (1,), kernel_truth)],
    ids=["extrapolated Fréchet distance", "kernel distance"],
)
def test_intervals_hold_the_truth(by_groups, blocks, truth):
    rng, expected, hits = np.random.default_rng(1), truth(), 0
    for _ in range(REPETITIONS):
        low, high = distance_interval(by_groups, blocks, rng)
        hits += low <= expected <= high
    assert 0.93 <= hits / REPETITIONS <= 0.97


@pytest.mark.slow
def test_intervals_of_the_vendi_score_hold_its_mean():
    """The mean score of 100 samples, over all repetitions."""
    rng = np.random.default_rng(1)
    width = bandwidth(rng.normal(size=(N, DIM)))
    scores = np.array(
        [[vendi_score(rng.normal(size=(100, DIM)), width) for _ in range(SEEDS)] for _ in range(REPETITIONS)]
    )
    intervals = [set_interval(row, bounds=(1.0, 100.0)) for row in scores]
    held = np.mean([low <= scores.mean() <= high for low, high in intervals])
    assert 0.93 <= held <= 0.97
