"""Brings images into the order (n, channels, height, width), and tells transparency from colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Channels = Literal["first", "last"]
PICTURES = (1, 3, 4)
"""Channels of grey, colour, and colour with transparency."""


def channels_first(where: str, x: NDArray[Any], given: Channels | None) -> tuple[NDArray[Any], str]:
    """Return images (n, channels, height, width), and what was concluded about channels, "" if nothing.

    A 3-d array is grey. ``given`` tells where the channels of a 4-d array are; if it is None, the shape tells it, or
    :class:`DataError` is raised.
    """
    if x.ndim == 3:
        return x[:, None], ""
    last, told = (given == "last", "") if given else _are_last(where, x.shape)
    images = np.moveaxis(x, 3, 1) if last else x
    if given is None and images.shape[1] in (2, 4):
        return _without_transparency(where, images, told)
    return images, told


def _are_last(where: str, shape: tuple[int, ...]) -> tuple[bool, str]:
    """Tell whether the last axis is that of the channels, and what to tell of it."""
    _, first, middle, last = shape
    front, back = first in PICTURES, last in PICTURES
    if front == back and first == middle != last:
        return True, f"it is taken as square images with {last} channels in the last place"
    if front == back and middle == last != first:
        return False, f"it is taken as square images with {first} channels in the first place" if first not in (
            1,
            3,
        ) else ""
    if front == back:
        raise DataError(
            f"{where}: the shape {shape} does not tell where the channels are; say channels=first or channels=last"
        )
    return back, ""


def _without_transparency(where: str, images: NDArray[Any], told: str) -> tuple[NDArray[Any], str]:
    """Return the images without a last channel that is the same everywhere."""
    channels, last = images.shape[1], images[:, -1]
    if (last == last.flat[0]).all():
        told = f"its last of {channels} channels is {last.flat[0]:g} everywhere (opaque) and is left out"
        return images[:, :-1], told
    if channels == 4:
        raise DataError(
            f"{where}: x has four channels, the last of which varies as transparency does; lay the images on a background "
            "and keep three, or say channels=first or channels=last if all four are data"
        )
    return images, told
