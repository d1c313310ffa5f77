"""The truths of the synthetic data sets, in float64: exact densities, scores, label posteriors and samplers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import chdtrc, chdtri, logsumexp, ndtr, roots_legendre, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class GaussianMixture:
    """Equally likely Gaussians with means (k, d) and one covariance (d, d) for all."""

    def __init__(self, means: Floats, covariance: Floats) -> None:
        self.means, self.covariance = means, covariance
        self._root = np.linalg.cholesky(covariance)
        self._whiten = np.linalg.inv(self._root)
        self._precision = self._whiten.T @ self._whiten
        self._log_scale = float(np.log(np.diag(self._root)).sum()) + len(covariance) / 2 * np.log(2 * np.pi)

    def log_joint(self, x: NDArray[Any]) -> Floats:
        """log p(x, component) (n, k)."""
        points = np.asarray(x, dtype=np.float64) @ self._whiten.T
        squared = cdist(points, self.means @ self._whiten.T, "sqeuclidean")
        joint: Floats = -0.5 * squared - self._log_scale - np.log(len(self.means))
        return joint

    def log_prob(self, x: NDArray[Any]) -> Floats:
        """log p(x) (n,)."""
        density: Floats = logsumexp(self.log_joint(x), axis=1)
        return density

    def score(self, x: NDArray[Any]) -> Floats:
        """Gradient of log p(x) (n, d): the components' pulls, weighted by their posterior."""
        centre = softmax(self.log_joint(x), axis=1) @ self.means
        score: Floats = (centre - np.asarray(x, dtype=np.float64)) @ self._precision
        return score

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64] | None]:
        """n points (n, d), unlabelled."""
        return self._draw(n, rng)[0], None

    def _draw(self, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        component = rng.integers(len(self.means), size=n)
        noise: Floats = rng.standard_normal((n, len(self.covariance))) @ self._root.T
        return self.means[component] + noise, component


class TwoGaussians(GaussianMixture):
    """Two equally likely classes, each a Gaussian, with one covariance for both: their log-odds are linear in x."""

    def class_log_prob(self, x: NDArray[Any]) -> Floats:
        """log p(y | x) (n, 2)."""
        joint = self.log_joint(x)
        posterior: Floats = joint - logsumexp(joint, axis=1, keepdims=True)
        return posterior

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """n points (n, d) and their labels (n,)."""
        return self._draw(n, rng)

    @cached_property
    def bayes_error(self) -> float:
        """Error of the best classifier: Phi(-D/2), D the Mahalanobis distance of the means."""
        return self.linear_error(self._precision @ self._difference)

    @cached_property
    def naive_bayes_error(self) -> float:
        """Error that Gaussian naive Bayes with shared variances tends to: its weights ignore the correlations."""
        return self.linear_error(self._difference / np.diag(self.covariance))

    def linear_error(self, weights: Floats) -> float:
        """Error of the linear classifier with these weights (d,) whose boundary passes midway between the means."""
        spread = np.sqrt(weights @ self.covariance @ weights)
        return float(ndtr(-0.5 * (weights @ self._difference) / spread))

    @property
    def _difference(self) -> Floats:
        difference: Floats = self.means[1] - self.means[0]
        return difference


class TwoMoons:
    """Two equally likely half circles of radius 1 with Gaussian noise; the label says which.

    The upper arc is (cos t, sin t), the lower (1 - cos t, 1/2 - sin t), t uniform on [0, pi]: the shapes of
    scikit-learn's ``make_moons``. A density is the mean over t of a Gaussian, taken by Gauss-Legendre quadrature.
    """

    chunk = 4096
    """Points whose integrands are held at once."""

    def __init__(self, noise: float, nodes: int = 256) -> None:
        self.noise = noise
        position, weight = roots_legendre(nodes)
        self._centres = self._arcs((position + 1) * np.pi / 2)
        self._log_weight = np.log(weight / 2)

    def class_log_prob(self, x: NDArray[Any]) -> Floats:
        """log p(y | x) (n, 2)."""
        joint = np.concatenate([logsumexp(terms, axis=2) for terms, _ in self._terms(x)])
        posterior: Floats = joint - logsumexp(joint, axis=1, keepdims=True)
        return posterior

    def log_prob(self, x: NDArray[Any]) -> Floats:
        """log p(x) (n,)."""
        return np.concatenate([logsumexp(terms, axis=(1, 2)) for terms, _ in self._terms(x)])

    def score(self, x: NDArray[Any]) -> Floats:
        """Gradient of log p(x) (n, 2): the mean of (centre - x) / noise^2 over the posterior of arc and angle."""
        parts = []
        for terms, part in self._terms(x):
            posterior = softmax(terms, axis=(1, 2))
            parts.append((np.einsum("nkt,ktd->nd", posterior, self._centres) - part) / self.noise**2)
        return np.concatenate(parts)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """n points (n, 2) and their labels (n,)."""
        labels = rng.integers(2, size=n)
        centres = self._arcs(rng.uniform(0, np.pi, size=n))[labels, np.arange(n)]
        return centres + self.noise * rng.standard_normal((n, 2)), labels

    @staticmethod
    def _arcs(t: Floats) -> Floats:
        """Points of both arcs at the angles t: (2, len(t), 2)."""
        upper = np.stack([np.cos(t), np.sin(t)], axis=1)
        return np.stack([upper, np.array([1.0, 0.5]) - upper])

    def _terms(self, x: NDArray[Any]) -> list[tuple[Floats, Floats]]:
        """For each chunk of x, log p(x, arc, angle) at the nodes (n, 2, nodes), weights included, and the chunk."""
        points = np.asarray(x, dtype=np.float64)
        log_scale = np.log(4 * np.pi * self.noise**2)  # 2 pi noise^2, and one half for each arc
        parts = []
        for start in range(0, len(points), self.chunk):
            part = points[start : start + self.chunk]
            squared = np.square(part[:, None, None] - self._centres).sum(axis=3)
            parts.append((-squared / (2 * self.noise**2) - log_scale + self._log_weight, part))
        return parts


class NearestCentre:
    """Modes that are points: an example belongs to the nearest, and is of high quality within a radius of it.

    In the plane the radius is three sigma, as in the published tables, which 98.9 % of a Gaussian's examples keep to. In
    more dimensions, where hardly any example lies within three sigma, it is the one that as many keep to.
    """

    has_quality = True

    def __init__(self, centres: Floats, sigma: float) -> None:
        modes, dim = centres.shape
        self.name = "nearest-3sigma" if dim == 2 else "nearest-98.9%"
        self.centres, self.radius = centres, float(sigma * np.sqrt(chdtri(dim, chdtrc(2, 9))))
        self.weights = np.full(modes, 1 / modes)

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The nearest mode of each example (n,), and whether it lies within the radius of it (n,)."""
        distance = cdist(np.asarray(x, dtype=np.float64), self.centres)
        nearest = distance.argmin(axis=1)
        return nearest, distance[np.arange(len(nearest)), nearest] <= self.radius
