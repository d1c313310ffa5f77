"""Deep convolutional GAN."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from genbench import DataSpec, Draws, FitContext, Split
from genbench_adversarial.adversarial import Width
from genbench_adversarial.gan import GAN
from genbench_adversarial.networks import SLOPE
from genbench_adversarial.spectral import normalise

INITIAL_SCALE = 0.02
"""Standard deviation of the weights at the start, the paper's."""

BATCHES = 100
"""Real and as many generated ones, from which batch normalisation's statistics are estimated when training has ended."""


class DCGAN(GAN):
    """Radford, Metz & Chintala 2016, for images, by their five guidelines: strided convolutions in place of
    pooling; batch normalisation in both networks (but not at the generator's output and the discriminator's input); no
    fully connected layer between input and output; rectifiers in the generator, and at its output tanh, shifted to
    [0, 1]; leaky rectifiers in the discriminator.

    channels  of the convolution next to the image; each further from it has twice as many. ``network`` and ``hidden``
              have no say here.
    """

    supports = frozenset({"unit", "binary"})

    def __init__(self, data: DataSpec, *, channels: Width = 16, **inherited: Any) -> None:
        super().__init__(data, channels=channels, **inherited)
        self.generator = DCGenerator(data, self.latent, channels)
        self.discriminator = DCDiscriminator(data, channels)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                nn.init.normal_(module.weight, 0, INITIAL_SCALE)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1, INITIAL_SCALE)
        if self.networks.spectral_norm:
            normalise(self.discriminator)

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        """Estimate the statistics of batch normalisation anew, of the parameters that are given back, in both networks."""
        super().after_fit(train, validation, context)
        draws, size = Draws(context.seed, context.device), context.budget.batch_size
        norms = [module for module in self.modules() if isinstance(module, nn.BatchNorm2d)]
        usual = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
            norm.train()
        for _ in range(BATCHES):
            self.judge(train.x[draws.integers(len(train), size)])
            self.judge(self.generate(size, draws))
        for norm, momentum in zip(norms, usual, strict=True):
            norm.momentum = momentum
            norm.eval()

    @classmethod
    def refuses(cls, data: DataSpec) -> str | None:
        return super().refuses(data) or (None if data.is_image else "takes images alone")


def halvings(data: DataSpec) -> int:
    """How often the image is halved: to sides of about 4, as in the paper, but at least twice."""
    return max(2, math.ceil(math.log2(min(data.shape[1:]) / 4)))


def halving(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)


def doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)


class DCGenerator(nn.Module):
    """(n, latent) -> (n, *shape) in [0, 1]. The noise is multiplied by a matrix and reshaped into the first picture."""

    def __init__(self, data: DataSpec, latent: int, channels: int) -> None:
        super().__init__()
        self.sides, count = data.shape[1:], halvings(data)
        width = channels * 2 ** (count - 1)
        start = (width, *(math.ceil(side / 2**count) for side in self.sides))
        layers = [
            nn.Linear(latent, math.prod(start)),
            nn.Unflatten(1, start),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        for _ in range(count - 1):
            layers += [doubling(width, width // 2), nn.BatchNorm2d(width // 2), nn.ReLU()]
            width //= 2
        self.layers = nn.Sequential(*layers, doubling(width, data.shape[0]), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        height, width = self.sides
        images: Tensor = self.layers(z)
        return (images[:, :, :height, :width] + 1) / 2


class DCDiscriminator(nn.Module):
    """(n, *shape) -> (n,)."""

    def __init__(self, data: DataSpec, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [halving(data.shape[0], channels), nn.LeakyReLU(SLOPE)]
        for _ in range(halvings(data) - 1):
            layers += [halving(channels, 2 * channels), nn.BatchNorm2d(2 * channels), nn.LeakyReLU(SLOPE)]
            channels *= 2
        with torch.no_grad():
            left = nn.Sequential(*layers).eval()(torch.zeros(1, *data.shape)).shape[2:]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels, 1, tuple(left)), nn.Flatten(0)).train()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.layers(x)
        return output
