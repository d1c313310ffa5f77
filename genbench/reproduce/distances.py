"""Distances, precision, recall, density and coverage of simulated sets, of which theory knows the values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.distances import frechet_rows, kernel_rows, sliced_rows
from genbench.evaluation.sample_quality import precision_and_recall
from genbench.evaluation.sample_sets import Sets
from genbench.measurement import Measurement
from genbench.reproduce.bench import Bench
from genbench.reproduce.line import Line, Obtained

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS, GROUPS = 5, 10
"""Generated sets beside each real one; groups of the jackknife."""
K, DIRECTIONS = 5, 200


def simulated(n: int, dim: int, shift: float = 0.0, scale: float = 1.0) -> Sets:
    """A real set of n examples of N(0, I), and generated ones of N(shift, scale^2 I)."""
    rng = np.random.default_rng(0)
    fakes = [shift + scale * rng.standard_normal((n, dim)) for _ in range(SETS)]
    return compared(rng.standard_normal((n, dim)), fakes)


def collapsed(n: int, dim: int) -> Sets:
    """Generated sets of which each is one real example, n times."""
    real = np.random.default_rng(0).standard_normal((n, dim))
    return compared(real, [np.tile(real[i], (n, 1)) for i in range(SETS)])


def compared(real: NDArray[np.float64], fakes: list[NDArray[np.float64]]) -> Sets:
    return Sets(real, fakes, np.arange(len(real)) * GROUPS // len(real), examples=0, space="features")


def picked(rows: Iterable[Measurement], metric: str, n: int, at_infinity: bool = False) -> Obtained:
    """The row of the metric at n, or its extrapolation to infinitely many examples."""
    return next(
        Obtained.of(row)
        for row in rows
        if row.metric == metric and row.n == n and ("n=inf" in row.estimator) == at_infinity
    )


def frechet(n: int, dim: int, at_infinity: bool, shift: float, scale: float, bench: Bench) -> Obtained:
    return picked(frechet_rows(simulated(n, dim, shift, scale)), "frechet_distance", n, at_infinity)


def kernel(shift: float, bench: Bench) -> Obtained:
    return picked(kernel_rows(simulated(2_000, 64, shift)), "kernel_distance", 2_000)


def sliced(bench: Bench) -> Obtained:
    return picked(
        sliced_rows(simulated(2_000, 64, scale=1.5), DIRECTIONS), "sliced_wasserstein", 2_000, at_infinity=True
    )


def neighbours(metric: str, make: Callable[[int, int], Sets], n: int, bench: Bench) -> Obtained:
    return picked(precision_and_recall(make(n, 16), K), metric, n)


def equal_gaussians_frechet(n: int, dim: int) -> float:
    """E of the Fréchet distance of two samples of N(0, I), to first order in 1/n."""
    return 2 * dim / n + dim * (dim + 1) / (2 * n)


def shifted_gaussians_kernel(shift: float, dim: int) -> float:
    """The squared maximum mean discrepancy of N(0, I) and N(shift, I) under the kernel (x.y / d + 1)^3."""
    square = shift**2
    within_real, across = 1 + 3 / dim, 1 + 3 * (square + 1) / dim
    within_fake = (1 + square) ** 3 + 3 * (1 + square) * (2 * square + 1) / dim + 6 * square / dim**2
    return within_real + within_fake - 2 * across


def equal_sets_coverage(n: int) -> float:
    """E of the coverage of n real examples by n generated ones of the same distribution."""
    steps = np.arange(1, K + 1)
    return float(1 - np.prod((n - steps) / (2 * n - steps)))


def collapsed_recall(n: int) -> float:
    """Return the recall of n copies of one of n real examples: only that example can be found, and each of the n balls, of
    radius 0, holds k of the n examples in it, itself not counted, taken at random."""
    return float(1 - (1 - K / n) ** n) / n


line = partial(Line, "distances", kind="theory")
SIMULATED = "one set of N(0, I) in {dim} dimensions beside {sets} of {fake}, {n:,} examples in each"


def ours(n: int, dim: int, fake: str = "N(0, I)") -> str:
    return SIMULATED.format(dim=dim, sets=SETS, fake=fake, n=n)


FRECHET = "Dowson & Landau 1982, The Fréchet distance between multivariate normal distributions"
NAEEM = "Naeem et al. 2020, Reliable fidelity and diversity metrics for generative models, ICML"
COLLAPSED = f"{SETS} generated sets, each one of 1,000 examples of N(0, I) in 16 dimensions, 1,000 times"

LINES: tuple[Line, ...] = (
    *(
        line(
            f"frechet-{dim}-dimensions-{n}", "Fréchet distance", "", float(f"{equal_gaussians_frechet(n, dim):.3g}"), margin,
            FRECHET, "2d/n + d(d + 1)/2n to first order in 1/n, for two samples of N(0, I) in d dimensions", ours(n, dim),
            partial(frechet, n, dim, False, 0.0, 1.0),
        )
        for dim, n, margin in (
            (64, 500, 0.005), (64, 2_000, 0.005), (64, 10_000, 0.0005),
            (256, 500, 0.05), (256, 2_000, 0.05), (256, 10_000, 0.005),
        )
    ),
    *(
        line(
            f"frechet-{dim}-dimensions-infinity", "Fréchet distance, n = inf", "", 0.0, 0.0,
            "Chong & Forsyth 2020, Effectively unbiased FID and Inception score, CVPR", "0 for equal distributions",
            ours(2_000, dim) + ", extrapolated to infinitely many",
            partial(frechet, 2_000, dim, True, 0.0, 1.0),
        )
        for dim in (64, 256)
    ),
    line(
        "frechet-shifted-scaled", "Fréchet distance, n = inf", "", 32.0, 0.0, FRECHET,
        "|m|^2 + d (1 - s)^2 for N(0, I) and N(m, s^2 I), m = 1/2 in each of d = 64 dimensions, s = 3/2",
        ours(2_000, 64, "N(1/2, 9/4 I)") + ", extrapolated to infinitely many",
        partial(frechet, 2_000, 64, True, 0.5, 1.5),
    ),
    *(
        line(
            f"kernel-shift-{name}", "kernel distance", "", round(shifted_gaussians_kernel(shift, 64), 6), 5e-7,
            "Bińkowski et al. 2018, Demystifying MMD GANs, ICLR",
            f"squared discrepancy of N(0, I) and N(m, I) under the kernel (x.y/d + 1)^3, m = {shift:g} in each dimension",
            ours(2_000, 64, f"N({shift:g}, I)"), partial(kernel, shift),
        )
        for name, shift in (("none", 0.0), ("half", 0.5))
    ),
    line(
        "sliced-wasserstein-scaled", "sliced Wasserstein distance, n = inf", "", 0.5, 0.0,
        "Bonneel et al. 2015, Sliced and Radon Wasserstein barycenters of measures",
        "s - 1 for N(0, I) and N(0, s^2 I), along every direction; s = 3/2",
        ours(2_000, 64, "N(0, 9/4 I)") + f", {DIRECTIONS} directions, extrapolated to infinitely many", sliced,
    ),
    *(
        line(
            f"{metric}-equal", metric, "", value, 0.0, NAEEM, formula, ours(2_000, 16) + f", k = {K}",
            partial(neighbours, metric, simulated, 2_000),
        )
        for metric, value, formula in (
            ("density", 1.0, "1 for equal distributions"),
            ("coverage", equal_sets_coverage(2_000), "1 - product over i = 1 ... k of (n - i) / (2n - i), likewise"),
        )
    ),
    *(
        line(
            f"{metric}-collapsed", metric, "", value, 0.0, "Kynkäänniemi et al. 2019, NeurIPS; ties broken at random",
            "of samples that all are one real example", COLLAPSED + f", k = {K}",
            partial(neighbours, metric, collapsed, 1_000), rule="equal",
        )
        for metric, value in (("precision", 1.0), ("recall", collapsed_recall(1_000)))
    ),
)  # fmt: skip
