"""p(x | z): masses sum to one, densities integrate to one, samples follow them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from genbench import DataSpec, Draws
from genbench_autoencoders.likelihoods import likelihood

SCALES = ["shared", "feature", "example"]


def with_random_scale(spec: DataSpec, scale: str) -> torch.nn.Module:
    torch.manual_seed(1)
    made = likelihood(spec, scale)  # type: ignore[arg-type]
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return made


def outputs(made: torch.nn.Module, n: int, dim: int, spread: float) -> torch.Tensor:
    return spread * torch.randn(n, made.maps * dim, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("levels", [2, 17, 256])
@pytest.mark.parametrize("spread", [0.1, 1.0, 5.0])
def test_the_masses_of_all_levels_sum_to_one(scale: str, levels: int, spread: float) -> None:
    made = with_random_scale(DataSpec("grey", (1,), "unit", levels=levels), scale).double()
    output = outputs(made, 50, 1, spread)
    values = torch.arange(levels).double() / (levels - 1)
    masses = torch.stack([made.log_prob(value.expand(50, 1), output) for value in values]).exp()
    torch.testing.assert_close(masses.sum(0), torch.ones(50, dtype=torch.float64), rtol=0, atol=1e-9)


def test_the_discretised_logistic_is_a_difference_of_distribution_functions() -> None:
    made = with_random_scale(DataSpec("grey", (1,), "unit", levels=17), "example").double()
    output = outputs(made, 50, 1, 0.3)
    location, log_scale = (part.detach().numpy() for part in made.parameters_of(output))
    logistic = stats.logistic(location, np.exp(log_scale))
    for k in range(17):
        upper = 1.0 if k == 16 else logistic.cdf((k + 0.5) / 16)
        lower = 0.0 if k == 0 else logistic.cdf((k - 0.5) / 16)
        mass = made.log_prob(torch.full((50, 1), k / 16), output).exp().numpy()
        np.testing.assert_allclose(mass, (upper - lower)[:, 0], atol=1e-12)


def density(x: float, made: torch.nn.Module, output: torch.Tensor) -> float:
    return made.log_prob(torch.tensor([[x]]).double(), output[None]).exp().item()


@pytest.mark.parametrize("scale", SCALES)
def test_the_truncated_logistic_integrates_to_one(scale: str) -> None:
    made = with_random_scale(DataSpec("unit", (1,), "unit"), scale).double()
    for output in outputs(made, 8, 1, 1.0):
        mass, _ = integrate.quad(density, 0, 1, args=(made, output), limit=200)
        assert mass == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_the_gaussian_is_scipys(scale: str) -> None:
    made = with_random_scale(DataSpec("real", (3,), "real"), scale).double()
    output, x = outputs(made, 20, 3, 1.0), torch.randn(20, 3, dtype=torch.float64)
    location, log_scale = (part.detach().numpy() for part in made.parameters_of(output))
    expected = stats.norm.logpdf(x.numpy(), location, np.exp(log_scale)).sum(axis=1)
    np.testing.assert_allclose(made.log_prob(x, output).detach().numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize(("support", "levels"), [("real", None), ("unit", None), ("unit", 17), ("binary", None)])
def test_samples_follow_the_likelihood(support: str, levels: int | None) -> None:
    """Their empirical distribution against the one summed or integrated from log_prob (Kolmogorov-Smirnov)."""
    made = with_random_scale(DataSpec("one", (1,), support, levels=levels), "example").double()  # type: ignore[arg-type]
    output = outputs(made, 1, 1, 0.7)
    samples = made.sample(output.expand(20_000, -1), Draws(4)).detach().numpy().ravel()
    points = {2: np.array([0.0, 1.0]), 17: np.arange(17) / 16}.get(2 if support == "binary" else levels or 0)
    grid = np.linspace(-12, 12, 40_001) if support == "real" else np.linspace(0, 1, 40_001)
    grid = grid if points is None else points
    weights = made.log_prob(torch.as_tensor(grid)[:, None], output.expand(len(grid), -1)).exp().detach().numpy()
    cumulative = np.cumsum(weights / weights.sum())
    empirical = np.searchsorted(np.sort(samples), grid + 1e-6, side="right") / len(samples)
    assert set(samples) <= set(grid) if points is not None else np.isfinite(samples).all()
    assert np.abs(empirical - cumulative).max() < 1.95 / np.sqrt(len(samples))  # passes with probability 0.999


@pytest.mark.parametrize("support", ["real", "unit"])
def test_extreme_outputs_keep_values_and_gradients_finite(support: str) -> None:
    for levels in (None, 17) if support == "unit" else (None,):
        made = with_random_scale(DataSpec("one", (1,), support, levels=levels), "example")  # type: ignore[arg-type]
        for location in (-50.0, 0.0, 50.0):
            for log_scale in (-30.0, -3.0, 5.0):
                output = torch.tensor([[location, log_scale]] * 3, requires_grad=True)
                made.log_prob(torch.tensor([[0.0], [0.5], [1.0]]), output).sum().backward()
                assert output.grad.isfinite().all()
                assert made.sample(output, Draws(0)).isfinite().all()
