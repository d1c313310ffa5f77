"""A table of numbers and text as a data set: categories coded, missing values filled in, numbers standardised.

Whatever is estimated (medians, means, standard deviations) is estimated on the training split alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from genbench.data.dataset import Dataset
from genbench.data.labels import encode_labels
from genbench.data.spec import Column, DataSpec, Support
from genbench.data.splitting import split_indices, take
from genbench.data.spread import columns_with_spread
from genbench.data.standardise import STANDARDISED, standardise_columns
from genbench.errors import DataError, nearest_hint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.splitting import ThreeIndices

Missing = Literal["impute", "drop"]
"""``impute``: a missing number becomes the training split's median, a missing category a category of its own.
``drop``: rows with a missing value are left out."""


@dataclass(frozen=True)
class TableOptions:
    """How a table becomes a data set.

    target       the column of the labels; None for an unlabelled data set.
    missing      see :data:`Missing`.
    standardise  whether a column of numbers is shifted and scaled to mean 0 and standard deviation 1 in training.
    are_classes  whether many different numbers in the column of the labels are classes nevertheless.
    """

    target: str | None = "target"
    missing: Missing = "impute"
    standardise: bool = True
    are_classes: bool = False


def table_dataset(
    name: str,
    where: str,
    frame: pd.DataFrame,
    options: TableOptions,
    official_test: NDArray[np.bool_] | None = None,
    split_key: str | None = None,
) -> Dataset:
    """Return the data set of a table whose columns are float64 (NaN where missing) or text (None where missing).

    ``where`` names the table in errors; ``official_test`` (n,) marks the test rows, where they are given; ``split_key``
    seeds the split instead of the name. Columns of numbers that have one value in training are left out, with a warning.
    Raises :class:`DataError` if there is no such target, or labels or features that cannot be used.
    """
    features, targets = _separate_target(where, frame, options.target)
    if features.columns.empty:
        raise DataError(f"{where} has no column beside the target: there are no features")
    notes: list[str] = []
    texts = ", ".join(frame.attrs.get("missing_texts", {}).get(options.target, ()))
    warnings: list[str] = []
    kept = _kept_rows(where, features, targets, texts, options.missing, notes, warnings)
    features = features[kept]
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    if targets is not None:
        labels, class_names = encode_labels(where, _target_values(targets[kept]), options.are_classes)
    official = None if official_test is None else official_test[kept]
    indices = split_indices(split_key or name, len(features), labels, official)
    columns, x = _encode_features(where, features, indices, options, notes, warnings)
    kinds = {column.is_categorical for column in columns}
    support: Support = "mixed" if len(kinds) == 2 else "categorical" if True in kinds else "real"
    spec = DataSpec(
        name, (len(columns),), support, classes=len(class_names), columns=tuple(columns), class_names=class_names
    )
    return Dataset(spec, *take(x, labels, indices), notes=tuple(notes), warnings=tuple(warnings))


def _separate_target(where: str, frame: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, pd.Series | None]:
    if target is None:
        return frame, None
    if target not in frame.columns:
        names = [str(name) for name in frame.columns]
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        hint = nearest_hint(target, names) if target != "target" else ""
        raise DataError(
            f"{where} has no column {target!r}{hint}; its columns are {shown}; "
            "say which one holds the labels with :target=COLUMN, or :target=none if there are none"
        )
    return frame.drop(columns=[target]), frame[target]


def _kept_rows(
    where: str,
    features: pd.DataFrame,
    targets: pd.Series | None,
    texts: str,
    missing: Missing,
    notes: list[str],
    warnings: list[str],
) -> NDArray[np.bool_]:
    """Return the rows to use (n,): all, or with ``drop`` those without a missing value.

    ``texts`` are those that stand for a missing label in the table.
    """
    incomplete = features.isna().any(axis=1).to_numpy()
    if targets is not None:
        unlabelled = targets.isna().to_numpy()
        so_written = f" (written {texts}, or left empty)" if texts else ""
        if unlabelled.any() and missing != "drop":
            raise DataError(
                f"{where}: the target {targets.name!r} is missing{so_written} in {int(unlabelled.sum())} rows; give "
                f"missing=drop{_na_hint(texts)}"
            )
        if unlabelled.any() and texts:
            warnings.append(
                f"{int(unlabelled.sum())} rows are left out because their label is missing{so_written}{_na_hint(texts)}"
            )
        incomplete = incomplete | unlabelled
    if missing != "drop" or not incomplete.any():
        return np.ones(len(features), dtype=bool)
    if incomplete.all():
        raise DataError(f"{where}: every row has a missing value, so that missing=drop leaves none")
    notes.append(f"dropped {int(incomplete.sum())} of {len(features)} rows with a missing value")
    return ~incomplete


def _na_hint(texts: str) -> str:
    return (
        f"; if {texts} is a class, give na=[] (or na=[?] and the like for other texts that mean missing)"
        if texts
        else ""
    )


def _target_values(targets: pd.Series) -> NDArray[Any]:
    """Return the targets as an array that sorts."""
    values = targets.to_numpy()
    return values.astype(str) if values.dtype == object else values


def _encode_features(
    where: str,
    features: pd.DataFrame,
    indices: ThreeIndices,
    options: TableOptions,
    notes: list[str],
    warnings: list[str],
) -> tuple[list[Column], NDArray[np.float32]]:
    """Return the columns' form, and numbers and codes (n, d), of the columns that take part."""
    train = indices[0]
    encoded = [_encode_column(where, str(name), values, train, notes) for name, values in features.items()]
    columns = [column for column, _ in encoded]
    x = np.stack([array for _, array in encoded], axis=1)
    numeric = np.array([not column.is_categorical for column in columns])
    if numeric.any():
        names = [column.name for column in columns if not column.is_categorical]
        varies = np.ones(len(columns), dtype=bool)
        varies[numeric], lines = columns_with_spread(where, x[:, numeric], names, indices, others=not numeric.all())
        warnings.extend(lines)
        x, numeric = x[:, varies], numeric[varies]
        columns = [column for column, kept in zip(columns, varies, strict=True) if kept]
    if options.standardise and numeric.any():
        x[:, numeric] = standardise_columns(x[:, numeric], train)
        notes.append(STANDARDISED)
    return columns, x.astype(np.float32)


def _encode_column(
    where: str, name: str, values: pd.Series, train: NDArray[np.intp], notes: list[str]
) -> tuple[Column, NDArray[np.float64]]:
    """The column's form, and its numbers or codes (n,)."""
    missing = values.isna().to_numpy()
    if missing.all():
        raise DataError(f"{where}: column {name!r} is empty; leave it out with ignore=[{name}]")
    if pd.api.types.is_float_dtype(values):
        if values.abs().max() > np.finfo(np.float32).max:
            raise DataError(f"{where}: column {name!r} holds {values.abs().max():g}, too large for 32 bits")
        return Column(name), _imputed(where, name, values.to_numpy(), missing, train, notes)
    raw = values.to_numpy()
    categories, codes = np.unique(raw[~missing].astype(str), return_inverse=True)
    if len(categories) > max(50, len(raw) // 2):
        raise DataError(
            f"{where}: column {name!r} has {len(categories)} different texts in {len(raw)} rows, too many for "
            f"categories; leave it out with ignore=[{name}]"
        )
    array = np.full(len(raw), float(len(categories)))
    array[~missing] = codes
    names = [str(category) for category in categories]
    if missing.any():
        names.append("(missing)")
        notes.append(f"{name}: {int(missing.sum())} missing values are a category of their own")
    notes.append(f"{name}: coded 0, 1, ... for {', '.join(names)}")
    return Column(name, categories=len(names)), array


def _imputed(
    where: str,
    name: str,
    values: NDArray[np.float64],
    missing: NDArray[np.bool_],
    train: NDArray[np.intp],
    notes: list[str],
) -> NDArray[np.float64]:
    if not missing.any():
        return values
    known = values[train][~missing[train]]
    if not len(known):
        raise DataError(
            f"{where}: column {name!r} has no value in the training split; leave it out with ignore=[{name}]"
        )
    median = float(np.median(known))
    notes.append(f"{name}: {int(missing.sum())} missing values imputed by the training split's median {median:g}")
    return np.where(missing, median, values)
