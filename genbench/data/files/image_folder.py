"""Reads a folder of PNG and JPEG images as arrays of bytes: its subfolders are the classes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.files.images import ENDINGS, ImageReader
from genbench.data.files.kinds import printable
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""Subfolders that are parts of the data, by what they are parts of."""
LARGEST = 4096
"""Pixels of a side."""


@dataclass(frozen=True)
class _Found:
    """Image files with their classes ("" for none), and what lay beside them."""

    files: list[Path]
    classes: list[str]
    ignored: int
    empty: list[str]


def read_image_folder(
    folder: Path, size: int | tuple[int, int] | None, labelled: bool
) -> tuple[dict[str, NDArray[Any]], list[str], list[str]]:
    """Return the arrays x (n, height, width[, 3]) and, of class folders, y; or those of each part; and notes and warnings.

    ``size`` is what images of different sizes are brought to. Raises :class:`DataError` for a folder of another form, for
    images that cannot be read, and where sizes differ and none is given.
    """
    parts = _parts(folder)
    found = {part: _find(inside) for part, inside in parts.items()}
    for part, inside in parts.items():
        if not found[part].files:
            raise DataError(
                f"{inside} has no PNG or JPEG images; expected them in it, or in a subfolder for each class"
            )
    files = [file for one in found.values() for file in one.files]
    reader = ImageReader(folder, _sides(folder, size))
    images = reader.read(files)
    arrays: dict[str, NDArray[Any]] = {}
    for part, one in found.items():
        arrays[f"x{part}"], images = images[: len(one.files)], images[len(one.files) :]
        if labelled and any(one.classes):
            arrays[f"y{part}"] = np.array(one.classes)
    warnings = [line for one in found.values() for line in _left_out(one)]
    return arrays, list(reader.notes()), warnings


def _sides(folder: Path, size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the height and width asked for."""
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int) else size
    if not all(1 <= side <= LARGEST for side in sides):
        raise DataError(f"{folder}: size={size} is not allowed; expected a height and width from 1 to {LARGEST}")
    return sides


def _parts(folder: Path) -> dict[str, Path]:
    """Return the folders of images by the ending of their arrays' names: one, or those of a given split."""
    inside = {path.name.lower(): path for path in _entries(folder) if path.is_dir()}
    if not inside or not set(inside) <= set(PARTS):
        return {"": folder}
    parts = {f"_{PARTS[name]}": path for name, path in inside.items()}
    if len(parts) < len(inside) or not {"_train", "_test"} <= set(parts):
        raise DataError(
            f"{folder} has the subfolders {', '.join(sorted(inside))}; expected train and test, also val, or a subfolder "
            "for each class"
        )
    return parts


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, but for hidden files, in an order that depends on the names alone."""
    try:
        return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=os.fsencode)
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}") from None


def _find(folder: Path) -> _Found:
    """Find the images of a folder: those of each subfolder, at any depth, are a class; or all are of none."""
    subfolders = [path for path in _entries(folder) if path.is_dir()]
    here, others = _images(folder, deep=False)
    files, classes, ignored, empty = [], [], others, []
    for subfolder in subfolders:
        images, others = _images(subfolder, deep=True)
        files.extend(images)
        classes.extend([printable(subfolder.name)] * len(images))
        ignored += others
        if not images:
            empty.append(printable(subfolder.name))
    if here and files:
        raise DataError(
            f"{folder} has {len(here)} images beside subfolders with images; move them into the subfolder of their class"
        )
    return _Found(files or here, classes or [""] * len(here), ignored, empty)


def _images(folder: Path, deep: bool) -> tuple[list[Path], int]:
    """Return the image files of a folder, and how many other files it has; neither hidden nor in hidden folders."""
    images, others = [], 0
    for path in _entries(folder):
        if path.is_dir():
            if deep and not path.is_symlink():
                below, more = _images(path, deep)
                images.extend(below)
                others += more
        elif path.suffix.lower() in ENDINGS:
            images.append(path)
        else:
            others += 1
    return images, others


def _left_out(found: _Found) -> Iterator[str]:
    if found.ignored:
        yield f"{found.ignored} files that are no PNG or JPEG images are left out"
    if found.empty:
        yield f"subfolders without images are left out: {', '.join(found.empty)[:200]}"
