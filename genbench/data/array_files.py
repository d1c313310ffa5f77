"""NPZ and IDX files of a user: what the numbers are is told from their type, range and shape."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset
from genbench.data.idx import read_idx
from genbench.data.labels import encode_labels
from genbench.data.levels import from_levels
from genbench.data.spec import DataSpec, Support
from genbench.data.splitting import split_indices, take
from genbench.data.standardise import CONSTANT, STANDARDISED, standardise_columns
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRAIN_AND_TEST = ("x_train", "y_train", "x_test", "y_test")


def load_npz(name: str, path: Path, *, labelled: bool, standardise: bool) -> Dataset:
    """The arrays x and, if there are labels, y; or x_train, x_test and, if there are labels, y_train, y_test."""
    arrays = _read_npz(path)
    if "x" in arrays:
        return _array_dataset(name, str(path), arrays["x"], arrays.get("y") if labelled else None, standardise)
    if not {"x_train", "x_test"} <= set(arrays):
        raise DataError(
            f"{path} has the arrays {', '.join(sorted(arrays)) or 'none'}; expected x (and y), or x_train, x_test"
        )
    x = [arrays["x_train"], arrays["x_test"]]
    if x[0].shape[1:] != x[1].shape[1:]:
        raise DataError(f"{path}: x_train has the shape {x[0].shape}, but x_test {x[1].shape}")
    y = None
    if labelled and ("y_train" in arrays or "y_test" in arrays):
        if not {"y_train", "y_test"} <= set(arrays):
            raise DataError(f"{path} has only one of y_train and y_test; give both, or target=none")
        for part in ("train", "test"):
            _check_lengths(str(path), arrays[f"x_{part}"], arrays[f"y_{part}"], f"_{part}")
        y = np.concatenate([arrays["y_train"].ravel(), arrays["y_test"].ravel()])
    official_test = np.arange(len(x[0]) + len(x[1])) >= len(x[0])
    return _array_dataset(name, str(path), np.concatenate(x), y, standardise, official_test)


def load_idx(name: str, path: Path, *, labelled: bool, standardise: bool) -> Dataset:
    """An IDX file of examples; its labels lie beside it if both are named as those of MNIST are."""
    x, y = read_idx(path), None
    beside = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    if labelled and beside != path and beside.is_file():
        y = read_idx(beside)
    return _array_dataset(name, str(path), x, y, standardise)


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise DataError(f"{path} is not a sound NPZ file ({error}); get or write it again") from None
    except (ValueError, AttributeError) as error:
        raise DataError(f"{path} cannot be used: {str(error).splitlines()[0]}") from None


def _array_dataset(
    name: str,
    where: str,
    x: NDArray[Any],
    y: NDArray[Any] | None,
    standardise: bool,
    official_test: NDArray[np.bool_] | None = None,
) -> Dataset:
    _check_numbers(where, x)
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    if y is not None:
        _check_lengths(where, x, y, "")
        labels, class_names = encode_labels(where, y.ravel())
    spec, values = _interpret(name, x)
    spec = replace(spec, classes=len(class_names), class_names=class_names)
    indices = split_indices(name, len(x), labels, official_test)
    notes: tuple[str, ...] = (f"taken as {spec.support} data" + (f" of {spec.levels} levels" if spec.levels else ""),)
    if standardise and spec.support == "real" and len(spec.shape) == 1:
        values, constant = standardise_columns(values, indices[0])
        notes += (STANDARDISED,)
        notes += (CONSTANT + ", ".join(str(column) for column in np.flatnonzero(constant)),) * bool(constant.any())
    return Dataset(spec, *take(values.astype(np.float32), labels, indices), notes=notes)


def _check_numbers(where: str, x: NDArray[Any]) -> None:
    if not (np.issubdtype(x.dtype, np.number) or x.dtype == np.bool_) or np.issubdtype(x.dtype, np.complexfloating):
        raise DataError(f"{where}: x is of type {x.dtype}, expected numbers")
    if x.ndim < 2 or x.ndim > 4:
        raise DataError(
            f"{where}: x has the shape {x.shape}, expected (n, d), (n, height, width) or one more for channels"
        )
    if x.size == 0:
        raise DataError(f"{where}: x has the shape {x.shape}: there are no rows or no features")
    usable = np.isfinite(x) & (np.abs(x) <= np.finfo(np.float32).max)
    bad = ~usable.reshape(len(x), -1).all(axis=1)
    if bad.any():
        problem = f"NaN, infinite or too large in {int(bad.sum())} rows"
        raise DataError(f"{where}: x is {problem}, the first being {int(bad.argmax())}")


def _check_lengths(where: str, x: NDArray[Any], y: NDArray[Any], suffix: str) -> None:
    if y.size != len(x):
        raise DataError(f"{where}: y{suffix} has the shape {y.shape}, but x{suffix} has {len(x)} rows")


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
