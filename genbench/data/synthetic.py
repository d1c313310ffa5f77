"""Synthetic data sets whose truth is known."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from genbench.data.dataset import ClassTruth, Dataset, Modes, Split, Truth
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.data.truths import GaussianMixture, NearestCentre, TwoGaussians, TwoMoons
from genbench.seeding import derive_seed

Dimension = Annotated[int, Field(ge=2, le=1_000)]


def ring8(source: DataSource) -> Dataset:
    """Eight Gaussians on a circle of radius 1, sigma 0.01 (settings of VEEGAN, Srivastava et al. 2017, and PacGAN)."""
    angle = np.arange(8) * np.pi / 4
    return _modes("ring8", np.stack([np.cos(angle), np.sin(angle)], axis=1), sigma=0.01)


def grid25(source: DataSource) -> Dataset:
    """25 Gaussians on a 5 x 5 grid of spacing 2, sigma 0.05 (settings of VEEGAN, Srivastava et al. 2017, and PacGAN)."""
    line = 2.0 * np.arange(-2, 3)
    return _modes("grid25", np.stack(np.meshgrid(line, line), axis=2).reshape(-1, 2), sigma=0.05)


def grid100(source: DataSource) -> Dataset:
    """100 Gaussians on a 10 x 10 grid of spacing 2, sigma 0.05: ``grid25``, wider."""
    line = 2.0 * np.arange(10) - 9
    return _modes("grid100", np.stack(np.meshgrid(line, line), axis=2).reshape(-1, 2), sigma=0.05)


def mixture(
    source: DataSource,
    *,
    dim: Annotated[int, Field(ge=2, le=2_000)] = 50,
    modes: Annotated[int, Field(ge=2, le=1_000)] = 10,
) -> Dataset:
    """Ten Gaussians in many dimensions, sigma 0.1; their centres are drawn once from a standard normal.

    After the ten modes in 1,200 dimensions of VEEGAN (Srivastava et al. 2017). The centres lie some sqrt(2 dim) apart, the
    examples some 0.1 sqrt(dim) from theirs.
    """
    rng = np.random.default_rng(derive_seed("mixture", "centres", dim, modes))
    return _modes("mixture", rng.standard_normal((modes, dim)), sigma=0.1)


def two_moons(source: DataSource) -> Dataset:
    """Two half circles with Gaussian noise of 0.1; the label says which."""
    return _labelled("two_moons", TwoMoons(noise=0.1), dim=2)


def gaussians(source: DataSource, *, dim: Dimension = 10) -> Dataset:
    """Two Gaussian classes for which naive Bayes with shared variances is the true model.

    The features are independent given the class, with variances from 1/4 to 4 that both classes share, and equally
    informative. The means are a Mahalanobis distance of 2.3 apart: the Bayes error is Phi(-1.15) = 0.125.
    """
    variances = np.geomspace(0.25, 4, dim)
    half = 1.15 * np.sqrt(variances / dim)
    return _labelled("gaussians", TwoGaussians(np.stack([-half, half]), np.diag(variances)), dim)


def correlated(source: DataSource, *, dim: Dimension = 10) -> Dataset:
    """Two Gaussian classes for which naive Bayes is wrong: both share the correlation 0.8 between all features.

    The means differ along the direction in which all features agree (wide) and along one in which they disagree
    (narrow). Naive Bayes cannot tell wide from narrow and gives the second too little weight. In units of the standard
    deviation along each, the differences are 2 and 1.5: the Bayes error is Phi(-1.25) = 0.106, that of naive Bayes
    tends to 0.155 (10 features). With few examples it is ahead of logistic regression all the same.
    """
    correlation = 0.8
    covariance = np.full((dim, dim), correlation) + (1 - correlation) * np.eye(dim)
    agree = np.full(dim, dim**-0.5)
    disagree = np.where(np.arange(dim) % 2, -1.0, 1.0)
    disagree -= disagree.mean()
    disagree /= np.linalg.norm(disagree)
    difference = 2.0 * np.sqrt(agree @ covariance @ agree) * agree
    difference += 1.5 * np.sqrt(disagree @ covariance @ disagree) * disagree
    return _labelled("correlated", TwoGaussians(np.stack([-difference / 2, difference / 2]), covariance), dim)


def _modes(name: str, centres: np.ndarray, sigma: float) -> Dataset:
    dim = centres.shape[1]
    truth = GaussianMixture(centres, sigma**2 * np.eye(dim))
    spec = DataSpec(name, shape=(dim,), support="real")
    return _drawn(spec, truth, (100_000, 10_000, 10_000), NearestCentre(centres, sigma))


def _labelled(name: str, truth: ClassTruth, dim: int) -> Dataset:
    spec = DataSpec(name, shape=(dim,), support="real", classes=2, class_names=("0", "1"))
    return _drawn(spec, truth, (10_000, 2_000, 10_000))


def _drawn(spec: DataSpec, truth: Truth, sizes: tuple[int, int, int], modes: Modes | None = None) -> Dataset:
    """The data set whose splits are drawn from the truth, each from its own stream."""

    def draw(part: str, size: int) -> Split:
        x, y = truth.sample(size, np.random.default_rng(derive_seed(spec.name, part)))
        return Split(x.astype(np.float32), y)

    splits = draw("train", sizes[0]), draw("validation", sizes[1]), draw("test", sizes[2])
    return Dataset(spec, *splits, truth=truth, modes=modes)
