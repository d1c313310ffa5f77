"""Pictures of examples or samples, drawn from arrays alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCHES_AN_IMAGE = 0.6
STACKED_CHANNELS = 3


def image_grid(images: NDArray[Any]) -> Figure:
    """Images (n, channels, height, width) with values in [0, 1], in a square grid; three channels are shown as colours."""
    from matplotlib.figure import Figure

    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    figure = Figure(figsize=(columns * INCHES_AN_IMAGE, rows * INCHES_AN_IMAGE))
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, image in zip(axes, np.clip(images, 0, 1), strict=False):
        shown = image.transpose(1, 2, 0) if len(image) == STACKED_CHANNELS else image[0]
        axis.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    figure.subplots_adjust(0, 0, 1, 1, 0.05, 0.05)
    return figure


def scatter(points: NDArray[Any]) -> Figure:
    """Points (n, 2), both axes to the same scale."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axis = figure.subplots()
    axis.scatter(points[:, 0], points[:, 1], s=4, linewidths=0)
    axis.set_aspect("equal")
    return figure


def save(figure: Figure, path: Path) -> None:
    """As the format that the file's ending names (png, svg, pdf)."""
    figure.savefig(path, dpi=150)
