"""What theory says of the GAN family: optimal discriminators, divergences, where generators land, penalties."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats
from torch import Tensor

from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench_adversarial.adversarial import Adversarial
from genbench_adversarial.f_gan import FGAN
from genbench_adversarial.gan import GAN, MinimaxGAN
from genbench_adversarial.hinge_gan import HingeGAN
from genbench_adversarial.lsgan import LSGAN
from genbench_adversarial.wgan import WGAN, WGANGP

LINE = DataSpec("line", (1,), "real")
RATIOS = torch.tensor([0.05, 0.5, 1.0, 3.0, 20.0], dtype=torch.float64)
DIVERGENCES: dict[str, Callable[[Tensor], Tensor]] = {
    "kl": lambda r: r * r.log(),
    "reverse_kl": lambda r: -r.log(),
    "pearson": lambda r: (r - 1).square(),
    "hellinger": lambda r: (r.sqrt() - 1).square(),
    "jensen_shannon": lambda r: r * r.log() - (1 + r) * ((1 + r) / 2).log(),
}
"""f(p / p_g), as in Nowozin et al. 2016."""
BEST_OUTPUT: dict[str, Callable[[Tensor], Tensor]] = {
    "kl": lambda r: 1 + r.log(),
    "reverse_kl": lambda r: r.log(),
    "pearson": lambda r: 2 * (r - 1),
    "hellinger": lambda r: r.log() / 2,
    "jensen_shannon": lambda r: r.log(),
}
"""The v with g(v) = f'(p / p_g)."""


def best_outputs(model: Adversarial, ratios: Tensor) -> tuple[Tensor, Tensor]:
    """Where p loss_on_real(v) + p_g loss_on_generated(v) is least, found by bisecting its derivative, and its least value,
    for p_g = 1."""
    low, high = torch.full_like(ratios, -60.0), torch.full_like(ratios, 60.0)
    for _ in range(100):
        v = ((low + high) / 2).requires_grad_()
        loss = ratios * model.loss_on_real(v) + model.loss_on_generated(v)
        (slope,) = torch.autograd.grad(loss.sum(), v)
        low, high = torch.where(slope < 0, v, low).detach(), torch.where(slope < 0, high, v).detach()
    return v.detach(), loss.detach()


@pytest.mark.parametrize("model", [GAN, MinimaxGAN, LSGAN])
def test_the_best_output_amounts_to_the_ratio_of_the_densities(model: type[Adversarial]) -> None:
    v, _ = best_outputs(model(LINE), RATIOS)
    torch.testing.assert_close(model(LINE).log_odds(v), RATIOS.log(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_so_does_that_of_f_gan_whose_bound_is_the_divergence_there(name: str) -> None:
    model = FGAN(LINE, divergence=name)  # type: ignore[arg-type]
    v, loss = best_outputs(model, RATIOS)
    torch.testing.assert_close(v, BEST_OUTPUT[name](RATIOS), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.log_odds(v), RATIOS.log(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(-loss, DIVERGENCES[name](RATIOS), rtol=1e-5, atol=1e-5)


def test_the_best_critic_of_the_hinge_loss_is_a_sign() -> None:
    v, _ = best_outputs(HingeGAN(LINE), RATIOS[RATIOS != 1])
    torch.testing.assert_close(v, torch.tensor([-1.0, -1.0, 1.0, 1.0], dtype=torch.float64))


class Mixture:
    """Half N(-c, s^2), half N(c, s^2)."""

    def __init__(self, c: float, s: float) -> None:
        self.c, self.s = c, s

    def pdf(self, x: np.ndarray) -> np.ndarray:
        return (stats.norm.pdf(x, -self.c, self.s) + stats.norm.pdf(x, self.c, self.s)) / 2

    def of(self, z: Tensor) -> Tensor:
        """Examples (n, 1) from normal numbers (n, 2)."""
        return torch.where(z[:, 1:] > 0, self.c, -self.c) + self.s * z[:, :1]


P, Q = Mixture(1.0, 0.5), Mixture(0.4, 0.8)
X = np.linspace(-3.5, 3.5, 1401)


def between(p: Mixture, q: Mixture, steps: int) -> tuple[GAN, float]:
    """A GAN whose generator is fixed to q after its discriminator was trained on p, and the value of the game."""
    torch.manual_seed(0)
    gan, draws = GAN(LINE, latent=2, hidden=(32, 32)), Draws(0)
    gan.generator.forward = q.of  # type: ignore[method-assign]
    optimizer = torch.optim.Adam(gan.discriminator.parameters(), 1e-2)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        gan.discriminator_loss(p.of(draws.normal(1000, 2)), None, draws)[0].backward()
        optimizer.step()
        falling.step()
    with torch.no_grad():
        loss, scalars = gan.discriminator_loss(p.of(draws.normal(200_000, 2)), None, draws)
    assert scalars["jsd"].item() == pytest.approx(math.log(2) - loss.item() / 2, abs=1e-5)
    return gan, -loss.item()


def test_the_trained_discriminator_is_the_optimal_one_and_has_its_value() -> None:
    """D* = p / (p + q), V(D*) = -log 4 + 2 JSD(p, q) (Goodfellow et al. 2014, proposition 1 and theorem 1)."""
    gan, value = between(P, Q, steps=400)
    p, q = P.pdf(X), Q.pdf(X)
    found = torch.sigmoid(gan.discriminate(torch.as_tensor(X, dtype=torch.float32)[:, None])).detach().numpy()
    assert np.average(np.abs(found - p / (p + q)), weights=p + q) < 0.03
    jsd = integrate.trapezoid((p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))) / 2, X)
    assert jsd > 0.05
    assert value == pytest.approx(-math.log(4) + 2 * jsd, abs=0.01)


def test_the_discriminator_rests_at_one_half_where_both_sides_are_alike() -> None:
    gan, value = between(P, P, steps=300)
    found = torch.sigmoid(gan.discriminate(torch.as_tensor(X, dtype=torch.float32)[:, None])).detach().numpy()
    assert np.average(np.abs(found - 0.5), weights=P.pdf(X)) < 0.03
    assert value == pytest.approx(-math.log(4), abs=0.005)


@pytest.mark.parametrize(("model", "steepness"), [(GAN, 1.0), (MinimaxGAN, 0.0)])
def test_where_all_is_rejected_only_the_minimax_gradient_vanishes(model: type[GAN], steepness: float) -> None:
    logit = torch.tensor(-20.0, requires_grad=True)
    gan = model(LINE)
    gan.discriminator.forward = lambda x: logit.expand(len(x))  # type: ignore[method-assign]
    gan.generator_loss(torch.zeros(4, 1), None, Draws(0)).backward()
    assert logit.grad is not None
    assert logit.grad.item() == pytest.approx(-steepness, abs=1e-6)


def closest_normal(f: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """Mean and standard deviation of the normal distribution with the least divergence from the mixture, by quadrature."""
    x = np.linspace(-12, 16, 6001)
    p = 0.7 * stats.norm.pdf(x, 0, 1.5) + 0.3 * stats.norm.pdf(x, 4, 0.7)

    def divergence(parameters: np.ndarray) -> float:
        q = stats.norm.pdf(x, parameters[0], np.exp(parameters[1]))
        ratio = torch.as_tensor((p + 1e-300) / (q + 1e-300))
        return float(integrate.trapezoid(q * f(ratio).nan_to_num(0).numpy(), x))

    best = optimize.minimize(divergence, [1.0, 0.4], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-10})
    return best.x[0], math.exp(best.x[1])


def landing_of(gan: FGAN, best_output: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """Where an affine generator goes by the gradients of its loss, against the best discriminator at every step."""
    shift, log_scale = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.0, 0.3))
    z = torch.as_tensor(stats.norm.ppf((np.arange(4000) + 0.5) / 4000))[:, None]

    def output(x: Tensor) -> Tensor:
        x, normal = x[:, 0], torch.distributions.Normal
        p = 0.7 * normal(0.0, 1.5).log_prob(x).exp() + 0.3 * normal(4.0, 0.7).log_prob(x).exp()
        return best_output(p / normal(shift.detach(), log_scale.exp().detach()).log_prob(x).exp())

    gan.generator.forward = lambda noise: shift + log_scale.exp() * z  # type: ignore[method-assign]
    gan.discriminator.forward = output  # type: ignore[method-assign]
    optimizer = torch.optim.Adam([shift, log_scale], 0.1)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, 200)
    for _ in range(200):
        optimizer.zero_grad()
        gan.generator_loss(z, None, Draws(0)).backward()
        optimizer.step()
        falling.step()
    return shift.item(), log_scale.exp().item()


@pytest.mark.parametrize("name", DIVERGENCES)
def test_each_divergence_lands_at_its_own_closest_normal(name: str) -> None:
    """A normal distribution fitted to a mixture of two: means from 0.88 (reverse KL) to 1.35 (Pearson)."""
    landed = landing_of(FGAN(LINE, divergence=name), BEST_OUTPUT[name])  # type: ignore[arg-type]
    assert landed == pytest.approx(closest_normal(DIVERGENCES[name]), abs=0.007)


def test_the_divergences_do_not_land_at_one_place() -> None:
    means = [closest_normal(f)[0] for f in DIVERGENCES.values()]
    assert np.diff(np.sort(means)).min() > 0.015


def test_kl_lands_at_the_moments_of_the_data() -> None:
    second_moment = 0.7 * 1.5**2 + 0.3 * (4**2 + 0.7**2)
    assert closest_normal(DIVERGENCES["kl"]) == pytest.approx((1.2, math.sqrt(second_moment - 1.2**2)), abs=1e-3)


def test_the_gradient_penalty_is_that_of_double_backward() -> None:
    data = DataSpec("bits", (1, 4, 4), "unit")
    critic, draws = WGANGP(data, hidden=(16, 16)), Draws(3)
    x, generated = draws.uniform(20, *data.shape), draws.uniform(20, *data.shape)
    penalty = critic.gradient_penalty(x, generated, None, Draws(5))
    share = Draws(5).uniform(20, 1, 1, 1)
    points = (share * x + (1 - share) * generated).requires_grad_()
    (gradient,) = torch.autograd.grad(critic.judge(points).sum(), points, create_graph=True)
    expected = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(penalty, expected)
    parameters = [p for name, p in critic.discriminator.named_parameters() if name != "head.bias"]
    ours, theirs = (torch.autograd.grad(value, parameters, allow_unused=True) for value in (penalty, expected))
    for one, other in zip(ours, theirs, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)


def test_the_penalised_critic_gives_the_wasserstein_distance() -> None:
    """Of two point masses a = 2 apart, but for the slack that the penalty leaves: with a constant slope s between them,
    a s - c (s - 1)^2 is largest at s = 1 + a / (2 c), here 1.1."""
    torch.manual_seed(0)
    critic, draws = WGANGP(LINE, penalty=10.0, hidden=(32,)), Draws(0)
    optimizer = torch.optim.Adam(critic.discriminator.parameters(), 1e-2)
    real, generated = torch.ones(64, 1), torch.full((64, 1), -1.0)
    for _ in range(150):
        optimizer.zero_grad()
        loss, scalars = critic.contrast(real, generated, None, draws)
        loss.backward()
        optimizer.step()
    assert scalars["critic_distance"].item() == pytest.approx(2.2, abs=0.05)


def test_clipping_bounds_the_critic_and_leaves_the_generator_alone() -> None:
    x = torch.randn(200, 1)
    torch.manual_seed(0)
    wgan = WGAN(LINE, hidden=(8,), clip=0.05, ema_decay=None)
    wgan.fit(Split(x), Split(x), FitContext("cpu", Budget(5000, 50), 0, Draws(0)))
    assert 0.045 < max(p.abs().max().item() for p in wgan.discriminator.parameters()) <= 0.05 + 1e-7
    assert max(p.abs().max().item() for p in wgan.generator.parameters()) > 0.1
    assert [objective.optimizer.name for objective in wgan.objectives()] == ["rmsprop", "rmsprop"]
