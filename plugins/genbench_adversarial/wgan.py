"""Wasserstein GANs: with clipped weights (Arjovsky et al. 2017) and with a gradient penalty (Gulrajani et al. 2017)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from genbench import DataSpec, Draws
from genbench.training import Optimizer, input_gradient
from genbench_adversarial.adversarial import Adversarial, Beta, Rate, Scalars

Steps = Annotated[int, Field(ge=1)]
TINY = 1e-12
"""Added to squared norms, for the derivative of the root at 0."""


class Wasserstein(Adversarial):
    """A critic f maximises E f(x) - E f(G(z)), which over 1-Lipschitz functions is the Wasserstein-1 distance; the generator
    minimises it."""

    discriminator_gives: ClassVar[Literal["log_odds", "critic"]] = "critic"

    def loss_on_real(self, output: Tensor) -> Tensor:
        return -output

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return output

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return -output


class WGAN(Wasserstein):
    """WGAN, algorithm 1: the critic's parameters are clamped to [-clip, clip] after each of its steps.

    optimizer  ``rmsprop`` as in the paper, or ``adam``, which alone uses ``beta1`` and ``beta2``.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        k: Steps = 5,
        clip: Rate = 0.01,
        optimizer: Literal["rmsprop", "adam"] = "rmsprop",
        **inherited: Any,
    ) -> None:
        super().__init__(data, k=k, **inherited)
        self.clip, self.optimizer = clip, optimizer

    def optimizers(self) -> tuple[Optimizer, Optimizer]:
        discriminator, generator = (replace(optimizer, name=self.optimizer) for optimizer in super().optimizers())
        return replace(discriminator, clip_weights=self.clip), generator


class WGANGP(Wasserstein):
    """WGAN with gradient penalty, algorithm 1: ``penalty`` times the mean of (|grad f| - 1)^2 at random points between real
    and generated examples is added to the critic's loss.

    penalty  None: 10, as in the paper; for points in the plane 0.1, as in the authors' code for such data.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        penalty: Rate | None = None,
        beta1: Beta = 0.0,
        beta2: Beta = 0.9,
        **inherited: Any,
    ) -> None:
        super().__init__(data, beta1=beta1, beta2=beta2, **inherited)
        self.penalty = penalty or (0.1 if data.shape == (2,) else 10.0)

    def contrast(self, x: Tensor, generated: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        loss, scalars = super().contrast(x, generated, y, draws)
        penalty = self.gradient_penalty(x, generated, y, draws)
        return loss + self.penalty * penalty, {**scalars, "gradient_penalty": penalty}

    def gradient_penalty(self, x: Tensor, generated: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        """The mean of (|grad f| - 1)^2, one point for each pair of a real and a generated example."""
        share = draws.uniform(len(x), *[1] * (x.dim() - 1))
        between = torch.lerp(generated, x, share.expand_as(x))
        gradient = input_gradient(lambda points: self.judge(points, y), between)
        return ((gradient.flatten(1).square().sum(1) + TINY).sqrt() - 1).square().mean()
