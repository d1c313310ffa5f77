"""NPZ and IDX files of a user: what the numbers are is told from their type, range and shape."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.format import read_array

from genbench.data.dataset import Dataset
from genbench.data.idx import read_idx
from genbench.data.labels import encode_labels
from genbench.data.levels import from_levels
from genbench.data.spec import DataSpec, Support
from genbench.data.splitting import last_examples_indices, split_indices, take
from genbench.data.standardise import CONSTANT, STANDARDISED, standardise_columns
from genbench.errors import DataError, nearest_hint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.splitting import ThreeIndices

TOGETHER = ("x", "y")
APART = ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test")
EXPECTED = "x (and y), or x_train and x_test (and y_train, y_test), also x_val (and y_val)"


def load_npz(name: str, path: Path, *, labelled: bool, standardise: bool) -> Dataset:
    """The arrays x and, if there are labels, y; or x_train, x_test and perhaps x_val, and the y of each."""
    arrays = _read_npz(path)
    if "x" in arrays:
        return _array_dataset(name, str(path), arrays["x"], arrays.get("y") if labelled else None, standardise)
    if not {"x_train", "x_test"} <= set(arrays):
        raise DataError(f"{path} has the arrays {', '.join(sorted(arrays)) or 'none'}; expected {EXPECTED}")
    parts = [part for part in ("train", "val", "test") if f"x_{part}" in arrays]
    x = [arrays[f"x_{part}"] for part in parts]
    for part, array in zip(parts, x, strict=True):
        _check_numbers(str(path), array, f"x_{part}")
        if array.shape[1:] != x[0].shape[1:]:
            raise DataError(f"{path}: x_train has the shape {x[0].shape}, but x_{part} {array.shape}")
    y = _labels_of_parts(path, arrays, parts) if labelled else None
    sizes = {part: len(array) for part, array in zip(parts, x, strict=True)}
    return _array_dataset(name, str(path), np.concatenate(x), y, standardise, sizes)


def _labels_of_parts(path: Path, arrays: dict[str, NDArray[Any]], parts: list[str]) -> NDArray[Any] | None:
    names = [f"y_{part}" for part in parts]
    given = [name for name in arrays if name.startswith("y_")]
    if not given:
        return None
    if set(given) != set(names):
        raise DataError(
            f"{path} has {', '.join(f'x_{part}' for part in parts)}, but the labels {', '.join(sorted(given))}; "
            f"expected {', '.join(names)}, or target=none"
        )
    for part in parts:
        _check_lengths(str(path), arrays[f"x_{part}"], arrays[f"y_{part}"], f"_{part}")
    return np.concatenate([arrays[name].ravel() for name in names])


def load_idx(name: str, path: Path, *, labelled: bool, standardise: bool) -> Dataset:
    """An IDX file of examples; its labels lie beside it if both are named as those of MNIST are."""
    x, y = read_idx(path), None
    beside = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    if labelled and beside != path and beside.is_file():
        y = read_idx(beside)
    return _array_dataset(name, str(path), x, y, standardise)


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays by name, all of which are of :data:`TOGETHER` or all of :data:`APART`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.removesuffix(".npy"): member for member in archive.namelist()}
            _check_array_names(path, members)
            return {name: _read_array(path, archive, member) for name, member in members.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise DataError(
            f"{path} is not a sound NPZ file ({error}); get it again, or write it with numpy.savez"
        ) from None


def _read_array(path: Path, archive: zipfile.ZipFile, member: str) -> NDArray[Any]:
    try:
        with archive.open(member) as file:
            array: NDArray[Any] = read_array(file, allow_pickle=False)
            return array
    except ValueError as error:
        where = f"{path}: the array {member.removesuffix('.npy')!r}"
        if str(error).startswith("Object arrays"):
            raise DataError(
                f"{where} holds Python objects, which are not loaded; make it numbers with .astype(float), or labels "
                "text with .astype(str), and write it again"
            ) from None
        raise DataError(f"{where} is damaged; get the file again, or write it with numpy.savez") from None


def _check_array_names(path: Path, names: Collection[str]) -> None:
    """No array is left unused without a word."""
    known = TOGETHER if "x" in names else APART
    for name in names:
        if name not in known:
            hint = "" if name in APART else nearest_hint(name, known)
            raise DataError(f"{path} has an array {name!r} that is not used; expected only {EXPECTED}{hint}")


def _array_dataset(
    name: str,
    where: str,
    x: NDArray[Any],
    y: NDArray[Any] | None,
    standardise: bool,
    sizes: dict[str, int] | None = None,
) -> Dataset:
    """``sizes``: how many of the examples, one part after another, the user has put into each part."""
    _check_numbers(where, x, "x")
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    if y is not None:
        _check_lengths(where, x, y, "")
        labels, class_names = encode_labels(where, y.ravel())
    spec, values = _interpret(name, x)
    spec = replace(spec, classes=len(class_names), class_names=class_names)
    indices = _split(x, labels, sizes)
    notes: tuple[str, ...] = (f"taken as {spec.support} data" + (f" of {spec.levels} levels" if spec.levels else ""),)
    if standardise and spec.support == "real" and len(spec.shape) == 1:
        values, constant = standardise_columns(values, indices[0])
        notes += (STANDARDISED,)
        notes += (CONSTANT + ", ".join(str(column) for column in np.flatnonzero(constant)),) * bool(constant.any())
    return Dataset(spec, *take(values.astype(np.float32), labels, indices), notes=notes)


def _split(x: NDArray[Any], labels: NDArray[np.int64] | None, sizes: dict[str, int] | None) -> ThreeIndices:
    """By the contents, not the name; whatever the user has not put apart."""
    digest = hashlib.sha256(f"{x.dtype.str}{x.shape}".encode())
    digest.update(np.ascontiguousarray(x).data)
    key = digest.hexdigest()
    if sizes is None:
        return split_indices(key, len(x), labels)
    if "val" in sizes:
        return last_examples_indices(key, sizes["train"] + sizes["val"], sizes["val"], sizes["test"])
    return split_indices(key, len(x), labels, official_test=np.arange(len(x)) >= sizes["train"])


def _check_numbers(where: str, x: NDArray[Any], name: str) -> None:
    if not (np.issubdtype(x.dtype, np.number) or x.dtype == np.bool_) or np.issubdtype(x.dtype, np.complexfloating):
        raise DataError(f"{where}: {name} is of type {x.dtype}, expected numbers")
    if x.ndim < 2 or x.ndim > 4:
        raise DataError(
            f"{where}: {name} has the shape {x.shape}, expected (n, d), (n, height, width) or one more for channels"
        )
    if x.size == 0:
        raise DataError(f"{where}: {name} has the shape {x.shape}: there are no rows or no features")
    usable = np.isfinite(x) & (np.abs(x) <= np.finfo(np.float32).max)
    bad = ~usable.reshape(len(x), -1).all(axis=1)
    if bad.any():
        problem = f"NaN, infinite or too large in {int(bad.sum())} rows"
        raise DataError(f"{where}: {name} is {problem}, the first being {int(bad.argmax())}")


def _check_lengths(where: str, x: NDArray[Any], y: NDArray[Any], suffix: str) -> None:
    if y.size == len(x):
        return
    one_hot = y.ndim == 2 and len(y) == len(x)
    advice = f"; if these are one-hot labels, give the classes' numbers, y{suffix}.argmax(axis=1)" if one_hot else ""
    raise DataError(f"{where}: y{suffix} has the shape {y.shape}, but x{suffix} has {len(x)} rows{advice}")


def _interpret(name: str, x: NDArray[Any]) -> tuple[DataSpec, NDArray[Any]]:
    """The data's form and their values. Zeros and ones: binary; other bytes: unit with 256 levels; images of floats in
    [0, 1]: unit; else real. Images become (n, channels, height, width)."""
    images = _channels_first(x)
    shape = tuple(images.shape[1:])
    low, high = images.min(), images.max()
    if low >= 0 and high <= 1 and np.isin(images, (0, 1)).all():
        return DataSpec(name, shape, "binary"), images
    if x.dtype == np.uint8:
        return DataSpec(name, shape, "unit", levels=256), from_levels(np.arange(256), 256)[images]
    in_unit = len(shape) == 3 and np.issubdtype(x.dtype, np.floating) and low >= 0 and high <= 1
    support: Support = "unit" if in_unit else "real"
    return DataSpec(name, shape, support), images


def _channels_first(x: NDArray[Any]) -> NDArray[Any]:
    if x.ndim == 3:
        return x[:, None]
    if x.ndim == 4 and x.shape[1] not in (1, 3) and x.shape[3] in (1, 3):
        return np.moveaxis(x, 3, 1)
    return x
