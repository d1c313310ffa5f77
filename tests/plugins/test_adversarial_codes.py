"""GANs with labels, codes and encoders: what is asked for is given, and what is put in can be read off."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from genbench import Budget, DataSpec, Draws, FitContext, Split, Unavailable
from genbench_adversarial.bigan import VEEGAN, BiGAN
from genbench_adversarial.conditional import ACGAN, ConditionalGAN
from genbench_adversarial.infogan import Code, InfoGAN

torch.set_num_threads(1)  # such small tensors only lose by a second one

CENTRES = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 3.0]])
THREE = DataSpec("three", (2,), "real", classes=3)
POINTS = DataSpec("points", (2,), "real")
LINE = DataSpec("line", (1,), "real")


def three_blobs(*labels: int, n: int = 1500) -> Split:
    """Three classes well apart; the labels follow each other in this order."""
    generator = torch.Generator().manual_seed(0)
    y = torch.tensor(labels).repeat(n)[:n]
    return Split(CENTRES[y] + 0.3 * torch.randn(n, 2, generator=generator), y)


def fit(model, train: Split, examples: int, batch: int = 64) -> dict[str, list[float]]:
    """Train the model; what it logged."""
    logged: dict[str, list[float]] = {}

    def log(step: int, scalars: dict[str, float]) -> None:
        for name, value in scalars.items():
            logged.setdefault(name, []).append(value)

    model.fit(train, train[:200], FitContext("cpu", Budget(examples, batch), 0, Draws(0), on_log=log))
    return logged


@pytest.mark.parametrize("kind", [ConditionalGAN, pytest.param(ACGAN, marks=pytest.mark.slow)])
def test_samples_carry_the_label_asked_for_and_labels_keep_their_shares(kind) -> None:
    torch.manual_seed(0)
    model = kind(THREE, hidden=(32, 32), latent=2)
    fit(model, three_blobs(0, 0, 1, 2), 40_000)
    asked = torch.arange(300) % 3
    nearest = torch.cdist(model.sample(300, Draws(1), asked), CENTRES).argmin(1)
    assert (nearest == asked).float().mean() > 0.95
    freely = torch.cdist(model.sample(2000, Draws(2)), CENTRES).argmin(1)
    np.testing.assert_allclose(torch.bincount(freely, minlength=3) / 2000, [0.5, 0.25, 0.25], atol=0.06)
    torch.testing.assert_close(model.label_shares, torch.tensor([0.5, 0.25, 0.25]))


def test_a_conditional_discriminator_wants_the_label() -> None:
    model = ConditionalGAN(THREE, hidden=(8,))
    x = torch.randn(5, 2)
    assert not torch.equal(model.discriminate(x, torch.zeros(5).long()), model.discriminate(x, torch.ones(5).long()))
    with pytest.raises(Unavailable, match="given label"):
        model.discriminate(x)
    assert ConditionalGAN.refuses(POINTS) == "needs labels"


def test_the_class_loss_of_acgan_counts_on_both_sides() -> None:
    """Odena, Olah & Shlens 2017: with a classifier that knows nothing L_C is log 3 on each side."""
    model = ACGAN(THREE, hidden=(8,), class_weight=0.5)
    with torch.no_grad():
        for parameter in (*model.classifier.parameters(), *model.discriminator.head.parameters()):
            parameter.zero_()
    x, y = torch.randn(12, 2), torch.arange(12) % 3
    loss, scalars = model.discriminator_loss(x, y, Draws(0))
    assert scalars["class_loss"].item() == pytest.approx(math.log(3))
    assert loss.item() == pytest.approx(math.log(4) + 0.5 * 2 * math.log(3))
    assert model.generator_loss(x, y, Draws(0)).item() == pytest.approx(math.log(2) + 0.5 * math.log(3))


def test_the_information_bound_is_the_entropy_at_most_and_reaches_it_where_the_code_is_known() -> None:
    model = InfoGAN(POINTS, categories=4, continuous=1, hidden=(8,))
    code = Code(torch.arange(8) % 4, torch.zeros(8, 1))
    known = torch.cat([50 * torch.nn.functional.one_hot(code.category, 4), torch.zeros(8, 2)], 1).float()
    assert model.information_bounds(known, code)[0].item() == pytest.approx(math.log(4))
    assert model.information_bounds(torch.zeros(8, 6), code)[0].item() == pytest.approx(0, abs=1e-6)
    for seed in range(20):
        posterior = 5 * torch.randn(8, 6, generator=torch.Generator().manual_seed(seed))
        assert model.information_bounds(posterior, code)[0] <= math.log(4)


def test_the_bound_of_a_continuous_code_is_that_of_its_gaussian_posterior() -> None:
    model = InfoGAN(POINTS, categories=2, continuous=1, hidden=(8,))
    code = Code(torch.zeros(3).long(), torch.tensor([[0.5], [0.0], [-1.0]]))
    posterior = torch.tensor([[0.0, 0.0, 0.1, -1.0]]).expand(3, -1)
    density = torch.distributions.Normal(0.1, math.exp(-1)).log_prob(code.continuous)
    expected = density.mean().item() + math.log(2)
    assert model.information_bounds(posterior, code)[1].item() == pytest.approx(expected, rel=1e-5)


def test_categories_of_infogan_can_be_read_off_and_say_something_of_the_classes() -> None:
    torch.manual_seed(0)
    model = InfoGAN(POINTS, categories=3, continuous=0, hidden=(32, 32), latent=2)
    train = three_blobs(0, 1, 2)
    logged = fit(model, Split(train.x), 60_000)
    assert max(logged["mutual_information"]) <= math.log(3) + 1e-6
    assert logged["mutual_information"][-1] > 0.8 * math.log(3)
    groups = model.cluster(train.x)
    counts = torch.stack([torch.bincount(groups[train.y == label], minlength=3) for label in range(3)])
    assert counts.max(0).values.sum() / len(train) > 0.6
    code, generated = model.with_known_code(1000, Draws(1))
    assert (model.cluster(generated) == code.category).float().mean() > 0.85
    posterior = model.embed(train.x)
    assert posterior.shape == (len(train), 3)
    torch.testing.assert_close(posterior.sum(1), torch.ones(len(train)))


@pytest.mark.parametrize("kind", [BiGAN, pytest.param(VEEGAN, marks=pytest.mark.slow)])
def test_the_encoder_inverts_the_generator_on_a_line(kind) -> None:
    """x is standard normal, so that only z = x and z = -x make pairs of both sides alike."""
    torch.manual_seed(0)
    model = kind(LINE, latent=1, hidden=(32, 32), lr_generator=5e-4, lr_discriminator=4e-3, ema_decay=0.99)
    x = Draws(5).normal(4000, 1)
    fit(model, Split(x), 100_000, batch=100)
    restored, code = model.reconstruct(x, Draws(0)).detach(), model.embed(x).detach()
    assert (restored - x).abs().mean() < 0.25
    assert abs(np.corrcoef(code.T, x.T)[0, 1]) > 0.95
    assert 0.7 < code.std() < 1.3


def test_losses_of_bigan_exchange_the_labels() -> None:
    """With logits of 0 on real pairs and 3 on generated ones: softplus(0) + softplus(-3) for generator and encoder."""
    model = BiGAN(POINTS, latent=2, hidden=(8,))
    real = torch.full((6, 2), 7.0)
    model.discriminator.forward = lambda x, given: torch.where((x == 7).all(1), 0.0, 3.0)  # type: ignore[method-assign]
    expected = math.log(2) + math.log1p(math.exp(-3))
    assert model.generator_loss(real, None, Draws(0)).item() == pytest.approx(expected)
    loss, _ = model.discriminator_loss(real, None, Draws(0))
    assert loss.item() == pytest.approx(math.log(2) + math.log1p(math.exp(3)))


def test_veegan_counts_the_error_of_the_noise_that_was_put_in() -> None:
    model = VEEGAN(POINTS, latent=3, hidden=(8,), reconstruction=2.0)
    model.encoder.forward = lambda x: torch.zeros(len(x), 3)  # type: ignore[method-assign]
    model.discriminator.forward = lambda x, given: torch.full((len(x),), 1.5)  # type: ignore[method-assign]
    loss, scalars = model.generator_loss(torch.zeros(2000, 2), None, Draws(0))
    assert scalars["reconstruction_error"].item() == pytest.approx(3, rel=0.1)
    assert loss.item() == pytest.approx(-1.5 + 2 * scalars["reconstruction_error"].item(), rel=1e-5)
