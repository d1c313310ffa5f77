"""Encoders for points, tables and images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


def mlp(inputs: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Layers of the given widths with rectifiers between: (n, *shape) of ``inputs`` numbers -> (n, outputs)."""
    layers: list[nn.Module] = [nn.Flatten()]
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def conv_encoder(shape: tuple[int, ...], channels: int, outputs: int) -> nn.Sequential:
    """Three convolutions, the last two of stride 2, and a linear layer: (n, *shape) -> (n, outputs)."""
    convolutions = nn.Sequential(
        nn.Conv2d(shape[0], channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(2 * channels, 2 * channels, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
    )
    with torch.no_grad():
        features = convolutions(torch.zeros(1, *shape)).shape[1]
    return nn.Sequential(*convolutions, nn.Linear(features, outputs))
