"""Generators and discriminators for points, tables and images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn

from genbench import DataError, DataSpec
from genbench_adversarial.spectral import normalise

Network = Literal["mlp", "conv"]
Module = TypeVar("Module", bound=nn.Module)

SLOPE = 0.2
"""Of the leaky rectifiers in discriminators; generators have plain ones (both Radford et al. 2016)."""


def layers(inputs: int, hidden: Sequence[int], slope: float) -> nn.Sequential:
    """Layers of the given widths, a leaky rectifier after each: (n, inputs) -> (n, hidden[-1])."""
    modules: list[nn.Module] = []
    for width in hidden:
        modules += [nn.Linear(inputs, width), nn.LeakyReLU(slope)]
        inputs = width
    return nn.Sequential(*modules)


def initialise(discriminator: nn.Module) -> None:
    """Weights that keep the scale of their inputs through leaky rectifiers (He et al. 2015), and no biases. With PyTorch's,
    which shrink it, a discriminator is slow to see anything fine."""
    for module in discriminator.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, SLOPE)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def squashing(data: DataSpec) -> nn.Module:
    """What brings outputs into the data's range: nothing for ``real`` data, a sigmoid for ``unit`` and ``binary``."""
    return nn.Identity() if data.support == "real" else nn.Sigmoid()


class MLPGenerator(nn.Sequential):
    """(n, inputs) -> (n, *shape)."""

    def __init__(self, data: DataSpec, inputs: int, hidden: Sequence[int], last: nn.Module) -> None:
        body, width = layers(inputs, hidden, slope=0.0), hidden[-1] if hidden else inputs
        super().__init__(body, nn.Linear(width, data.dim), nn.Unflatten(1, data.shape), last)


class ConvGenerator(nn.Module):
    """(n, inputs) -> (n, *shape) by two transposed convolutions of stride 2, as a small DCGAN without batch norm."""

    def __init__(self, data: DataSpec, inputs: int, channels: int, last: nn.Module) -> None:
        super().__init__()
        self.shape = data.shape
        start = (2 * channels, *(math.ceil(side / 4) for side in data.shape[1:]))
        self.layers = nn.Sequential(
            nn.Linear(inputs, math.prod(start)),
            nn.Unflatten(1, start),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, data.shape[0], 4, stride=2, padding=1),
            last,
        )

    def forward(self, z: Tensor) -> Tensor:
        _, height, width = self.shape
        images: Tensor = self.layers(z)
        return images[:, :, :height, :width]


class MLPFeatures(nn.Module):
    """The last hidden layer (n, width) of a perceptron that sees examples and what is given with them (n, given)."""

    def __init__(self, inputs: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.layers, self.width = layers(inputs, hidden, SLOPE), hidden[-1] if hidden else inputs

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        rows = x.flatten(1)
        features: Tensor = self.layers(rows if given is None else torch.cat([rows, given], 1))
        return features


class ConvFeatures(nn.Module):
    """(n, width) by two convolutions of stride 2. What is given with the images becomes channels of constants."""

    def __init__(self, shape: Sequence[int], channels: int, given: int) -> None:
        super().__init__()
        inputs, *sides = shape
        self.layers = nn.Sequential(
            nn.Conv2d(inputs + given, channels, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
        )
        with torch.no_grad():
            self.width = self.layers(torch.zeros(1, inputs + given, *sides)).shape[1]

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        if given is not None:
            x = torch.cat([x, given[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
        features: Tensor = self.layers(x)
        return features


class Discriminator(nn.Module):
    """Features (n, width) of examples, and from them the output (n,)."""

    def __init__(self, features: MLPFeatures | ConvFeatures) -> None:
        super().__init__()
        self.features, self.head = features, nn.Linear(features.width, 1)

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        output: Tensor = self.head(self.features(x, given))
        return output.squeeze(1)


class Autoencoder(nn.Module):
    """Reconstructions (n, *shape) of examples."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: Tensor) -> Tensor:
        reconstruction: Tensor = self.decoder(self.encoder(x))
        return reconstruction


@dataclass(frozen=True)
class Networks:
    """The networks that all models of the family share, so that they differ in their objective alone.

    network   ``mlp``, or for images also ``conv``; raises :class:`DataError` if the data are none.
    hidden    widths of the hidden layers, if ``mlp``.
    channels  of the convolution next to the image, if ``conv``; the other has twice as many.
    spectral_norm  whether the weights of discriminators are divided by their spectral norm (Miyato et al. 2018).
    """

    data: DataSpec
    network: Network
    hidden: tuple[int, ...]
    channels: int
    spectral_norm: bool

    def __post_init__(self) -> None:
        if self.convolutional and not self.data.is_image:
            raise DataError(
                f"network=conv takes images, and {self.data.name} has the shape {self.data.shape}; use network=mlp"
            )

    @property
    def convolutional(self) -> bool:
        return self.network == "conv"

    def generator(self, inputs: int) -> nn.Module:
        """(n, inputs) -> (n, *shape), in the data's range."""
        return self.decoder(inputs, squashing(self.data))

    def decoder(self, inputs: int, last: nn.Module) -> nn.Module:
        """(n, inputs) -> (n, *shape), the outputs of the module ``last``."""
        if self.convolutional:
            return ConvGenerator(self.data, inputs, self.channels, last)
        return MLPGenerator(self.data, inputs, self.hidden, last)

    def autoencoder(self, code: int) -> Autoencoder:
        """(n, *shape) -> (n, *shape), through a code (n, code); its outputs have no range."""
        features = self.features()
        encoder = nn.Sequential(features, nn.Linear(features.width, code))
        return self.finished(Autoencoder(encoder, self.decoder(code, nn.Identity())))

    def features(self, given: int = 0, copies: int = 1) -> MLPFeatures | ConvFeatures:
        """(n, copies * shape[0], ...), and ``given`` numbers with each, -> (n, features.width)."""
        if self.convolutional:
            channels, *sides = self.data.shape
            return ConvFeatures((copies * channels, *sides), self.channels, given)
        return MLPFeatures(copies * self.data.dim + given, self.hidden)

    def discriminator(self, given: int = 0, copies: int = 1) -> Discriminator:
        """The same inputs -> (n,)."""
        return self.finished(Discriminator(self.features(given, copies)))

    def finished(self, discriminator: Module) -> Module:
        """The discriminator with its first weights, and with spectral normalisation if it is asked for."""
        initialise(discriminator)
        if self.spectral_norm:
            normalise(discriminator)
        return discriminator

    def encoder(self, outputs: int) -> nn.Module:
        """(n, *shape) -> (n, outputs)."""
        features = self.features()
        return nn.Sequential(features, nn.Linear(features.width, outputs))


def one_hot(y: Tensor, classes: int) -> Tensor:
    """Indicators (n, classes) of labels (n,)."""
    return (y[:, None] == torch.arange(classes, device=y.device)).float()
