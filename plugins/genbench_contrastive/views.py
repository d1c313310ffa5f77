"""Random views of examples, as batched operations on tensors that also run under ``torch.func.vmap``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from genbench import DataSpec, Draws


def crop(x: Tensor, draws: Draws, smallest: float) -> Tensor:
    """A random part of each image (n, c, h, w), enlarged to its size by bilinear interpolation.

    Its height and width are, each by itself, a uniform share from ``smallest`` to 1 of the image's, its place uniform.
    """
    n, _, height, width = x.shape
    share = smallest + (1 - smallest) * draws.uniform(n, 2, 1)
    centre = (1 - share) * (2 * draws.uniform(n, 2, 1) - 1)
    down = centre[:, 0] + share[:, 0] * pixel_centres(height, x.device)
    across = centre[:, 1] + share[:, 1] * pixel_centres(width, x.device)
    places = [across[:, None, :].expand(n, height, width), down[:, :, None].expand(n, height, width)]
    return grid_sample(x, torch.stack(places, -1), padding_mode="border", align_corners=False)


def pixel_centres(size: int, device: torch.device) -> Tensor:
    """Where the centres of ``size`` pixels lie in [-1, 1]. (size,)"""
    return (2 * torch.arange(size, device=device) + 1) / size - 1


def shift(x: Tensor, draws: Draws, furthest: int) -> Tensor:
    """Each image (n, c, h, w) moved by up to so many pixels in each direction; what comes in repeats the border."""
    n, _, height, width = x.shape
    offsets = draws.integers(2 * furthest + 1, n, 2) - furthest
    rows = (torch.arange(height, device=x.device) + offsets[:, :1]).clamp(0, height - 1)
    columns = (torch.arange(width, device=x.device) + offsets[:, 1:]).clamp(0, width - 1)
    moved = x.gather(2, rows[:, None, :, None].expand(x.shape))
    return moved.gather(3, columns[:, None, None, :].expand(x.shape))


def brightness(x: Tensor, draws: Draws, strength: float) -> Tensor:
    """Each image times a uniform number from 1 - strength to 1 + strength."""
    factor = 1 + strength * (2 * draws.uniform(len(x)) - 1)
    return x * factor.view(-1, *[1] * (x.dim() - 1))


def noise(x: Tensor, draws: Draws, sigma: float) -> Tensor:
    """Gaussian noise of standard deviation ``sigma`` added to every number."""
    return x + sigma * draws.normal(*x.shape)


def swap(x: Tensor, draws: Draws, probability: float) -> Tensor:
    """Each number replaced, with the probability, by that of a random example of the batch (Bahri et al. 2022, SCARF)."""
    n = len(x)
    flat = x.reshape(n, -1)
    others = flat.gather(0, draws.integers(n, *flat.shape))
    return torch.where(draws.uniform(*flat.shape) < probability, others, flat).reshape(x.shape)


def within(x: Tensor, data: DataSpec) -> Tensor:
    """Clamped to the range of the data."""
    return x if data.support == "real" else x.clamp(0, 1)
