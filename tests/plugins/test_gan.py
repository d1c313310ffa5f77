"""The losses of the GAN against closed forms, its optimal discriminator, and samples in the data's own space."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from genbench import Budget, DataError, DataSpec, Draws, FitContext, Split
from genbench.evaluation.fitted import Fitted
from genbench.training import Optimizer
from genbench_adversarial.gan import GAN

LINE = DataSpec("line", (1,), "real")
BITS = DataSpec("bits", (1, 6, 5), "binary")
GREY = DataSpec("grey", (2, 9, 7), "unit", levels=5)


def set_logits(gan: GAN, function: object) -> None:
    gan.discriminator.forward = function  # type: ignore[assignment, method-assign]


def test_an_undecided_discriminator_costs_log_4_and_the_generator_log_2() -> None:
    gan = GAN(LINE)
    set_logits(gan, lambda x: torch.zeros(len(x)))
    loss, scalars = gan.discriminator_loss(torch.randn(10, 1), None, Draws(0))
    assert loss.item() == pytest.approx(math.log(4))
    assert scalars["real"].item() == scalars["generated"].item() == 0.5
    assert gan.generator_loss(torch.randn(10, 1), None, Draws(0)).item() == pytest.approx(math.log(2))


def test_losses_are_those_of_the_paper() -> None:
    gan, x = GAN(LINE), torch.randn(50, 1)
    generated = gan.generate(50, Draws(3))
    real, fake = gan.discriminate(x).sigmoid(), gan.discriminate(generated).sigmoid()
    discriminator_loss, _ = gan.discriminator_loss(x, None, Draws(3))
    torch.testing.assert_close(discriminator_loss, -(real.log().mean() + (1 - fake).log().mean()))
    torch.testing.assert_close(gan.generator_loss(x, None, Draws(3)), -fake.log().mean())


def test_the_optimal_discriminator_has_the_value_of_the_jensen_shannon_divergence() -> None:
    """With D = p / (p + q) the value is -log 4 + 2 JSD(p, q) (Goodfellow et al. 2014, theorem 1)."""
    p, q = stats.norm(0, 1), stats.norm(1, 1)

    def divergence(x: float) -> float:
        middle = (p.pdf(x) + q.pdf(x)) / 2
        return sum(d.pdf(x) * (d.logpdf(x) - math.log(middle)) / 2 for d in (p, q))

    gan, n = GAN(LINE, latent=1), 200_000
    gan.generator.forward = lambda z: z + 1  # type: ignore[method-assign]
    set_logits(gan, lambda x: (1 - 2 * x[:, 0]) / 2)  # log p - log q
    loss, _ = gan.discriminator_loss(Draws(1).normal(n, 1), None, Draws(0))
    jsd = integrate.quad(divergence, -10, 11)[0]
    assert -loss.item() == pytest.approx(-math.log(4) + 2 * jsd, abs=0.005)
    for offset in (-0.3, 0.3):
        set_logits(gan, lambda x, offset=offset: (1 - 2 * x[:, 0]) / 2 + offset)
        assert gan.discriminator_loss(Draws(1).normal(n, 1), None, Draws(0))[0] > loss


def test_the_trained_discriminator_is_near_the_optimal_one() -> None:
    gan = GAN(LINE, latent=1, hidden=(32,))
    gan.generator.forward = lambda z: z + 1  # type: ignore[method-assign]
    draws, optimizer = Draws(0), torch.optim.Adam(gan.discriminator.parameters(), 1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        gan.discriminator_loss(draws.normal(512, 1), None, draws)[0].backward()
        optimizer.step()
    x = torch.linspace(-1.5, 2.5, 50)[:, None]
    optimal = torch.sigmoid((1 - 2 * x[:, 0]) / 2)
    assert (gan.discriminate(x).sigmoid() - optimal).abs().max() < 0.08


def test_the_loss_does_not_saturate_where_the_discriminator_is_sure() -> None:
    """At D(G(z)) near 0 the gradient by the logit is -1 for -log D, and near 0 for log(1 - D)."""
    logit = torch.tensor(-20.0, requires_grad=True)
    gan = GAN(LINE)
    set_logits(gan, lambda x: logit.expand(len(x)))
    gan.generator_loss(torch.zeros(4, 1), None, Draws(0)).backward()
    assert logit.grad is not None
    assert logit.grad.item() == pytest.approx(-1)


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("data", [BITS, GREY])
def test_samples_live_in_the_space_of_the_data(network: str, data: DataSpec) -> None:
    gan = GAN(data, network=network)  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter in gan.generator.parameters():
            parameter.mul_(5)  # so that outputs differ by more than a level
    x = Fitted(gan, data, 0).sample(40, "test")
    steps = x * ((data.levels or 2) - 1)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-5)
    assert len(np.unique(x)) > 1
    assert x.min() >= 0
    assert x.max() <= 1
    assert gan.discriminate(torch.as_tensor(x)).shape == (40,)


def test_convolutions_want_images() -> None:
    with pytest.raises(DataError, match="network=conv takes images, and line has the shape"):
        GAN(LINE, network="conv")


def test_bits_are_drawn_with_the_probabilities_of_the_generator() -> None:
    gan = GAN(BITS)
    gan.generator.forward = lambda z: torch.full((len(z), *BITS.shape), 0.3)  # type: ignore[method-assign]
    assert gan.sample(2000, Draws(0)).mean().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("data", [BITS, GREY])
def test_the_discriminator_sees_what_is_sampled_and_the_generator_learns_all_the_same(data: DataSpec) -> None:
    gan = GAN(data)
    torch.testing.assert_close(gan.generate(30, Draws(1)), gan.sample(30, Draws(1)))
    gan.generator_loss(torch.zeros(30, *data.shape), None, Draws(1)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in gan.generator.parameters())


def test_hyperparameters_reach_the_objectives() -> None:
    rates = {"lr_generator": 1e-4, "lr_discriminator": 2e-4}
    discriminator, generator = GAN(LINE, k=3, beta1=0.1, schedule="linear", **rates).objectives()
    assert (discriminator.repeats, discriminator.trains, generator.repeats, generator.trains) == (
        3, "discriminator", 1, "generator",
    )  # fmt: skip
    assert generator.optimizer == Optimizer("adam", lr=1e-4, betas=(0.1, 0.999), schedule="linear")
    assert discriminator.optimizer == Optimizer("adam", lr=2e-4, betas=(0.1, 0.999), schedule="linear")


def test_a_gaussian_is_learned_and_the_log_tells_of_both_sides() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([2.0, -1.0], [0.5, 1.0], (2000, 2)).astype(np.float32)
    data, logged = DataSpec("blob", (2,), "real"), {}
    torch.manual_seed(0)
    gan = GAN(data, latent=4, hidden=(64, 64))
    context = FitContext("cpu", Budget(100_000, 100), 0, Draws(0), on_log=lambda step, scalars: logged.update(scalars))
    gan.fit(Split(x).to_torch(), Split(x[:200]).to_torch(), context)
    samples = gan.sample(5000, Draws(1)).detach().numpy()
    np.testing.assert_allclose(samples.mean(0), x.mean(0), atol=0.25)
    np.testing.assert_allclose(samples.std(0), x.std(0), rtol=0.35)
    assert 0.3 < logged["real"] < 0.8
    assert 0.2 < logged["generated"] < 0.7
