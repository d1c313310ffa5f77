"""Autoencoders against closed forms."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from autoencoder_fitting import BOUNDED, build, trained
from fitting import example_data, tensor
from scipy.linalg import subspace_angles
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from torch.distributions import Normal, kl_divergence

from genbench import DataSpec, Draws
from genbench_autoencoders.gaussian_code import GaussianCode

LINEAR_GAUSSIAN = {"hidden": (), "scale": "shared", "latent": 2}


def factor_data(n: int, dim: int = 6, factors: int = 2, noise: float = 0.3) -> tuple[DataSpec, np.ndarray]:
    """x = W z + mu + noise, the model of probabilistic PCA."""
    rng = np.random.default_rng(0)
    loadings, mean = rng.normal(size=(dim, factors)) * [1.5, 0.8], rng.normal(size=dim)
    x = rng.normal(size=(n, factors)) @ loadings.T + mean + noise * rng.normal(size=(n, dim))
    return DataSpec("factors", (dim,), "real"), x.astype(np.float32)


def exact_log_prob(model: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    """log N(x; b, W W^T + s^2 I) of a linear-Gaussian VAE (Tipping & Bishop 1999)."""
    (layer,) = model.decoder
    weight, bias = (part.detach().double().numpy() for part in (layer.weight, layer.bias))
    log_scale = model.likelihood.parameters_of(torch.zeros(1, len(bias)))[1].item()
    return multivariate_normal(bias, weight @ weight.T + np.exp(2 * log_scale) * np.eye(len(bias))).logpdf(x)


def ppca_log_likelihood(x: np.ndarray, factors: int) -> float:
    """The mean log-likelihood of the maximum-likelihood solution (Tipping & Bishop 1999)."""
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    dim, noise = len(eigenvalues), eigenvalues[factors:].mean()
    log_det = np.log(eigenvalues[:factors]).sum() + (dim - factors) * np.log(noise)
    return -0.5 * (dim * math.log(2 * math.pi) + log_det + dim)


def test_the_linear_autoencoder_spans_the_principal_subspace() -> None:
    spec, x = factor_data(2_000)
    model = trained("linear_autoencoder", spec, x, examples_seen=300_000, latent=2)
    components = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:2]
    angles = subspace_angles(model.decoder.weight.detach().numpy(), components.T)
    assert np.degrees(angles).max() < 1
    centred = x - x.mean(axis=0)
    optimum = np.square(centred - centred @ components.T @ components).sum(axis=1).mean()
    assert model.loss(tensor(x), None, Draws(0)).item() == pytest.approx(optimum, rel=0.01)


def test_the_linear_gaussian_vae_meets_probabilistic_pca() -> None:
    spec, x = factor_data(2_000)
    model = trained("vae", spec, x, examples_seen=300_000, lr=5e-3, **LINEAR_GAUSSIAN)
    best = ppca_log_likelihood(x.astype(np.float64), 2)
    reached = exact_log_prob(model, x).mean()
    assert best - 0.02 < reached <= best + 1e-6
    bound = model.log_prob_bound(tensor(x), Draws(1), 1).mean().item()
    assert reached - 0.05 < bound < reached + 0.02


@pytest.mark.parametrize("examples_seen", [128, 20_000])
def test_bounds_of_the_linear_gaussian_vae_rise_to_the_exact_likelihood(examples_seen: int) -> None:
    spec, x = factor_data(1_000)
    model = trained("vae", spec, x, examples_seen=examples_seen, **LINEAR_GAUSSIAN)
    exact = exact_log_prob(model, x)
    gaps = []
    for k in (1, 8, 64, 512):
        with torch.no_grad():
            gap = exact - model.log_prob_bound(tensor(x), Draws(k), k).double().numpy()
        error = gap.std() / math.sqrt(len(gap))
        assert gap.mean() > -4 * error
        gaps.append((gap.mean(), error))
    for (looser, error), (tighter, other) in pairwise(gaps):
        assert tighter < looser + 4 * math.hypot(error, other)
    assert gaps[-1][0] < 0.25 * gaps[0][0] + 0.01


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("support", ["real", "unit", "binary"])
def test_bounds_rise_with_k(name: str, support: str) -> None:
    spec, x, y = example_data(support, 300, (6,))
    model = trained(name, spec, x, y, examples_seen=3_000)
    with torch.no_grad():
        bounds = [model.log_prob_bound(tensor(x), Draws(k), k).double() for k in (1, 10, 100)]
    for looser, tighter in pairwise(bounds):
        gain = tighter - looser
        assert gain.mean() > -2 * gain.std() / math.sqrt(len(gain))


@pytest.mark.parametrize("name", BOUNDED)
def test_the_bound_tends_to_the_likelihood_by_quadrature(name: str) -> None:
    """Five binary pixels have 32 configurations: with many importance samples their masses sum to one."""
    spec, x, y = example_data("binary", 200, (5,))
    hyperparameters = {"variables": 2, "categories": 3} if name == "vae_categorical" else {"latent": 2}
    model = trained(name, spec, x, y, examples_seen=10_000, **hyperparameters)
    every = torch.tensor([[i >> j & 1 for j in range(5)] for i in range(32)]).float()
    with torch.no_grad():
        masses = model.log_prob_bound(every, Draws(3), 5_000).double()
    total = masses.logsumexp(0).exp().item()
    assert total == pytest.approx(1, abs=0.02)
    with torch.no_grad():
        samples = model.sample(20_000, Draws(4))
    shares = (samples[:, None] == every).all(-1).double().mean(0)
    assert (shares - masses.exp()).abs().max() < 0.015


def test_a_bound_does_not_depend_on_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    spec, x, _ = example_data("binary", 40, (5,))
    model = build("vae", spec)
    whole = model.log_prob_bound(tensor(x), Draws(0), 37)
    monkeypatch.setattr("genbench_autoencoders.latent_variable.LARGEST_CHUNK", 40 * 5 * 10)
    torch.testing.assert_close(model.log_prob_bound(tensor(x), Draws(0), 37), whole)


def test_the_kl_divergence_of_a_gaussian_code_is_torchs() -> None:
    code = GaussianCode(torch.randn(7, 3), torch.randn(7, 3))
    reference = kl_divergence(Normal(code.mean, code.log_std.exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(code.kl_to_standard_normal(), reference)
    noise = torch.randn(4, 7, 3)
    density = Normal(code.mean, code.log_std.exp()).log_prob(code.at(noise)).sum(-1)
    torch.testing.assert_close(code.log_density(noise), density, rtol=1e-4, atol=1e-4)


def test_the_mixture_prior_is_a_density_that_its_samples_follow() -> None:
    model = build("vae_gmm", DataSpec("two", (2,), "real"), components=3)
    torch.nn.init.normal_(model.prior_logits)
    torch.nn.init.normal_(model.prior_log_stds, std=0.3)
    line = torch.linspace(-9, 9, 301)
    z = torch.stack(torch.meshgrid(line, line, indexing="ij"), -1)
    with torch.no_grad():
        density = model.log_prior(z).exp() * (line[1] - line[0]) ** 2
        samples = model.prior_code(50_000, Draws(1))
    assert density.sum().item() == pytest.approx(1, abs=1e-3)
    torch.testing.assert_close(samples.mean(0), (density[..., None] * z).sum((0, 1)), rtol=0, atol=0.04)


def test_the_contraction_is_the_norm_of_the_jacobian() -> None:
    model = build("contractive_autoencoder", DataSpec("five", (5,), "real"), latent=4)
    x = torch.randn(6, 5)
    jacobian = torch.func.vmap(torch.func.jacrev(model.encoder))(x)
    torch.testing.assert_close(model.jacobian_norm(model.encoder(x)), jacobian.square().sum((1, 2)))


def test_contraction_contracts() -> None:
    spec, x = factor_data(500)
    norms = []
    for contraction in (1e-4, 100.0):
        model = trained("contractive_autoencoder", spec, x, examples_seen=30_000, contraction=contraction)
        norms.append(model.jacobian_norm(model.embed(tensor(x))).mean().item())
    assert norms[1] < 0.5 * norms[0]


def mixture(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log density and score of two Gaussians in the plane."""
    means, deviation = np.array([[-1.5, 0.0], [1.5, 1.0]]), 0.8
    offsets = (means[:, None] - x) / deviation**2
    logs = -0.5 * np.square(offsets * deviation).sum(axis=2) - math.log(4 * math.pi * deviation**2)
    weights = np.exp(logs - logsumexp(logs, axis=0))
    return logsumexp(logs, axis=0), (weights[:, :, None] * offsets).sum(axis=0)


def test_the_denoising_residual_is_the_score_of_a_mixture() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[-1.5, 0.0], [1.5, 1.0]])[rng.integers(2, size=41_000)]
    x = (centres + 0.8 * rng.normal(size=centres.shape)).astype(np.float32)
    train, test = x[:40_000], x[40_000:]
    settings = {"noise": 0.2, "hidden": (128,), "latent": 16, "lr": 1e-2}
    spec = DataSpec("two", (2,), "real")
    model = trained("denoising_autoencoder", spec, train, examples_seen=1_000_000, batch_size=512, **settings)
    log_density, score = mixture(test)
    dense = log_density > log_density.max() - 4
    error = model.score(tensor(test)).detach().numpy() - score
    assert dense.mean() > 0.9
    assert np.square(error[dense]).sum() < 0.15**2 * np.square(score[dense]).sum()


def test_conditional_bounds_add_up_over_labels() -> None:
    """log p(x) >= log sum_y p(y) p(x | y); with labels that the data tell, the right one carries the sum."""
    rng = np.random.default_rng(0)
    y = np.arange(900) % 3
    x = (4.0 * np.eye(3)[y] + 0.3 * rng.normal(size=(900, 3))).astype(np.float32)
    model = trained("conditional_vae", DataSpec("three", (3,), "real", classes=3), x, y, examples_seen=40_000, latent=1)
    torch.testing.assert_close(model.class_prior, torch.full((3,), 1 / 3))
    with torch.no_grad():
        joint = model.joint_log_weights(tensor(x), torch.randn(64, 900, 1)).logsumexp(0) - math.log(64)
        assert (joint.argmax(1).numpy() == y).mean() > 0.99
        for label in range(3):
            samples = model.sample(200, Draws(label), torch.full((200,), label)).numpy()
            assert (samples.argmax(axis=1) == label).mean() > 0.95
