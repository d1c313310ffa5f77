"""What sets the GANs with more than two plain networks apart: guidelines, pyramids, shared weights, mixtures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import optimize
from torch import nn

from genbench import Budget, DataError, DataSpec, Draws, FitContext, Split
from genbench.evaluation.fitted import Fitted
from genbench.training.loop import fit_side_by_side
from genbench_adversarial.adagan import AdaGAN, changed, drawn, next_weights
from genbench_adversarial.bayesian_gan import BayesianGAN
from genbench_adversarial.bigan import BiGAN
from genbench_adversarial.cogan import CoGAN, layer_names
from genbench_adversarial.conditional import ACGAN
from genbench_adversarial.dcgan import DCGAN
from genbench_adversarial.infogan import InfoGAN
from genbench_adversarial.lapgan import LAPGAN, enlarged, shrunk

torch.set_num_threads(1)  # such small tensors only lose by a second one

POINTS = DataSpec("points", (2,), "real")
GREY = DataSpec("grey", (1, 8, 8), "unit", levels=17, classes=3)
BITS = DataSpec("bits", (1, 8, 8), "binary")
COLOURS = DataSpec("colours", (3, 13, 30), "unit")


def context(examples: int, batch: int = 32, seed: int = 0) -> FitContext:
    return FitContext("cpu", Budget(examples, batch), seed, Draws(seed))


@pytest.mark.parametrize("data", [GREY, COLOURS])
def test_dcgan_keeps_the_five_guidelines(data: DataSpec) -> None:
    gan = DCGAN(data, channels=4)
    generator, discriminator = list(gan.generator.modules()), list(gan.discriminator.modules())
    both = generator + discriminator
    of_kind = {kind: [m for m in both if isinstance(m, kind)] for kind in (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)}
    # Strided convolutions, and no pooling.
    assert not any("pool" in type(module).__name__.lower() for module in both)
    assert all(convolution.stride == (2, 2) for convolution in of_kind[nn.ConvTranspose2d])
    assert all(convolution.stride == (2, 2) for convolution in of_kind[nn.Conv2d][:-1])
    # Batch normalisation in both, but for the generator's output and the discriminator's input.
    for network in (gan.generator.layers, gan.discriminator.layers):
        assert any(isinstance(module, nn.BatchNorm2d) for module in network)
    assert isinstance(gan.generator.layers[-2], nn.ConvTranspose2d)
    assert isinstance(gan.discriminator.layers[1], nn.LeakyReLU)
    # No fully connected layer but the projection of the noise.
    assert of_kind[nn.Linear] == [gan.generator.layers[0]]
    # Rectifiers and tanh in the generator, leaky ones in the discriminator.
    assert isinstance(gan.generator.layers[-1], nn.Tanh)
    assert any(isinstance(module, nn.ReLU) for module in generator)
    assert not any(isinstance(module, nn.ReLU) for module in discriminator)
    assert not any(isinstance(module, nn.LeakyReLU) for module in generator)
    assert {module.negative_slope for module in discriminator if isinstance(module, nn.LeakyReLU)} == {0.2}


def test_dcgan_fills_the_range_of_the_data_and_takes_images_alone() -> None:
    gan = DCGAN(COLOURS, channels=4)
    with torch.no_grad():
        gan.generator.layers[-2].weight.mul_(200)
    images = gan.sample(20, Draws(0)).detach()
    assert images.shape == (20, *COLOURS.shape)
    assert 0 <= images.min() < 0.05
    assert 0.95 < images.max() <= 1
    assert gan.discriminate(images).shape == (20,)
    assert DCGAN.refuses(POINTS) is not None
    assert DCGAN.refuses(DataSpec("table", (5,), "unit")) == LAPGAN.refuses(POINTS) == "takes images alone"


def test_a_pyramid_gives_the_image_back() -> None:
    gan = LAPGAN(COLOURS, levels=3, hidden=(4,))
    x = torch.rand(5, *COLOURS.shape)
    levels = [gan.at_level(x, level) for level in range(3)]
    assert [image.shape[2:] for image, _ in levels] == [(4, 8), (7, 15), (13, 30)]
    details = [image - low for image, low in levels[1:]]
    image = levels[0][0]
    for detail in details:
        image = enlarged(image, detail.shape[2:]) + detail
    torch.testing.assert_close(image, x)
    torch.testing.assert_close(shrunk(torch.full((1, 1, 5, 5), 0.3)), torch.full((1, 1, 3, 3), 0.3))
    assert LAPGAN(GREY, hidden=(4,)).levels == 2
    assert LAPGAN(DataSpec("mnist", (1, 28, 28), "unit"), hidden=(4,)).levels == 3


def test_levels_of_a_pyramid_learn_by_themselves_and_log_odds_add_up() -> None:
    gan = LAPGAN(GREY, hidden=(4,))
    assert [objective.trains for objective in gan.objectives()] == [
        "discriminator.0", "generator.levels.0", "discriminator.1", "generator.levels.1",
    ]  # fmt: skip
    x = torch.rand(6, *GREY.shape)
    for objective in gan.objectives():
        answer = objective.loss(x, None, Draws(0))
        loss = answer[0] if isinstance(answer, tuple) else answer
        named = dict(gan.named_parameters())
        trained = set(objective.trained_names(gan))
        gradients = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
        other = "1" if "0" in str(objective.trains) else "0"
        of_other_level = (f"generator.levels.{other}.", f"discriminator.{other}.")
        for name, gradient in zip(named, gradients, strict=True):
            assert gradient is not None or name not in trained
            assert gradient is None or not name.startswith(of_other_level)
    sums = sum(gan.output(level, *gan.at_level(x, level)) for level in range(2))
    torch.testing.assert_close(gan.discriminate(x), sums)


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_cogan_shares_the_generators_first_layers_and_the_discriminators_last(network: str) -> None:
    gan = CoGAN(GREY, network=network, hidden=(8, 8), channels=4)  # type: ignore[arg-type]
    for twins, own in ((gan.generator, -1), (gan.discriminator, 0)):
        names = layer_names(twins.first)
        assert len(names) == 3
        for name in names:
            same = twins.first.get_submodule(name) is twins.second.get_submodule(name)
            assert same == (name != names[own])
    z = torch.randn(4, gan.latent)
    assert not torch.equal(gan.generator.first(z), gan.generator.second(z))
    state = gan.state()
    other = CoGAN(GREY, network=network, hidden=(8, 8), channels=4)  # type: ignore[arg-type]
    other.restore(state)
    torch.testing.assert_close(other.generator.second(z), gan.generator.second(z))


def test_cogan_never_sees_an_example_with_its_negative() -> None:
    gan, seen = CoGAN(POINTS, hidden=(8,)), []
    for judge in gan.judges:
        judge.forward = lambda x: (seen.append(x), x[:, 0])[1]  # type: ignore[method-assign]
    x = torch.arange(10.0)[:, None].expand(10, 2)
    gan.discriminator_loss(x, None, Draws(0))
    torch.testing.assert_close(seen[0], x[:5])
    torch.testing.assert_close(seen[2], -x[5:])


def test_weights_of_adagan_are_those_of_the_paper() -> None:
    """(lambda - (1 - beta) p_g / p)_+ / (n beta), with the lambda that makes them sum to 1 (Tolstikhin et al. 2017)."""
    generator = torch.Generator().manual_seed(0)
    for beta in (0.5, 1 / 3, 0.1):
        log_odds = 2 * torch.randn(200, generator=generator)
        ratio = np.exp(-log_odds.numpy().astype(float))

        def weights(level: float, ratio: np.ndarray = ratio, beta: float = beta) -> np.ndarray:
            return np.maximum(level - (1 - beta) * ratio, 0) / (200 * beta)

        level = optimize.brentq(lambda level, weights=weights: weights(level).sum() - 1, 0, 1e3, xtol=1e-13)
        np.testing.assert_allclose(next_weights(log_odds, beta), weights(level), atol=1e-6)


def test_what_the_mixture_covers_gets_no_weight_and_what_it_lacks_gets_all() -> None:
    torch.testing.assert_close(next_weights(torch.zeros(50), 0.5), torch.full((50,), 0.02, dtype=torch.float64))
    half = torch.cat(
        [torch.full((50,), 20.0), torch.full((50,), -math.log(2))]
    )  # p_g = 0 on one half, 2 p on the other
    weights = next_weights(half, 0.5)
    np.testing.assert_allclose(weights, np.repeat([0.02, 0], 50), atol=1e-6)
    assert set((drawn(weights, Draws(0)) < 50).tolist()) == {True}
    counts = torch.bincount(drawn(torch.tensor([1.0, 0, 3.0]).repeat(1000), Draws(1)) % 3, minlength=3)
    np.testing.assert_allclose(counts / 3000, [0.25, 0, 0.75], atol=0.03)


def test_shares_of_adagan_are_equal_at_the_end_and_parts_keep_their_own_defaults() -> None:
    gan = AdaGAN(POINTS, stages=3, hidden=(8,), base="wgan_gp")
    for stage, shares in enumerate(([1, 0, 0], [0.5, 0.5, 0], [1 / 3] * 3)):
        gan.admit(stage)
        torch.testing.assert_close(gan.shares, torch.tensor(shares, dtype=torch.float32))
    assert gan.parts[0].betas == (0.0, 0.9)
    assert changed({"hidden": (8,), "k": 1}) == {"hidden": (8,)}
    with pytest.raises(DataError, match="base=dcgan"):
        AdaGAN(POINTS, base="dcgan")


def test_adagan_adds_what_the_first_part_left_out() -> None:
    """A first part that has learned one of two clusters: the next is trained on the other."""
    torch.manual_seed(0)
    centres = torch.tensor([[-3.0, 0.0], [3.0, 0.0]])
    x = centres[torch.arange(1000) % 2] + 0.3 * Draws(1).normal(1000, 2)
    gan = AdaGAN(POINTS, stages=2, hidden=(32,))
    first, second = gan.parts
    seen: list[torch.Tensor] = []
    first.fit = lambda *arguments: None  # type: ignore[method-assign]
    first.generator.forward = lambda z: centres[0] + 0.3 * z  # type: ignore[method-assign]
    second.fit = lambda train, *rest: seen.append(train.x)  # type: ignore[method-assign, misc]
    gan.fit(Split(x), Split(x), context(200_000, 100))
    assert (seen[0][:, 0] > 0).float().mean() > 0.9


def test_bayesian_generators_make_equal_shares_in_training_and_random_ones_in_samples() -> None:
    gan = BayesianGAN(POINTS, generators=4, hidden=(8,))
    for value, generator in enumerate(gan.generator):
        generator.forward = lambda z, value=value: torch.full((len(z), 2), float(value))  # type: ignore[method-assign]
    assert torch.bincount(gan.generate(40, Draws(0))[:, 0].long()).tolist() == [10] * 4
    counts = torch.bincount(gan.sample(4000, Draws(0))[:, 0].long())
    assert counts.min() > 850
    assert len(set(counts.tolist())) > 1


def test_prior_and_noise_of_bayesian_gan_are_those_of_sghmc() -> None:
    """The gradient by a weight w is (w / scale^2 + noise) / observations, the noise's variance 2 friction / rate."""
    gan = BayesianGAN(POINTS, hidden=(64, 64), prior_scale=0.5, friction=0.1, observations=100, lr_generator=0.01)
    weights = list(gan.generator.parameters())
    gradients = torch.autograd.grad(gan.prior_and_noise(gan.generator, 0.01, Draws(0)), weights)
    noise = [100 * gradient - weight / 0.25 for weight, gradient in zip(weights, gradients, strict=True)]
    flat = torch.cat([part.flatten() for part in noise]).detach()
    assert flat.mean().abs() < 0.1
    assert flat.var().item() == pytest.approx(2 * 0.1 / 0.01, rel=0.05)
    quiet = BayesianGAN(POINTS, hidden=(8,), friction=0.0)
    square = sum(weight.square().sum() for weight in quiet.generator.parameters())
    torch.testing.assert_close(quiet.prior_and_noise(quiet.generator, 0.01, Draws(0)), square / 2 / 10_000)


SMALL = {"latent": 3, "hidden": (8,)}
STACKED = [(ACGAN, GREY), (InfoGAN, BITS), (BiGAN, GREY), (CoGAN, BITS), (LAPGAN, BITS), (BayesianGAN, POINTS)]


@pytest.mark.parametrize(("kind", "data"), STACKED)
def test_seeds_in_one_stack_and_alone_agree(kind, data: DataSpec, capsys: pytest.CaptureFixture[str]) -> None:
    generator = torch.Generator().manual_seed(0)
    train = Split((torch.rand(60, *data.shape, generator=generator) < 0.5).float(), torch.arange(60) % 3)
    states = []
    for seeds in ([0, 1], [1]):
        models = []
        for seed in seeds:
            torch.manual_seed(seed)
            models.append(kind(data, **SMALL))
        errors = fit_side_by_side(models, train, train, [context(8 * 10, 10, seed) for seed in seeds])
        assert errors == [None] * len(seeds)
        states.append(models[-1].state())
    assert "in one stack" in capsys.readouterr().out
    for name, value in states[0].items():
        torch.testing.assert_close(value, states[1][name], rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize(("kind", "data"), [*STACKED, (DCGAN, GREY), (AdaGAN, BITS)])
def test_samples_live_in_the_space_of_the_data(kind, data: DataSpec) -> None:
    model = kind(data, **SMALL)
    if kind is AdaGAN:
        model.admit(0)
    samples = Fitted(model, data, 0).sample(30, "test")
    assert samples.shape == (30, *data.shape)
    if data.levels or data.support == "binary":
        steps = samples * ((data.levels or 2) - 1)
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-5)
        assert 0 <= samples.min() <= samples.max() <= 1
