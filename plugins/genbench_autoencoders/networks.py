"""Encoders and decoders chosen from the form of the data: multilayer perceptrons, or small convolutional networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from genbench import DataError, DataSpec

Network = Literal["mlp", "conv"]
"""``conv`` is for images alone."""
Widths = tuple[Annotated[int, Field(ge=1)], ...]
"""Units of the hidden layers; without any, encoder and decoder are linear."""

CHANNELS = (32, 64)
"""Of the convolutional networks, at half and at a quarter of the image's size."""
LARGEST_LATENT = 50
POINT_DIMENSIONS = 3


def default_latent(data: DataSpec) -> int:
    """A quarter of the data's dimension, at least 2 and at most 50 (Burda et al. 2016 take 50 for MNIST)."""
    return min(LARGEST_LATENT, max(2, data.dim // 4))


def default_hidden(data: DataSpec) -> Widths:
    """One hidden layer, as Kingma & Welling 2014 have, of half the data's dimension, at least 128 and at most 500 units; of
    points in a plane or in space two, since one bends their few dimensions too little to part close modes."""
    width = min(500, max(128, data.dim // 2))
    return (width, width) if data.dim <= POINT_DIMENSIONS else (width,)


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of these sizes with ReLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def encoder(data: DataSpec, outputs: int, hidden: Widths | None, network: Network, given: int = 0) -> nn.Module:
    """Rows (n, d + given) to (n, outputs); the last ``given`` features are a condition, not part of the example."""
    hidden = default_hidden(data) if hidden is None else hidden
    if network == "mlp":
        return mlp((data.dim + given, *hidden, outputs))
    return ConvEncoder(data, outputs, hidden, given)


def decoder(data: DataSpec, inputs: int, maps: int, hidden: Widths | None, network: Network) -> nn.Module:
    """(..., inputs) to (..., maps * d): for each of ``maps`` quantities, one number a feature."""
    hidden = default_hidden(data) if hidden is None else hidden
    if network == "mlp":
        return mlp((inputs, *reversed(hidden), maps * data.dim))
    return ConvDecoder(data, inputs, maps, hidden)


class ConvEncoder(nn.Module):
    """Two convolutions of stride 2, then a perceptron. A condition is given to every pixel, as further channels."""

    def __init__(self, data: DataSpec, outputs: int, hidden: Widths, given: int = 0) -> None:
        super().__init__()
        channels, height, width = image_shape(data)
        self.dim, self.shape = data.dim, data.shape
        self.features = nn.Sequential(
            nn.Conv2d(channels + given, CHANNELS[0], 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(CHANNELS[0], CHANNELS[1], 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.head = mlp((CHANNELS[1] * quarter(height) * quarter(width), *hidden, outputs))

    def forward(self, rows: Tensor) -> Tensor:
        image = rows[:, : self.dim].unflatten(1, self.shape)
        condition = rows[:, self.dim :, None, None].expand(-1, -1, *self.shape[1:])
        answer: Tensor = self.head(self.features(torch.cat((image, condition), 1)).flatten(1))
        return answer


class ConvDecoder(nn.Module):
    """The encoder's mirror image, with transposed convolutions; what exceeds the image's size is cut off."""

    def __init__(self, data: DataSpec, inputs: int, maps: int, hidden: Widths) -> None:
        super().__init__()
        channels, height, width = image_shape(data)
        self.size = (height, width)
        self.small = (CHANNELS[1], quarter(height), quarter(width))
        self.head = nn.Sequential(mlp((inputs, *reversed(hidden), math.prod(self.small))), nn.ReLU())
        self.image = nn.Sequential(
            nn.ConvTranspose2d(CHANNELS[1], CHANNELS[0], 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(CHANNELS[0], maps * channels, 4, stride=2, padding=1),
        )

    def forward(self, z: Tensor) -> Tensor:
        rows = z.reshape(-1, z.shape[-1])
        image = self.image(self.head(rows).unflatten(1, self.small))
        return image[:, :, : self.size[0], : self.size[1]].reshape(*z.shape[:-1], -1)


def image_shape(data: DataSpec) -> tuple[int, int, int]:
    """Channels, height and width; raises :class:`DataError` if the data are no images."""
    if not data.is_image:
        raise DataError(f"network=conv takes images, and {data.name} has the shape {data.shape}; use network=mlp")
    channels, height, width = data.shape
    return channels, height, width


def quarter(size: int) -> int:
    return -(-size // 4)
