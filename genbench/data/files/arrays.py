"""Makes a data set of arrays: those of an NPZ, NPY or IDX file or of images, or any others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset, Split
from genbench.data.files.channels import Channels, channels_first
from genbench.data.files.pixels import interpret
from genbench.data.labels import encode_labels
from genbench.data.spec import DataSpec
from genbench.data.splitting import last_examples_indices, split_indices
from genbench.data.spread import columns_with_spread
from genbench.data.standardise import STANDARDISED, STANDARDISED_IMAGES, standardise_columns, standardise_images
from genbench.errors import DataError, nearest_hint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.splitting import ThreeIndices

TOGETHER = ("x", "y")
APART = ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test")
EXPECTED = "x (and y), or x_train and x_test (and y_train, y_test), also x_val (and y_val)"
WORDS = {
    **dict.fromkeys(("x", "data", "images", "image", "features", "inputs"), "x"),
    **dict.fromkeys(("y", "labels", "label", "targets", "target", "classes"), "y"),
    **dict.fromkeys(("train", "training"), "_train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "_val"),
    **dict.fromkeys(("test", "testing"), "_test"),
}
_KINDS = "|".join(word for word, meaning in WORDS.items() if meaning in "xy")
_PARTS = "|".join(word for word, meaning in WORDS.items() if meaning not in "xy")
NAME = re.compile(rf"(?:({_PARTS})[_-]?)?({_KINDS})(?:[_-]?({_PARTS}))?")
"""Names of arrays that are understood: X, train_images, y-val, xTest, ..."""
EXACT = 2**53
"""Whole numbers up to this are told apart by a float64."""


@dataclass(frozen=True)
class ArrayOptions:
    """Says how arrays become a data set.

    labelled     whether labels are used, if there are any.
    standardise  whether points, and images in no known range, are shifted and scaled to mean 0 and standard deviation 1.
    channels     where the channels of images are, ``first`` or ``last``; None: the shape tells.
    """

    labelled: bool = True
    standardise: bool = True
    channels: Channels | None = None


def arrays_dataset(name: str, where: str, arrays: Mapping[str, NDArray[Any]], options: ArrayOptions) -> Dataset:
    """Return the data set of the arrays x and, if there are labels, y; or x_train, x_test, perhaps x_val, and the y of each.

    ``where`` names the arrays in errors. Raises :class:`DataError` for other names, and for arrays that are of no use.
    """
    named = standard_names(where, arrays)
    arrays = {standard: arrays[given] for standard, given in named.items()}
    if "x" in arrays:
        return _dataset(name, where, arrays["x"], arrays.get("y") if options.labelled else None, options)
    if not {"x_train", "x_test"} <= set(arrays):
        raise DataError(f"{where} has the arrays {', '.join(sorted(named.values())) or 'none'}; expected {EXPECTED}")
    parts = [part for part in ("train", "val", "test") if f"x_{part}" in arrays]
    x = [arrays[f"x_{part}"] for part in parts]
    for part, array in zip(parts, x, strict=True):
        _check_numbers(where, array, f"x_{part}")
        if array.shape[1:] != x[0].shape[1:]:
            raise DataError(f"{where}: x_train has the shape {x[0].shape}, but x_{part} {array.shape}")
    y = _labels_of_parts(where, arrays, parts) if options.labelled else None
    sizes = {part: len(array) for part, array in zip(parts, x, strict=True)}
    return _dataset(name, where, np.concatenate(x), y, options, sizes)


def standard_names(where: str, names: Collection[str]) -> dict[str, str]:
    """Return the given name of each array by its standard one (:data:`TOGETHER` or :data:`APART`), so that none is left
    unused without a word."""
    standard: dict[str, str] = {}
    for name in names:
        match = NAME.fullmatch(name.lower())
        meaning = "".join(WORDS[word] for word in (match[2], match[1] or match[3]) if word) if match else name
        if meaning in standard:
            raise DataError(
                f"{where} has the arrays {standard[meaning]!r} and {name!r}, of which one is not used; remove one"
            )
        standard[meaning] = name
    known = TOGETHER if "x" in standard else APART
    for meaning, name in standard.items():
        if meaning not in known:
            hint = "" if meaning in APART else nearest_hint(name, known)
            raise DataError(f"{where} has an array {name!r} that is not used; expected only {EXPECTED}{hint}")
    return standard


def _labels_of_parts(where: str, arrays: Mapping[str, NDArray[Any]], parts: list[str]) -> NDArray[Any] | None:
    names = [f"y_{part}" for part in parts]
    given = [name for name in arrays if name.startswith("y_")]
    if not given:
        return None
    if set(given) != set(names):
        raise DataError(
            f"{where} has {', '.join(f'x_{part}' for part in parts)}, but the labels {', '.join(sorted(given))}; "
            f"expected {', '.join(names)}, or target=none"
        )
    for part in parts:
        _check_lengths(where, arrays[f"x_{part}"], arrays[f"y_{part}"], f"_{part}")
    return np.concatenate([arrays[name].ravel() for name in names])


def _dataset(
    name: str,
    where: str,
    x: NDArray[Any],
    y: NDArray[Any] | None,
    options: ArrayOptions,
    sizes: dict[str, int] | None = None,
) -> Dataset:
    """``sizes``: how many of the examples, one part after another, the user has put into each part."""
    _check_numbers(where, x, "x")
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    if y is not None:
        _check_lengths(where, x, y, "")
        labels, class_names = _encoded(where, y.ravel())
    indices = _split(x, labels, sizes)
    images, told = (x, "") if x.ndim == 2 else channels_first(where, x, options.channels)
    reading = interpret(images)
    notes = [f"taken as {reading.support} data" + (f" of {reading.levels} levels" if reading.levels else "")]
    if x.ndim == 4:
        notes.append(
            f"{x.shape} taken as {len(x)} images of {images.shape[1]} channels, {images.shape[2]}x{images.shape[3]}"
        )
    warnings = [line for line in (told, reading.guessed) if line]
    values = images
    if reading.support == "real" and x.ndim == 2:
        warnings.extend(_precision(x))
        varies, lines = columns_with_spread(where, x, [str(i) for i in range(x.shape[1])], indices)
        warnings.extend(lines)
        values = x if varies.all() else x[:, varies]
        if options.standardise:
            values = standardise_columns(values, indices[0])
            notes.append(STANDARDISED)
    elif reading.support == "real" and options.standardise:
        values = standardise_images(values, indices[0])
        notes.append(STANDARDISED_IMAGES)
    if reading.levels is None and x.ndim > 2 and reading.support != "binary":
        warnings.extend(_constant_pixels(values, indices))
    spec = DataSpec(
        name, values.shape[1:], reading.support, len(class_names), levels=reading.levels, class_names=class_names
    )
    train, validation, test = (
        Split(reading.convert(values[part]).astype(np.float32, copy=False), None if labels is None else labels[part])
        for part in indices
    )
    return Dataset(spec, train, validation, test, notes=tuple(notes), warnings=tuple(warnings))


def _encoded(where: str, y: NDArray[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if y.dtype.kind not in "biufUSM":
        raise DataError(f"{where}: y is of type {y.dtype}, expected class numbers or text")
    if y.dtype.kind in "US" and (np.char.str_len(y) == 0).any():
        raise DataError(f"{where}: y holds empty texts; name that class, or remove the examples")
    return encode_labels(where, y, are_classes=y.dtype.kind in "US")


def _precision(x: NDArray[Any]) -> list[str]:
    """Return a line if whole numbers are too large to be told apart once they are floats."""
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8 or np.abs(x).max() <= EXACT:
        return []
    return [f"it holds whole numbers above {EXACT:,}, of which neighbours become equal; are these identifiers?"]


def _constant_pixels(images: NDArray[Any], indices: ThreeIndices) -> list[str]:
    """Return a line if pixels of images without levels have a single value in training."""
    known = images[indices[0]]
    constant = int((known == known[0]).all(axis=0).sum())
    if not constant:
        return []
    return [
        f"{constant} of {known[0].size} pixels have one value in every training image, so that densities may be as high as "
        "they like there; cut them off, or store the images as bytes"
    ]


def _split(x: NDArray[Any], labels: NDArray[np.int64] | None, sizes: dict[str, int] | None) -> ThreeIndices:
    """Split what the user has not put apart, by the contents and not the name."""
    digest = hashlib.sha256(f"{x.dtype.str}{x.shape}".encode())
    digest.update(np.ascontiguousarray(x).data)
    key = digest.hexdigest()
    if sizes is None:
        return split_indices(key, len(x), labels)
    if "val" in sizes:
        return last_examples_indices(key, sizes["train"] + sizes["val"], sizes["val"], sizes["test"])
    return split_indices(key, len(x), labels, official_test=np.arange(len(x)) >= sizes["train"])


def _check_numbers(where: str, x: NDArray[Any], name: str) -> None:
    if x.dtype.kind == "c":
        raise DataError(f"{where}: {name} is of type {x.dtype}; give real and imaginary parts as features of their own")
    if x.dtype.kind not in "biuf":
        raise DataError(f"{where}: {name} is of type {x.dtype}, expected numbers")
    if x.ndim < 2 or x.ndim > 4:
        raise DataError(
            f"{where}: {name} has the shape {x.shape}, expected (n, d), (n, height, width) or one more for channels"
        )
    if x.size == 0:
        raise DataError(f"{where}: {name} has the shape {x.shape}: there are no rows or no features")
    if x.dtype.kind != "f":
        return
    usable = np.isfinite(x) & (np.abs(x) <= np.finfo(np.float32).max)
    bad = ~usable.reshape(len(x), -1).all(axis=1)
    if bad.any():
        problem = f"NaN, infinite or too large in {int(bad.sum())} rows"
        raise DataError(f"{where}: {name} is {problem}, the first being {int(bad.argmax())}")


def _check_lengths(where: str, x: NDArray[Any], y: NDArray[Any], suffix: str) -> None:
    if y.size == len(x) and y.ndim <= 2:
        return
    one_hot = y.ndim == 2 and len(y) == len(x)
    advice = f"; if these are one-hot labels, give the classes' numbers, y{suffix}.argmax(axis=1)" if one_hot else ""
    raise DataError(f"{where}: y{suffix} has the shape {y.shape}, but x{suffix} has {len(x)} rows{advice}")
