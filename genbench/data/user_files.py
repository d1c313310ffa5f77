"""A user's own file as a data set: CSV, NPZ or IDX."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from genbench.data.dataset import Dataset
from genbench.data.idx import read_bytes
from genbench.data.naming import safe_name
from genbench.data.repeats import repeat_warnings
from genbench.data.source import DataSource
from genbench.data.table import Missing, TableOptions, table_dataset
from genbench.errors import DataError

CSV = (".csv", ".csv.gz")
NPZ = (".npz",)
IDX = re.compile(r"(.*-idx\d-ubyte|.*\.idx\d*)(\.gz)?$")


def load_user_file(
    source: DataSource,
    *,
    path: Path,
    target: str | None = "target",
    missing: Missing = "impute",
    categorical: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    standardise: bool = True,
) -> Dataset:
    """The data set of a file, split 60/20/20 by its contents unless the file itself is split, called after the file.

    path         the file: .csv, .csv.gz, .npz, or IDX (*-idx3-ubyte, *.idx, gzipped or not).
    target       of a CSV file: the column of the labels. ``none``, for any file: the data are unlabelled.
    missing      of a CSV file: ``impute`` or ``drop``, see :data:`genbench.data.table.Missing`.
    categorical  of a CSV file: columns of numbers that are categories; columns of text always are.
    ignore       of a CSV file: columns that are left out.
    standardise  whether tables of numbers are shifted and scaled by the training split's means and deviations.

    Raises :class:`DataError` if the file is missing, of an unknown kind, or of no use.
    """
    if not path.is_file():
        raise DataError(f"the data file {str(path)!r} {'is a folder' if path.is_dir() else 'does not exist'}")
    options = TableOptions(target, missing, standardise)
    if path.name.lower().endswith(CSV):
        dataset = _load_csv(safe_name(path), path, options, categorical, ignore)
    else:
        dataset = _load_arrays(path, options, categorical, ignore)
    return replace(dataset, warnings=(*dataset.warnings, *repeat_warnings(dataset)))


def _load_arrays(path: Path, options: TableOptions, categorical: tuple[str, ...], ignore: tuple[str, ...]) -> Dataset:
    name, lowered = safe_name(path), path.name.lower()
    if categorical or ignore or options.missing != "impute" or options.target not in ("target", None):
        raise DataError(f"{path} is not a CSV file: it takes the options standardise and target=none alone")
    from genbench.data.array_files import load_idx, load_npz

    if lowered.endswith(NPZ):
        return load_npz(name, path, labelled=options.target is not None, standardise=options.standardise)
    if IDX.match(lowered):
        return load_idx(name, path, labelled=options.target is not None, standardise=options.standardise)
    raise DataError(f"{path} is of an unknown kind; expected .csv, .csv.gz, .npz, or an IDX file (*-idx3-ubyte[.gz])")


def _load_csv(
    name: str, path: Path, options: TableOptions, categorical: tuple[str, ...], ignore: tuple[str, ...]
) -> Dataset:
    from genbench.data.csv_file import MISSING_MARKERS, read_csv
    from genbench.data.table_warnings import table_warnings

    if options.target in ignore:
        raise DataError(
            f"{path}: ignore leaves out the target, {options.target!r}; give target=none for unlabelled data"
        )
    frame = read_csv(path, categorical, ignore, MISSING_MARKERS)
    key = hashlib.sha256(read_bytes(path)).hexdigest()
    dataset = table_dataset(name, str(path), frame, options, split_key=key)
    features = frame.drop(columns=[options.target] if options.target else [])
    target = frame[options.target] if options.target else None
    return replace(dataset, warnings=tuple(table_warnings(features, target)))
