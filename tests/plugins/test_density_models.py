"""Gaussian mixture, kernel density and the Gaussian control against scikit-learn and SciPy."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from fitting import MODELS, example_data, fit, tensor
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from genbench import DataSpec, Draws, ModelError, Unavailable
from genbench_classical.kernel_density import BANDWIDTHS

RING = np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)


def ring(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (RING[rng.integers(8, size=n)] + 0.05 * rng.normal(size=(n, 2))).astype(np.float32)


def test_kernel_density_equals_scikit_learns() -> None:
    spec, x, _ = example_data("real", 90)
    x = x * np.float32([1, 10, 0.1])
    model = fit(MODELS["kernel_density"], spec, x, bandwidth=0.3)
    deviation = x.astype(np.float64).std(axis=0)
    reference = KernelDensity(bandwidth=0.3).fit(x / deviation)
    expected = reference.score_samples(x / deviation) - np.log(deviation).sum()
    np.testing.assert_allclose(model.log_prob(tensor(x)), expected, rtol=1e-6)


def test_kernel_density_is_exact_far_from_the_data() -> None:
    """scikit-learn's tree is not: here it is off by several nats, even with its tolerances at zero."""
    spec, x, _ = example_data("unit", 90)
    model = fit(MODELS["kernel_density"], spec, x, bandwidth=0.05)
    far = 5 * x.astype(np.float64)
    kernels = multivariate_normal(np.zeros(3), 0.05**2).logpdf(far[:, None] - x)
    np.testing.assert_allclose(model.log_prob(torch.as_tensor(far)), logsumexp(kernels, axis=1) - np.log(90), rtol=1e-9)


def test_kernel_density_of_a_class_is_that_of_its_examples() -> None:
    spec, x, y = example_data("unit", 90)
    joint = fit(MODELS["kernel_density"], spec, x[:80], y[:80], bandwidth=0.1).log_joint(tensor(x))
    for k in range(3):
        reference = KernelDensity(bandwidth=0.1).fit(x[:80][y[:80] == k])
        expected = reference.score_samples(x) + np.log((y[:80] == k).mean())
        np.testing.assert_allclose(joint[:, k], expected, rtol=1e-6)


def test_the_bandwidth_is_the_best_of_the_grid_on_validation_data() -> None:
    spec, x, _ = example_data("unit", 120, (2,))
    held_out = example_data("unit", 120, (2,), seed=6)[1]
    chosen = fit(MODELS["kernel_density"], spec, x, validation=held_out)
    values = [KernelDensity(bandwidth=h).fit(x).score(held_out) for h in BANDWIDTHS]
    assert chosen.bandwidth == BANDWIDTHS[np.argmax(values)]


def test_kernel_density_without_labels_has_no_posterior() -> None:
    model = fit(MODELS["kernel_density"], DataSpec("ring", (2,), "real"), ring(50, 0))
    with pytest.raises(Unavailable, match="needs labels"):
        model.predict_log_proba(tensor(RING))


def test_kernel_density_of_thousands_of_images_takes_seconds() -> None:
    rng = np.random.default_rng(0)
    x, held_out = rng.random((5000, 64), np.float32), rng.random((1000, 64), np.float32)
    begun = time.process_time()
    fit(MODELS["kernel_density"], DataSpec("pixels", (64,), "unit"), x, validation=held_out).log_prob(tensor(held_out))
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_mixture_equals_scikit_learns_whatever_its_covariance(covariance: str) -> None:
    spec, x, _ = example_data("unit", 300, (2,))
    model = fit(MODELS["gaussian_mixture"], spec, x, seed=3, components=4, covariance=covariance)
    reference = GaussianMixture(4, covariance_type=covariance, random_state=3, max_iter=200).fit(x.astype(np.float64))
    np.testing.assert_allclose(model.log_prob(tensor(x)), reference.score_samples(x.astype(np.float64)), rtol=1e-6)
    step = 1e-6
    points = x.astype(np.float64)
    expected = np.stack(
        [
            (reference.score_samples(points + shift) - reference.score_samples(points - shift)) / (2 * step)
            for shift in step * np.eye(2)
        ],
        axis=1,
    )
    np.testing.assert_allclose(model.score(tensor(x)), expected, rtol=1e-4, atol=1e-4)


def test_mixture_finds_the_ring_of_eight_and_its_density() -> None:
    model = fit(MODELS["gaussian_mixture"], DataSpec("ring", (2,), "real"), ring(4000, 0), validation=ring(1000, 1))
    test = ring(2000, 2).astype(np.float64)
    truth = np.logaddexp.reduce([multivariate_normal(m, 0.05**2).logpdf(test) for m in RING], axis=0) - np.log(8)
    assert np.mean(truth - model.log_prob(tensor(test))) < 0.05
    samples = np.asarray(model.sample(2000, Draws(0)))
    nearest = np.linalg.norm(samples[:, None] - RING, axis=2)
    assert (np.bincount(nearest.argmin(axis=1), minlength=8) > 150).all()
    assert (nearest.min(axis=1) < 0.2).mean() > 0.99


def test_mixture_samples_come_in_random_order() -> None:
    samples = np.asarray(
        fit(MODELS["gaussian_mixture"], DataSpec("ring", (2,), "real"), ring(500, 0), components=8).sample(
            1000, Draws(0)
        )
    )
    np.testing.assert_allclose(samples[:500].mean(axis=0), samples[500:].mean(axis=0), atol=0.2)


def test_mixture_of_a_single_example_is_refused_in_words() -> None:
    with pytest.raises(ModelError, match="2 training examples"):
        fit(MODELS["gaussian_mixture"], DataSpec("ring", (2,), "real"), RING[:1])


def test_gaussian_control_is_the_maximum_likelihood_gaussian() -> None:
    spec, x, _ = example_data("real", 90)
    model = fit(MODELS["gaussian"], spec, x)
    x = x.astype(np.float64)
    reference = multivariate_normal(x.mean(axis=0), np.cov(x.T, ddof=0))
    np.testing.assert_allclose(model.log_prob(tensor(x)), reference.logpdf(x), rtol=1e-4)
    samples = np.asarray(model.sample(50_000, Draws(0)))
    np.testing.assert_allclose(np.cov(samples.T), np.cov(x.T), atol=0.1)
