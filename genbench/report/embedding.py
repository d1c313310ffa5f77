"""Pictures as text that a page can hold: images as data addresses, scatters as SVG."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from genbench.report.pictures import tiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = 24
"""To which the sides of small images are enlarged."""
BETWEEN = 12
"""Pixels between blocks of images."""
JPEG_QUALITY = 85
SIDE = 200
"""Of a scatter's square, in its own units."""
ARM = 4
"""Of a cross."""
SHOWN_POINTS = 500
DENSITY_FLOOR = -12.0
"""Nats below its highest value at which a density is shown as nothing."""
TINT = (0, 114, 178)
"""Of a density."""


def image_blocks(*blocks: NDArray[Any]) -> str:
    """Tables of images (rows, columns, channels, height, width) in [0, 1], side by side: a data address, as PNG or, where
    that is shorter, as JPEG."""
    tables = [tiled(block, PIXELS) for block in blocks]
    height = max(len(table) for table in tables)
    parts = [np.pad(t, [(0, height - len(t)), (0, BETWEEN), (0, 0)], constant_values=1.0) for t in tables]
    pixels = (np.concatenate(parts, axis=1)[:, :-BETWEEN] * 255).round().astype(np.uint8)
    grey = (pixels == pixels[..., :1]).all()
    image = Image.fromarray(pixels[..., 0] if grey else pixels)
    return min(_address(image, "PNG"), _address(image, "JPEG", quality=JPEG_QUALITY), key=len)


def density_image(log_density: NDArray[Any]) -> str:
    """A density (side, side), a row a height, the lowest first, as a picture that is opaque where it is high."""
    height = np.maximum(log_density - log_density.max(), DENSITY_FLOOR)
    alpha = 200 * np.exp(height / 2)  # the root, so that the flanks are seen, too
    pixels = np.empty((*log_density.shape, 4), dtype=np.uint8)
    pixels[..., :3], pixels[..., 3] = TINT, alpha[::-1].round()
    return _address(Image.fromarray(pixels), "PNG")


def points_path(points: NDArray[Any], extent: NDArray[Any], crosses: bool = False) -> str:
    """Points (n, 2) as the ``d`` of an SVG path of dots (or crosses) within the square ``extent`` (left, right, bottom,
    top); those outside lie on its edge."""
    left, right, bottom, top = (float(end) for end in extent)
    x = (points[:SHOWN_POINTS, 0] - left) / (right - left)
    y = (top - points[:SHOWN_POINTS, 1]) / (top - bottom)
    places = (np.clip(np.stack([x, y], axis=1), 0, 1) * SIDE).round().astype(int)
    if crosses:
        return "".join(
            f"M{across - ARM} {down}h{2 * ARM}M{across} {down - ARM}v{2 * ARM}" for across, down in places.tolist()
        )
    return "".join(f"M{across} {down}h0" for across, down in places.tolist())


def square_about(points: NDArray[Any], margin: float = 0.25) -> NDArray[np.float64]:
    """The ``extent`` of a square around points (n, 2)."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    middle, half = (low + high) / 2, (0.5 + margin) * float((high - low).max()) + 1e-9
    return np.array([middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half])


def _address(image: Image.Image, kind: str, **options: Any) -> str:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
