"""Reads a folder of PNG and JPEG images as arrays of bytes: its subfolders are the classes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from genbench.data.files.contents import check_memory
from genbench.data.files.kinds import printable
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENDINGS = (".png", ".jpg", ".jpeg")
PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""Subfolders that are parts of the data, by what they are parts of."""
GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F")
ORIENTATION = 0x0112
COPIES = 6
"""Bytes of memory a byte of an image: the array, and the float32 that it becomes, with room to split it."""


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
    forms = [_form(file) for file in files]
    shape = _common_shape(folder, files, [form[0] for form in forms], size)
    grey = all(mode in GREY for _, mode in forms)
    channels = 1 if grey else 3
    check_memory(folder, len(files) * shape[0] * shape[1] * channels * COPIES)
    reader = _Reader(shape, grey)
    arrays: dict[str, NDArray[Any]] = {}
    for part, one in found.items():
        arrays[f"x{part}"] = reader.read(one.files)
        if labelled and any(one.classes):
            arrays[f"y{part}"] = np.array(one.classes)
    warnings = [line for one in found.values() for line in _left_out(one)]
    return arrays, [*_notes(forms, shape, grey), *reader.notes()], warnings


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


def _form(file: Path) -> tuple[tuple[int, int], str]:
    """Return height and width, upright, and the mode of an image, which are read without its pixels."""
    with _opened(file) as image:
        width, height = image.size
        if image.getexif().get(ORIENTATION, 1) >= 5:  # lies on its side
            width, height = height, width
        grey = image.mode == "P" and "transparency" not in image.info and _grey_palette(image)
        return (height, width), "L" if grey else image.mode


def _grey_palette(image: Image.Image) -> bool:
    colours = np.array(image.getpalette() or [0, 0, 1]).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def _opened(file: Path) -> Image.Image:
    try:
        return Image.open(file, formats=("PNG", "JPEG"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _damaged(file, error) from None


def _damaged(file: Path, error: Exception) -> DataError:
    reason = "" if isinstance(error, UnidentifiedImageError) else f" ({' '.join(str(error).split())[:80]})"
    return DataError(f"{file} is no sound PNG or JPEG image{reason}; remove or replace it")


def _common_shape(
    folder: Path, files: Sequence[Path], shapes: Sequence[tuple[int, int]], size: int | tuple[int, int] | None
) -> tuple[int, int]:
    """Return the height and width that all images will have."""
    if size is not None:
        return (size, size) if isinstance(size, int) else size
    for file, shape in zip(files, shapes, strict=True):
        if shape != shapes[0]:
            raise DataError(
                f"{folder}: images differ in size: {files[0].name} is {shapes[0][0]}x{shapes[0][1]}, {file.name} "
                f"{shape[0]}x{shape[1]}; give size=HEIGHT or size=[HEIGHT,WIDTH], to which they are cropped and scaled"
            )
    return shapes[0]


class _Reader:
    """Reads images as bytes of one shape, and counts what it had to change."""

    def __init__(self, shape: tuple[int, int], grey: bool) -> None:
        self._shape, self._grey = shape, grey
        self._turned = self._opaque = self._narrowed = 0

    def read(self, files: Sequence[Path]) -> NDArray[np.uint8]:
        """Return the images (n, height, width) if all are grey, or (n, height, width, 3)."""
        shape = self._shape if self._grey else (*self._shape, 3)
        array = np.empty((len(files), *shape), dtype=np.uint8)
        for index, file in enumerate(files):
            with _opened(file) as image:
                try:
                    array[index] = self._pixels(file, image)
                except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
                    raise _damaged(file, error) from None
        return array

    def _pixels(self, file: Path, image: Image.Image) -> NDArray[np.uint8]:
        upright = ImageOps.exif_transpose(image)
        self._turned += image.getexif().get(ORIENTATION, 1) > 1
        if upright.mode.startswith("I") or upright.mode == "F":
            self._narrowed += 1
            words = np.clip(np.asarray(upright, dtype=np.float64), 0, 65_535)
            upright = Image.fromarray(np.rint(words / 257).astype(np.uint8))
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            if upright.getchannel("A").getextrema()[0] != 255:
                raise DataError(
                    f"{file} is transparent in places, which has no place in the data; lay the images on a background and "
                    "save them without transparency"
                )
            self._opaque += 1
        plain = upright.convert("L" if self._grey else "RGB")
        if (plain.height, plain.width) != self._shape:
            plain = ImageOps.fit(plain, self._shape[::-1], Image.Resampling.BICUBIC)
        return np.asarray(plain)

    def notes(self) -> Iterator[str]:
        """Yield a line for each thing that was changed in reading."""
        if self._turned:
            yield f"{self._turned} images turned upright as their EXIF says"
        if self._opaque:
            yield f"{self._opaque} images had a channel of transparency that is opaque everywhere; it is left out"
        if self._narrowed:
            yield f"{self._narrowed} images of 16 bits brought to 8 bits"


def _notes(forms: Sequence[tuple[tuple[int, int], str]], shape: tuple[int, int], grey: bool) -> Iterator[str]:
    scaled = sum(form != shape for form, _ in forms)
    if scaled:
        yield f"{scaled} of {len(forms)} images cropped at the centre and scaled (bicubic) to {shape[0]}x{shape[1]}"
    if not grey and (count := sum(mode in GREY for _, mode in forms)):
        yield f"{count} grey images taken as colour, like the others"
    other = sorted({mode for _, mode in forms if mode not in (*GREY, "RGB", "RGBA", "P", "PA")})
    if other:
        yield f"images in {', '.join(other)} converted to RGB"


def _left_out(found: _Found) -> Iterator[str]:
    if found.ignored:
        yield f"{found.ignored} files that are no PNG or JPEG images are left out"
    if found.empty:
        yield f"subfolders without images are left out: {', '.join(found.empty)[:200]}"
