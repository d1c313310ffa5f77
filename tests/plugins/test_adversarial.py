"""The parts that set the variants of the GAN apart, and what all of them share."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parametrizations

import genbench_adversarial
from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench.evaluation.fitted import Fitted
from genbench_adversarial.adversarial import Adversarial
from genbench_adversarial.autoencoding import BEGAN, EBGAN, squared_cosines
from genbench_adversarial.gan import GAN
from genbench_adversarial.lsgan import LSGAN
from genbench_adversarial.minibatch_gan import Closeness, MinibatchGAN
from genbench_adversarial.pacgan import PacGAN
from genbench_adversarial.spectral import normalise, refresh
from genbench_adversarial.unrolled_gan import UnrolledGAN

POINTS = DataSpec("points", (2,), "real")
GREY = DataSpec("grey", (1, 6, 5), "unit", levels=5)
VARIANTS: tuple[str, ...] = (
    "gan", "gan_minimax", "lsgan", "hinge_gan", "wgan", "wgan_gp", "f_gan", "ebgan", "began", "pacgan", "unrolled_gan",
    "minibatch_gan",
)  # fmt: skip
TARGETS = {spec.name: spec.target for spec in genbench_adversarial.genbench_models()}


def variant(name: str) -> type[Adversarial]:
    module, _, attribute = TARGETS[name].partition(":")
    return getattr(import_module(module), attribute)


def trained(model: Adversarial, x: torch.Tensor, steps: int = 20) -> dict[str, torch.Tensor]:
    model.fit(Split(x), Split(x), FitContext("cpu", Budget(steps * 30, 30), 0, Draws(0)))
    return model.state()


@pytest.mark.parametrize(("model", "same"), [(PacGAN, {"packing": 1}), (UnrolledGAN, {"unroll": 0})])
def test_one_in_a_pack_and_no_step_ahead_are_a_gan(model: type[GAN], same: dict[str, int]) -> None:
    x, states = torch.randn(60, 2), []
    for kind, hyperparameters in ((GAN, {}), (model, same)):
        torch.manual_seed(1)
        states.append(trained(kind(POINTS, hidden=(8,), **hyperparameters), x))
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=0, atol=0)


def test_packs_join_neighbours_and_leave_out_what_fills_none() -> None:
    gan, seen = PacGAN(GREY, packing=3, hidden=(8,)), []
    discriminator = gan.discriminator.forward
    gan.discriminator.forward = lambda x: (seen.append(x), discriminator(x))[1]  # type: ignore[method-assign]
    x = torch.arange(8.0)[:, None, None, None].expand(8, *GREY.shape)
    assert gan.judge(x).shape == (2,)
    assert seen[0].shape == (2, 3, 6, 5)
    np.testing.assert_array_equal(seen[0][:, :, 0, 0], [[0, 1, 2], [3, 4, 5]])
    assert gan.discriminate(x).shape == (8,)
    np.testing.assert_array_equal(seen[1][6:, :, 0, 0], [[6, 7, 0], [7, 0, 1]])


def test_the_generator_foresees_steps_of_gradient_descent() -> None:
    """Against autograd's double backward."""
    torch.manual_seed(0)
    gan, x = UnrolledGAN(POINTS, unroll=2, lr_unroll=0.3, hidden=(6,)), torch.randn(40, 2)
    names, ahead = zip(*gan.discriminator.named_parameters(), strict=True)
    generated = gan.generate(40, Draws(1))

    def output(parameters: tuple[torch.Tensor, ...], side: torch.Tensor) -> torch.Tensor:
        return functional_call(gan.discriminator, dict(zip(names, parameters, strict=True)), (side,))

    for _ in range(2):
        loss = gan.loss_on_real(output(ahead, x)).mean() + gan.loss_on_generated(output(ahead, generated)).mean()
        slopes = torch.autograd.grad(loss, ahead, create_graph=True)
        ahead = tuple(p - 0.3 * slope for p, slope in zip(ahead, slopes, strict=True))
    expected = gan.loss_of_generator(output(ahead, generated)).mean()
    found = gan.generator_loss(x, None, Draws(1))
    torch.testing.assert_close(found, expected)
    weights = list(gan.generator.parameters())
    for one, other in zip(torch.autograd.grad(found, weights), torch.autograd.grad(expected, weights), strict=True):
        torch.testing.assert_close(one, other)
    unforeseen = GAN.generator_loss(gan, x, None, Draws(1))
    assert abs(unforeseen.item() - found.item()) > 1e-3


def test_energy_above_the_margin_costs_nothing() -> None:
    gan = EBGAN(POINTS, margin=2.0)
    torch.testing.assert_close(gan.loss_on_generated(torch.tensor([0.5, 2.0, 9.0])), torch.tensor([1.5, 0.0, 0.0]))
    gan.discriminator.forward = lambda x: x + torch.tensor([1.0, 3.0])  # type: ignore[method-assign]
    torch.testing.assert_close(gan.judge(torch.randn(4, 2)), torch.full((4,), 5.0))
    torch.testing.assert_close(gan.discriminate(torch.randn(4, 2)), torch.full((4,), -5.0))


def test_codes_are_pulled_away_from_one_direction() -> None:
    assert squared_cosines(torch.eye(5)).item() == pytest.approx(0, abs=1e-6)
    assert squared_cosines(torch.ones(5, 3)).item() == pytest.approx(1, abs=1e-5)
    codes = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    pairs = [(a, b) for i, a in enumerate(codes) for j, b in enumerate(codes) if i != j]
    cosines = [torch.cosine_similarity(a, b, 0).item() ** 2 for a, b in pairs]
    assert squared_cosines(codes).item() == pytest.approx(np.mean(cosines), abs=1e-5)


def test_the_balance_follows_its_rule_and_stays_in_its_range() -> None:
    gan = BEGAN(POINTS, gamma=0.5, balance_rate=0.1)
    gan.discriminator.forward = lambda x: torch.zeros_like(x)  # type: ignore[method-assign]
    real, generated = torch.full((10, 2), 3.0), torch.full((10, 2), 1.0)
    losses = []
    for balance in (0.05, 0.1):  # 0.1 (0.5 x 3 - 1) a step
        loss, scalars = gan.contrast(real, generated, None, Draws(0))
        losses.append(loss.item())
        assert gan.balance.item() == pytest.approx(balance)
    assert losses == pytest.approx([3, 3 - 0.05])
    assert scalars["convergence"].item() == pytest.approx(3 + 0.5)
    for far, end in ((100.0, 0.0), (0.0, 1.0)):
        for _ in range(10):
            gan.contrast(real, torch.full((10, 2), far), None, Draws(0))
        assert gan.balance.item() == end


def test_closeness_is_one_in_a_collapsed_batch_and_falls_with_distance() -> None:
    closeness = Closeness(inputs=3, kernels=4, kernel_dim=2)
    torch.testing.assert_close(closeness(torch.ones(9, 3)), torch.ones(9, 4))
    features = torch.randn(6, 3)
    projected = closeness.project(features).view(6, 4, 2).detach()
    expected = torch.stack([torch.exp(-torch.cdist(part, part, p=1)).mean(1) for part in projected.unbind(1)], 1)
    torch.testing.assert_close(closeness(features).detach(), expected)
    assert (closeness(100 * features) < closeness(features)).all()


def test_matched_features_are_those_below_the_batch() -> None:
    gan, x = MinibatchGAN(POINTS, matching=2.0), torch.randn(30, 2)
    difference = gan.discriminator.features(x).mean(0) - gan.discriminator.features(gan.generate(30, Draws(2))).mean(0)
    extra = gan.generator_loss(x, None, Draws(2)) - GAN.generator_loss(gan, x, None, Draws(2))
    assert isinstance(extra, torch.Tensor)
    torch.testing.assert_close(extra, 2 * difference.square().sum())


def test_least_squares_outputs_are_probabilities() -> None:
    odds = LSGAN(POINTS).log_odds(torch.tensor([-3.0, 0.2, 0.5, 4.0]))
    torch.testing.assert_close(odds.sigmoid(), torch.tensor([0.0, 0.2, 0.5, 1.0]))


@pytest.mark.parametrize("layer", [nn.Linear(7, 5), nn.Conv2d(3, 4, 3)])
def test_spectral_norm_is_that_of_pytorch_and_tends_to_one(layer: nn.Linear | nn.Conv2d) -> None:
    with torch.no_grad():  # singular values apart, since the power iteration converges by their ratio
        left, _, right = torch.linalg.svd(layer.weight.flatten(1), full_matrices=False)
        weight = (left @ torch.diag(0.8 ** torch.arange(len(left))) @ right).view_as(layer.weight)
        layer.weight.copy_(weight)
    theirs = parametrizations.spectral_norm(nn.Linear(weight[0].numel(), len(weight)), n_power_iterations=200)
    with torch.no_grad():
        theirs.parametrizations.weight.original.copy_(weight.flatten(1))
    network = nn.Sequential(layer)
    normalise(network)
    for _ in range(200):
        refresh(network)
    theirs(torch.zeros(1, weight[0].numel()))
    torch.testing.assert_close(network[0].weight.flatten(1), theirs.weight, rtol=1e-3, atol=1e-4)
    assert torch.linalg.matrix_norm(network[0].weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


def test_the_discriminator_is_normalised_where_asked_for() -> None:
    gan = GAN(POINTS, spectral_norm=True)
    trained(gan, 50 * torch.randn(60, 2), steps=100)
    assert torch.linalg.matrix_norm(gan.discriminator.head.weight, 2).item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_answers(name: str) -> None:
    x = torch.randint(5, (90, *GREY.shape), generator=torch.Generator().manual_seed(0)) / 4
    model = variant(name)(GREY, hidden=(8,))
    before = {key: value.clone() for key, value in model.state().items()}
    trained(model, x)
    assert any((before[key] != value).any() for key, value in model.state().items() if key.startswith("generator"))
    assert any((before[key] != value).any() for key, value in model.state().items() if key.startswith("discriminator"))
    fitted = Fitted(model, GREY, 0)
    samples = fitted.sample(50, "test")
    np.testing.assert_allclose(4 * samples, np.rint(4 * samples), atol=1e-5)
    assert fitted.discriminate(x.numpy()).shape == (90,)
