"""What goes with averaged parameters: statistics of batch normalisation and singular vectors that are the average's own."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench.training import averaging
from genbench_adversarial.dcgan import DCGAN
from genbench_adversarial.gan import GAN

IMAGES = DataSpec("images", (1, 8, 8), "unit")


def trained(examples: int = 16 * 60) -> DCGAN:
    """A DCGAN trained a little on blobs, whose weights still move."""
    rng = torch.Generator().manual_seed(0)
    grid = torch.linspace(-1, 1, 8)
    centres = torch.rand(200, 2, 1, generator=rng) - 0.5
    x = torch.exp(-4 * ((grid - centres[:, 0])[:, None, :].square() + (grid - centres[:, 1])[:, :, None].square()))
    split = Split(x[:, None], None)
    torch.manual_seed(0)
    model = DCGAN(IMAGES, channels=4, ema_decay=0.95)
    model.fit(split, split[:50], FitContext("cpu", Budget(examples, 16), 0, Draws(0)))
    return model


def norms(model: DCGAN) -> list[nn.BatchNorm2d]:
    return [module for module in model.generator.modules() if isinstance(module, nn.BatchNorm2d)]


def estimated_anew(model: DCGAN) -> DCGAN:
    """The same weights, with the statistics of their own activations."""
    own = copy.deepcopy(model)
    for norm in norms(own):
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
        norm.train()
    draws = Draws(1)
    with torch.no_grad():
        for _ in range(100):
            own.generator(draws.normal(64, own.latent))
    return own


def distances(model: DCGAN) -> tuple[float, float]:
    """Of means, in standard deviations, and of log variances, from those of the model's own activations."""
    pairs = list(zip(norms(model), norms(estimated_anew(model)), strict=True))
    means = [((a.running_mean - b.running_mean).square() / b.running_var).mean().sqrt() for a, b in pairs]
    variances = [(a.running_var / b.running_var).log().abs().mean() for a, b in pairs]
    return float(torch.stack(means).mean()), float(torch.stack(variances).mean())


def test_statistics_of_batch_normalisation_are_those_of_the_averaged_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    model = trained()
    mean, variance = distances(model)
    assert [norm.momentum for norm in norms(model)] == [0.1] * len(norms(model))
    assert not any(module.training for module in model.modules())
    assert {name: value.tolist() for name, value in trained().state().items() if "running" in name} == {
        name: value.tolist() for name, value in model.state().items() if "running" in name
    }
    monkeypatch.setattr(averaging, "running_statistics", lambda model: [])
    monkeypatch.setattr(DCGAN, "after_fit", lambda *_: None)
    last_mean, last_variance = distances(trained())
    assert mean < min(0.02, last_mean / 2)
    assert variance < min(0.03, last_variance / 2)


class Walking:
    """A trainer of one seed whose parameters and buffers are other numbers, and the buffers other tensors, at each step."""

    def __init__(self) -> None:
        self.skeleton = nn.BatchNorm1d(2)
        self.weight = torch.zeros(1, 2)
        self.values = {"weight": self.weight}
        self.walk(0)

    def walk(self, step: int) -> None:
        self.weight.fill_(step)
        for name in ("running_mean", "running_var"):
            self.values[name] = torch.full((1, 2), float(step + 1))

    def tensors(self) -> dict[str, Tensor]:
        return self.values

    def parameters_by_name(self) -> dict[str, Tensor]:
        return {"weight": self.weight}


def test_parameters_and_statistics_are_averaged_alike() -> None:
    trainer = Walking()
    average = averaging.MovingAverage(trainer, 0.9)  # type: ignore[arg-type]
    expected = 0.0
    for step in range(50):
        trainer.walk(step)
        average.update(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert average.average["weight"].tolist() == [pytest.approx([expected] * 2)]
    for name in ("running_mean", "running_var"):
        assert average.average[name].tolist() == [pytest.approx([expected + 1] * 2)]


def test_what_is_averaged_are_the_running_statistics_alone() -> None:
    names = averaging.running_statistics(DCGAN(IMAGES, channels=4, spectral_norm=True))
    assert {name.rpartition(".")[2] for name in names} == {"running_mean", "running_var"}
    assert any(name.startswith("discriminator.") for name in names)
    assert averaging.running_statistics(nn.BatchNorm1d(3)) == ["running_mean", "running_var"]
    assert averaging.running_statistics(nn.BatchNorm1d(3, track_running_stats=False)) == []


def test_spectral_norms_are_those_of_the_averaged_weights() -> None:
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = GAN(DataSpec("points", (2,), "real"), hidden=(16,), spectral_norm=True, ema_decay=0.99)
    model.fit(Split(x, None), Split(x[:50], None), FitContext("cpu", Budget(64 * 100, 64), 0, Draws(0)))
    layers = [m for m in model.discriminator.modules() if parametrize.is_parametrized(m)]
    largest: list[Tensor] = [torch.linalg.matrix_norm(layer.weight, 2) for layer in layers]  # type: ignore[arg-type]
    assert torch.stack(largest).tolist() == pytest.approx([1.0] * len(layers), abs=1e-3)
