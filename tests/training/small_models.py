"""Small neural models, each with one thing that the loop must get right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench.training import NeuralModel, Objective, Optimizer, input_gradient

DATA = DataSpec("points", (3,), "real", classes=2)
F = nn.functional


def points(n: int, seed: int = 0) -> Split:
    """Labelled points (n, 3)."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 2
    return Split(torch.randn(n, 3, generator=generator) + 2 * y[:, None], y)


def context(seed: int, steps: int = 50, batch_size: int = 16, **more: Any) -> FitContext:
    return FitContext("cpu", Budget(steps * batch_size, batch_size), seed, Draws(seed), **more)


def built(model: Callable[[], NeuralModel], seeds: Sequence[int]) -> list[NeuralModel]:
    """One model for each seed, initialised from it."""
    models = []
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            models.append(model())
    return models


def mlp(inputs: int, hidden: int, outputs: int, norm: bool = False) -> nn.Sequential:
    between = [nn.BatchNorm1d(hidden)] if norm else []
    bias = not norm  # a bias before batch norm has no gradient but rounding, of which Adam makes whole steps
    return nn.Sequential(nn.Linear(inputs, hidden, bias), *between, nn.Tanh(), nn.Linear(hidden, outputs))


class Denoiser(NeuralModel):
    """A perceptron that predicts a point from a noisy one; the optimiser is a hyperparameter."""

    optimizer = Optimizer()
    norm = False

    def __init__(self, data: DataSpec = DATA) -> None:
        super().__init__(data)
        self.net = mlp(data.dim, 16, data.dim, self.norm)

    def objectives(self) -> list[Objective]:
        return [Objective("mse", self.loss, optimizer=self.optimizer)]

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        noise = draws.normal(*x.shape)
        return F.mse_loss(self.net(x + 0.5 * noise), x), {"noise": noise.square().mean()}


class WithBatchNorm(Denoiser):
    norm = True


class WithCriterion(Denoiser):
    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return F.mse_loss(self.net(x + 0.5 * draws.normal(*x.shape)), x)


class WithAverage(Denoiser):
    ema_decay = 0.9


class WithDropout(Denoiser):
    """``vmap`` refuses it: dropout draws from the global generator."""

    def __init__(self, data: DataSpec = DATA) -> None:
        super().__init__(data)
        self.net.insert(2, nn.Dropout(0.5))


class Critic(NeuralModel):
    """A GAN with two critic steps, a gradient penalty and clipped weights of the critic."""

    def __init__(self, data: DataSpec = DATA) -> None:
        super().__init__(data)
        self.generator = mlp(2, 16, data.dim)
        self.critic = mlp(data.dim, 16, 1)

    def objectives(self) -> list[Objective]:
        clipped = Optimizer("rmsprop", lr=1e-3, clip_weights=0.3)
        return [
            Objective("critic", self.critic_loss, trains="critic", repeats=2, optimizer=clipped),
            Objective("generator", self.generator_loss, trains="generator", every=2),
        ]

    def critic_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        fake = self.generator(draws.normal(len(x), 2))
        share = draws.uniform(len(x), 1)
        slopes = input_gradient(lambda points: self.critic(points)[:, 0], share * x + (1 - share) * fake)
        penalty = (slopes.flatten(1).norm(dim=1) - 1).square().mean()
        return self.critic(fake).mean() - self.critic(x).mean() + 10 * penalty

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return -self.critic(self.generator(draws.normal(len(x), 2))).mean()


class Scalars:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, dict[str, float]]] = []

    def __call__(self, step: int, scalars: dict[str, float]) -> None:
        self.entries.append((step, scalars))
