"""What every data set must be, whoever loads it."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from genbench.data.dataset import Dataset, Split
from genbench.data.spec import DataSpec, Support
from genbench.errors import DataError, check_choice


def check_dataset(owner: str, dataset: Any) -> Dataset:
    """The data set itself; raises :class:`DataError`, which names ``owner``, if it is not what it should be."""
    if not isinstance(dataset, Dataset):
        raise DataError(f"{owner}: its loader returned {type(dataset).__name__}, expected a genbench Dataset")
    check_choice(f"{owner}: support", dataset.spec.support, get_args(Support), DataError)
    for part in ("train", "validation", "test"):
        _check_split(f"{owner}: the {part} split", getattr(dataset, part), dataset.spec)
    if dataset.spec.classes:
        _check_classes(owner, dataset)
    return dataset


def _check_split(where: str, split: Split, spec: DataSpec) -> None:
    x, y = split.x, split.y
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        raise DataError(f"{where} must hold a float32 array, not {getattr(x, 'dtype', type(x).__name__)}")
    if len(x) == 0:
        raise DataError(f"{where} is empty: there are too few rows")
    if x.shape[1:] != spec.shape:
        raise DataError(f"{where} has examples of shape {x.shape[1:]}, but the data set says {spec.shape}")
    _check_values(where, x, spec)
    if (y is None) == bool(spec.classes):
        raise DataError(
            f"{where} {'has no' if y is None else 'has'} labels, but the data set has {spec.classes} classes"
        )
    if y is None:
        return
    if not isinstance(y, np.ndarray) or y.dtype != np.int64 or y.shape != (len(x),):
        raise DataError(f"{where} must have int64 labels of shape ({len(x)},)")
    if y.min() < 0 or y.max() >= spec.classes:
        raise DataError(f"{where} has labels from {y.min()} to {y.max()}, expected 0 to {spec.classes - 1}")


def _check_values(where: str, x: np.ndarray, spec: DataSpec) -> None:
    """Finite, and within what the support allows."""
    if not np.isfinite(x).all():
        raise DataError(f"{where} holds NaN or infinite numbers")
    if spec.support == "unit" and (x.min() < 0 or x.max() > 1):
        raise DataError(f"{where} has values from {x.min():g} to {x.max():g}, but unit data lie in [0, 1]")
    if spec.support == "binary" and not ((x == 0) | (x == 1)).all():
        raise DataError(f"{where} has values other than 0 and 1, but the data are binary")
    if spec.support in ("categorical", "mixed") and len(spec.columns) != spec.dim:
        raise DataError(f"{where} has {spec.dim} features, but the data set describes {len(spec.columns)} columns")
    for index, column in enumerate(spec.columns):
        codes = x[:, index]
        if column.is_categorical and not ((codes >= 0) & (codes < column.categories) & (codes == np.rint(codes))).all():
            raise DataError(
                f"{where}: column {column.name!r} has values other than the codes 0 to {column.categories - 1}"
            )


def _check_classes(owner: str, dataset: Dataset) -> None:
    if dataset.spec.classes == 1:
        raise DataError(f"{owner} has one class; give two at least, or no labels")
    absent = np.setdiff1d(np.arange(dataset.spec.classes), dataset.train.y)
    if len(absent):
        raise DataError(f"{owner}: class {int(absent[0])} is not in the training split")
