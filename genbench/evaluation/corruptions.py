"""Images spoilt in known ways, each at three strengths (after Hendrycks & Dietterich 2019)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from genbench.data.levels import from_levels, to_levels
from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = NDArray[np.float32]

BOUNDED = ("unit", "binary")
"""Supports within [0, 1]."""


def noise(x: Images, share: float, rng: np.random.Generator) -> Images:
    """That share of the pixels is replaced by uniform noise."""
    return np.where(rng.random(x.shape) < share, rng.random(x.shape, dtype=np.float32), x)


def blur(x: Images, width: float, rng: np.random.Generator) -> Images:
    """A Gaussian filter whose standard deviation is ``width`` sides of the image."""
    sigma = (0, 0, width * x.shape[2], width * x.shape[3])
    blurred: Images = ndimage.gaussian_filter(x, sigma, mode="nearest")
    return blurred


def occlusion(x: Images, side: float, rng: np.random.Generator) -> Images:
    """A black rectangle with ``side`` times the image's sides, at a random place of each image."""
    n, _, height, width = x.shape
    rows, columns = (_inside(size, max(1, round(side * size)), n, rng) for size in (height, width))
    return np.where(rows[:, None, :, None] & columns[:, None, None, :], np.float32(0), x)


def rotation(x: Images, degrees: float, rng: np.random.Generator) -> Images:
    """By that angle, to the left or to the right at random; interpolated linearly, corners filled from the edge."""
    left = rng.random(len(x)) < 0.5
    turned = np.empty_like(x)
    for chosen, angle in ((left, degrees), (~left, -degrees)):
        turned[chosen] = ndimage.rotate(x[chosen], angle, axes=(2, 3), reshape=False, order=1, mode="nearest")
    return turned


def _inside(size: int, covered: int, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Of n lines of ``size`` pixels, which pixels lie in a stretch of ``covered`` ones at a random place (n, size)."""
    start = rng.integers(0, size - covered + 1, n)[:, None]
    return (start <= np.arange(size)) & (np.arange(size) < start + covered)


CORRUPTIONS: dict[str, tuple[Callable[[Images, float, np.random.Generator], Images], tuple[float, float, float]]] = {
    "noise": (noise, (0.1, 0.2, 0.4)),
    "blur": (blur, (0.05, 0.1, 0.2)),
    "occlusion": (occlusion, (0.25, 0.5, 0.75)),
    "rotation": (rotation, (15, 30, 60)),
}
"""Each corruption and its strengths, growing."""


def can_be_corrupted(data: DataSpec) -> bool:
    """Images whose pixels are in [0, 1]."""
    return data.is_image and data.support in BOUNDED


def corrupted(x: NDArray[Any], name: str, strength: float, data: DataSpec, rng: np.random.Generator) -> Images:
    """Images (n, *shape) under a corruption, brought back to the nearest value that the data can take."""
    corrupt, _ = CORRUPTIONS[name]
    spoilt = corrupt(np.asarray(x, dtype=np.float32), strength, rng).clip(0, 1)
    levels = 2 if data.support == "binary" else data.levels
    return spoilt if levels is None else from_levels(to_levels(spoilt, levels), levels)


def nothing(x: NDArray[Any], n: int, data: DataSpec, rng: np.random.Generator) -> NDArray[np.float32]:
    """n inputs (n, *shape) that are nothing: every feature uniform, by itself, over what it may be.

    That is all categories or levels, [0, 1], or for a real feature the range of the examples ``x``.
    """
    rows = np.asarray(x, dtype=np.float32).reshape(len(x), -1)
    bounded = data.support in BOUNDED
    low, high = (0.0, 1.0) if bounded else (rows.min(axis=0), rows.max(axis=0))
    drawn = rng.uniform(low, high, (n, data.dim))
    levels = 2 if data.support == "binary" else data.levels
    if levels is not None:
        drawn = rng.integers(0, levels, drawn.shape) / (levels - 1)
    elif not bounded:
        for column in np.flatnonzero(data.categories):
            drawn[:, column] = rng.integers(0, data.categories[column], n)
    return drawn.astype(np.float32).reshape(n, *data.shape)
