"""Generators and discriminators for points, tables and images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genbench import DataSpec

SLOPE = 0.2
"""Of the leaky rectifiers (Radford et al. 2016)."""


def mlp(inputs: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Layers of the given widths with leaky rectifiers between: (n, inputs) -> (n, outputs)."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(SLOPE)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def squashing(data: DataSpec) -> nn.Module:
    """What brings outputs into the data's range: nothing for ``real`` data, a sigmoid for ``unit`` and ``binary``."""
    return nn.Identity() if data.support == "real" else nn.Sigmoid()


class MLPGenerator(nn.Sequential):
    """(n, latent) -> (n, *shape)."""

    def __init__(self, data: DataSpec, latent: int, hidden: Sequence[int]) -> None:
        super().__init__(mlp(latent, hidden, data.dim), nn.Unflatten(1, data.shape), squashing(data))


class MLPDiscriminator(nn.Sequential):
    """(n, *shape) -> (n,) logits."""

    def __init__(self, data: DataSpec, hidden: Sequence[int]) -> None:
        super().__init__(nn.Flatten(), mlp(data.dim, hidden, 1), nn.Flatten(0))


class ConvGenerator(nn.Module):
    """(n, latent) -> (n, *shape) by two transposed convolutions of stride 2, as a small DCGAN without batch norm."""

    def __init__(self, data: DataSpec, latent: int, channels: int) -> None:
        super().__init__()
        self.shape = data.shape
        start = (2 * channels, *(math.ceil(side / 4) for side in data.shape[1:]))
        self.layers = nn.Sequential(
            nn.Linear(latent, math.prod(start)),
            nn.Unflatten(1, start),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(channels, data.shape[0], 4, stride=2, padding=1),
            squashing(data),
        )

    def forward(self, z: Tensor) -> Tensor:
        _, height, width = self.shape
        images: Tensor = self.layers(z)
        return images[:, :, :height, :width]


class ConvDiscriminator(nn.Sequential):
    """(n, *shape) -> (n,) logits by two convolutions of stride 2."""

    def __init__(self, data: DataSpec, channels: int) -> None:
        convolutions = nn.Sequential(
            nn.Conv2d(data.shape[0], channels, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
        )
        with torch.no_grad():
            features = convolutions(torch.zeros(1, *data.shape)).shape[1]
        super().__init__(convolutions, nn.Linear(features, 1), nn.Flatten(0))
