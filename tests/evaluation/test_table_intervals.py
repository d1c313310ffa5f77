"""The intervals of whole-set statistics in 1,000 repetitions on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from genbench.evaluation.frechet import frechet_by_groups
from genbench.evaluation.intervals import set_interval
from genbench.evaluation.kernel_distance import kernel_by_groups
from genbench.evaluation.size_curve import SizeCurve

DIM, N, SEEDS = 4, 200, 3
GROUPS = np.arange(N) * 20 // N
FRECHET = DIM * (0.8**2 + 0.3**2)
"""Of N(0, I) and N(0.8, 1.69 I)."""


def kernel_truth():
    """The distance of the same two distributions, from a million pairs."""
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 10**6, DIM))
    y, another = 0.8 + 1.3 * rng.normal(size=(2, 10**6, DIM))
    within = [np.mean((np.sum(a * b, axis=1) / DIM + 1) ** 3) for a, b in ((x, other), (y, another))]
    return sum(within) - 2 * np.mean((np.sum(x * y, axis=1) / DIM + 1) ** 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by_groups", "blocks", "truth", "most"),
    [(frechet_by_groups, (1, 2, 4), lambda: FRECHET, 990), (kernel_by_groups, (1,), kernel_truth, 970)],
    ids=["extrapolated Fréchet distance", "kernel distance"],
)
def test_intervals_hold_the_truth(by_groups, blocks, truth, most):
    rng, expected, hits = np.random.default_rng(1), truth(), 0
    for _ in range(1000):
        real = rng.normal(size=(N, DIM))
        fakes = [0.8 + 1.3 * rng.normal(size=(N, DIM)) for _ in range(SEEDS)]
        curve = SizeCurve.of(by_groups(real, fakes, GROUPS), np.bincount(GROUPS), blocks)
        values, jackknives = (
            curve.extrapolated() if len(blocks) > 1 else (curve.values[:, 0], [j[:, 0] for j in curve.jackknives])
        )
        low, high = set_interval(values, jackknives)
        hits += low <= expected <= high
    assert 930 <= hits <= most  # the extrapolation's are somewhat too wide
