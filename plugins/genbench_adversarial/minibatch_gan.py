"""Minibatch discrimination and feature matching (Salimans et al. 2016)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Width
from genbench_adversarial.gan import GAN
from genbench_adversarial.networks import ConvFeatures, MLPFeatures

GROUP = 128
"""Examples that ``discriminate`` judges together."""


class Closeness(nn.Module):
    """Features (n, a) to their closeness (n, kernels) to the batch: for each kernel the mean of exp(-|M_i - M_j|_1) over the
    examples j, where M = T f has ``kernel_dim`` dimensions (section 3.2). The paper has the sum; a mean does not depend on
    the size of the batch."""

    def __init__(self, inputs: int, kernels: int, kernel_dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(inputs, kernels * kernel_dim, bias=False)
        self.kernels = kernels

    def forward(self, features: Tensor) -> Tensor:
        projected = self.project(features).unflatten(1, (self.kernels, -1))
        distances = (projected[:, None] - projected[None]).abs().sum(3)
        return torch.exp(-distances).mean(1)


class BatchDiscriminator(nn.Module):
    """Examples to outputs (n,), from the features of each and their closeness to those of the others."""

    def __init__(self, features: MLPFeatures | ConvFeatures, kernels: int, kernel_dim: int) -> None:
        super().__init__()
        self.features, self.closeness = features, Closeness(features.width, kernels, kernel_dim)
        self.head = nn.Linear(features.width + kernels, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = self.features(x)
        output: Tensor = self.head(torch.cat([features, self.closeness(features)], 1))
        return output.squeeze(1)


class MinibatchGAN(GAN):
    """GAN whose discriminator also sees how close the examples of a batch are to each other (section 3.2), and whose
    generator also matches the mean features of real examples (section 3.1).

    kernels, kernel_dim  B and C of the paper.
    matching             weight of the squared distance between the mean features of real and of generated examples.
    """

    discriminator: BatchDiscriminator
    discriminator_gives: ClassVar[Literal["log_odds", "critic"]] = "critic"

    def __init__(
        self,
        data: DataSpec,
        *,
        kernels: Width = 4,
        kernel_dim: Width = 2,
        matching: Annotated[float, Field(ge=0)] = 1.0,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.matching = matching
        self.discriminator = self.networks.finished(BatchDiscriminator(self.networks.features(), kernels, kernel_dim))

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        generated = self.generate(len(x), draws, y)
        difference = self.discriminator.features(x).mean(0) - self.discriminator.features(generated).mean(0)
        matching: Tensor = difference.square().sum()
        return self.loss_of_generator(self.judge(generated)).mean() + self.matching * matching

    def discriminate(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return torch.cat([self.judge(group) for group in torch.split(x, GROUP)])
