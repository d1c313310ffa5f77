"""Reads PNG and JPEG images as bytes of grey or of red, green and blue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from genbench.data.files.contents import check_memory
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

ENDINGS = (".png", ".jpg", ".jpeg")
GREY = ("1", "L", "LA")
PLAIN = (*GREY, "RGB", "RGBA", "P", "PA")
"""Modes of images that need no word."""
ORIENTATION = 0x0112
"""The tag of EXIF that says how the camera was held."""
BYTES_A_NUMBER = 6
"""Of memory: the byte that is read, and the float32 that it becomes, with room to split the data."""


class ImageReader:
    """Reads the images of a folder, all brought to one size if one is given, and counts what it changed."""

    def __init__(self, folder: Path, size: tuple[int, int] | None) -> None:
        """``size``: height and width; None: all images must have the same."""
        self._folder, self._size = folder, size
        self._changed: Counter[str] = Counter()

    def read(self, files: Sequence[Path]) -> Pixels:
        """Return the images (n, height, width) if all are grey, else (n, height, width, 3).

        Raises :class:`DataError`, which names the file, for an image that is damaged, transparent or of another size.
        """
        first = self._pixels(files[0])
        check_memory(self._folder, len(files) * first.size * BYTES_A_NUMBER)
        images = [first]
        for file in files[1:]:
            image = self._pixels(file)
            if image.shape[:2] != first.shape[:2]:
                (height, width), (h, w) = first.shape[:2], image.shape[:2]
                raise DataError(
                    f"{self._folder}: images differ in size: {files[0].name} is {height}x{width}, {file.name} {h}x{w}; give "
                    "size=HEIGHT or size=[HEIGHT,WIDTH], to which they are cropped and scaled"
                )
            images.append(image)
        grey = sum(image.ndim == 2 for image in images)
        if grey == len(images):
            return np.stack(images)
        self._changed["grey images taken as colour, like the others"] = grey
        return np.stack([image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2) for image in images])

    def notes(self) -> Iterator[str]:
        """Yield a line for each thing that was changed in reading."""
        for what, count in self._changed.items():
            if count:
                yield f"{count} {what}"

    def _pixels(self, file: Path) -> Pixels:
        """Return an image (height, width) of grey or (height, width, 3)."""
        try:
            with Image.open(file, formats=("PNG", "JPEG")) as image:
                image.load()
                self._changed["images turned upright as their EXIF says"] += image.getexif().get(ORIENTATION, 1) > 1
                return np.asarray(self._scaled(self._plain(file, ImageOps.exif_transpose(image))))
        except (DataError, MemoryError):
            raise
        except Exception as error:  # of a damaged image Pillow raises many kinds
            known = isinstance(error, UnidentifiedImageError)
            reason = "" if known else f" ({' '.join(str(error).split())[:80]})"
            raise DataError(f"{file} is no sound PNG or JPEG image{reason}; remove or replace it") from None

    def _plain(self, file: Path, image: Image.Image) -> Image.Image:
        """Return the image in bytes of grey or of red, green and blue."""
        if image.mode.startswith("I") or image.mode == "F":
            self._changed["images of 16 bits brought to 8 bits"] += 1
            words = np.clip(np.asarray(image, dtype=np.float64), 0, 65_535)
            return Image.fromarray(np.rint(words / 257).astype(np.uint8))
        if image.mode not in PLAIN:
            self._changed[f"images in {image.mode} converted to RGB"] += 1
        grey = image.mode in GREY or (image.mode == "P" and _has_grey_palette(image))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            if image.getchannel("A").getextrema()[0] != 255:
                raise DataError(
                    f"{file} is transparent in places, which has no place in the data; lay the images on a background and "
                    "save them without transparency"
                )
            self._changed["images had a channel of transparency that is opaque everywhere; it is left out"] += 1
        return image.convert("L" if grey else "RGB")

    def _scaled(self, image: Image.Image) -> Image.Image:
        if self._size is None or (image.height, image.width) == self._size:
            return image
        height, width = self._size
        self._changed[f"images cropped at the centre and scaled (bicubic) to {height}x{width}"] += 1
        return ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC)


def _has_grey_palette(image: Image.Image) -> bool:
    colours = np.array(image.getpalette() or [0, 0, 1]).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())
