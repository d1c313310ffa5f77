"""Pictures of examples or samples, drawn from arrays alone."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.results.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCHES_AN_IMAGE = 0.6
STACKED_CHANNELS = 3
LINE = 2
"""Pixels between images."""


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


def tiled(images: NDArray[Any], pixels: int) -> NDArray[np.float64]:
    """A table of images (rows, columns, channels, height, width) with values in [0, 1], one beside the other with white
    lines between, each side enlarged to ``pixels`` or more: (height, width, 3)."""
    rows, columns, channels, height, width = images.shape
    factor = max(1, math.ceil(pixels / min(height, width)))
    shown = np.clip(images, 0, 1).repeat(factor, 3).repeat(factor, 4)
    shown = np.repeat(shown[:, :, :1], 3, 2) if channels != STACKED_CHANNELS else shown
    framed = np.pad(shown, [(0, 0), (0, 0), (0, 0), (0, LINE), (0, LINE)], constant_values=1.0)
    table = framed.transpose(0, 3, 1, 4, 2)
    return np.asarray(table.reshape(rows * table.shape[1], columns * table.shape[3], 3), dtype=np.float64)


def scatters(points: NDArray[Any], centres: NDArray[Any] | None, titles: list[str]) -> Figure:
    """Points (panels, n, 2) in a row of panels to one scale, with the true modes' centres (modes, 2) as crosses."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3 * len(points), 3.2), layout="constrained")
    shown = points if centres is None else centres
    low, high = np.quantile(shown.reshape(-1, 2), [0.005, 0.995], axis=0)
    margin = 0.25 * (high - low).max() + 1e-9
    for axis, panel, title in zip(figure.subplots(1, len(points), squeeze=False)[0], points, titles, strict=True):
        axis.scatter(panel[:, 0], panel[:, 1], s=2, linewidths=0)
        if centres is not None:
            axis.plot(centres[:, 0], centres[:, 1], "+", color="black", markersize=5, markeredgewidth=0.7)
        axis.set(aspect="equal", title=title)
        axis.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    return figure


def scatter(points: NDArray[Any]) -> Figure:
    """Points (n, 2), both axes to the same scale."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axis = figure.subplots()
    axis.scatter(points[:, 0], points[:, 1], s=4, linewidths=0)
    axis.set_aspect("equal")
    return figure


def save(figure: Figure, path: Path, **options: Any) -> None:
    """Write the figure, whole or not at all, as the format that the file's ending names (png, svg, pdf)."""
    file = io.BytesIO()
    figure.savefig(file, format=path.suffix.removeprefix(".").lower(), **{"dpi": 150, **options})
    write_bytes(path, file.getvalue())
