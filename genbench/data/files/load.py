"""Loads a user's own file, or folder of images, as a data set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from genbench.data.dataset import Dataset
from genbench.data.files.channels import Channels
from genbench.data.files.contents import content_of
from genbench.data.files.csv_file import MISSING_TEXTS
from genbench.data.files.kinds import EXPECTED, FilePath, Kind, kind_of_name, printable, safe_name
from genbench.data.labels import alike_classes
from genbench.data.repeats import repeat_warnings
from genbench.data.source import DataSource
from genbench.data.table import Missing
from genbench.errors import DataError
from genbench.text import plain


def _texts(value: Any) -> Any:
    """Return a list of texts from one text, or from a list in which JSON made numbers of some."""
    if value is None:
        return ()
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(one if isinstance(one, str) else json.dumps(one) for one in values)


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]

OF_TABLES = ("target", "missing", "categorical", "ignore", "standardise")
OPTIONS: dict[str, tuple[str, ...]] = {
    "CSV": (*OF_TABLES, "na", "decimal"),
    "Parquet": OF_TABLES,
    "NPZ": ("standardise", "channels"),
    "NPY": ("standardise", "channels"),
    "IDX": ("standardise", "channels"),
    "folder of images": ("size",),
}
"""The options of each kind of data, beside ``target=none``."""
KINDS: dict[Kind, str] = {"table": "CSV", "parquet": "Parquet", "npz": "NPZ", "npy": "NPY", "idx": "IDX"}


def load_user_file(
    source: DataSource,
    *,
    path: FilePath,
    target: str | None = "target",
    missing: Missing = "impute",
    na: Texts = MISSING_TEXTS,
    decimal: Literal["point", "comma"] = "point",
    categorical: Texts = (),
    ignore: Texts = (),
    standardise: bool = True,
    channels: Channels | None = None,
    size: int | tuple[int, int] | None = None,
) -> Dataset:
    """Return the data set of a file or folder, split 60/20/20 by its contents unless it is split itself, called after it.

    path         the file, compressed or not: CSV or TSV, Parquet, NPZ, NPY, IDX; or a folder of PNG and JPEG images.
    target       of a table: the column of the labels. ``none``, for any file: the data are unlabelled.
    missing      of a table: ``impute`` or ``drop``, see :data:`genbench.data.table.Missing`.
    na           of a CSV file: texts that mean a missing value, beside an empty cell; ``[]``: no text does.
    decimal      of a CSV file: ``comma`` where 0,5 is a half.
    categorical  of a table: columns of numbers that are categories, or classes; columns of text always are.
    ignore       of a table: columns that are left out.
    standardise  whether numbers are shifted and scaled by the training split's means and deviations.
    channels     of arrays of images: where the channels are, ``first`` or ``last``, if the shape does not tell it.
    size         of a folder of images: height and width, or both in one, to which images are cropped and scaled.

    Raises :class:`DataError` if the file is missing, of an unknown kind, too large for the memory, or of no use.
    """
    given = {
        "target": target not in ("target", None), "missing": missing != "impute", "na": na != MISSING_TEXTS,
        "decimal": decimal != "point", "categorical": bool(categorical), "ignore": bool(ignore),
        "standardise": not standardise, "channels": channels is not None, "size": size is not None,
    }  # fmt: skip
    try:
        kind = _kind_of(path)
        _check_options(path, kind, [option for option, chosen in given.items() if chosen])
        name = safe_name(path)
        if kind in ("CSV", "Parquet"):
            from genbench.data.files.tables import load_table
            from genbench.data.table import TableOptions

            options = TableOptions(target, missing, standardise, are_classes=target in categorical)
            dataset = load_table(name, path, kind, options, categorical, ignore, na, decimal)
        else:
            dataset = _load_arrays(name, path, kind, target is not None, standardise, channels, size)
        extra = (*alike_classes(dataset.spec.class_names), *repeat_warnings(dataset))
        return replace(dataset, warnings=(*dataset.warnings, *extra))
    except DataError as error:
        raise DataError(plain(printable(str(error)))) from None
    except MemoryError:
        shown = plain(printable(str(path)))
        raise DataError(
            f"{shown} takes more memory than a job may use; raise limits.memory_gb in the protocol, or give a smaller file"
        ) from None


def _load_arrays(
    name: str,
    path: Path,
    kind: str,
    labelled: bool,
    standardise: bool,
    channels: Channels | None,
    size: int | tuple[int, int] | None,
) -> Dataset:
    from genbench.data.files.array_files import read_idx_files, read_npy, read_npz
    from genbench.data.files.arrays import ArrayOptions, arrays_dataset
    from genbench.data.files.image_folder import read_image_folder

    notes: list[str] = []
    warnings: list[str] = []
    if kind == "folder of images":
        arrays, notes, warnings = read_image_folder(path, size, labelled)
    elif kind == "NPZ":
        arrays = read_npz(path)
    else:
        arrays, notes = read_npy(path) if kind == "NPY" else read_idx_files(path)
    options = ArrayOptions(labelled, standardise, channels)
    dataset = arrays_dataset(name, printable(str(path)), arrays, options)
    return replace(dataset, notes=(*notes, *dataset.notes), warnings=(*warnings, *dataset.warnings))


def _kind_of(path: Path) -> str:
    """Return what a file is, by its contents and then by its name, as a key of :data:`OPTIONS`."""
    if path.is_dir():
        return "folder of images"
    if not path.is_file():
        raise DataError(f"the data file {str(path)!r} does not exist")
    by_name = kind_of_name(path.name)
    content = "" if by_name == "npz" else content_of(path)
    if content == "image":
        raise DataError(f"{path} is a single image; give a folder of images, one subfolder for each class")
    kind = content or by_name
    if kind is None:
        raise DataError(f"{path} is of an unknown kind; expected {EXPECTED}")
    return KINDS[kind]


def _check_options(path: Path, kind: str, given: list[str]) -> None:
    """Raise :class:`DataError` for an option that data of the kind do not take."""
    wrong = [option for option in given if option not in OPTIONS[kind]]
    if wrong:
        a = "an" if kind[0] in "NI" else "a"
        raise DataError(
            f"{path} is {a} {kind}{' file' if kind in KINDS.values() else ''}, which takes no option {wrong[0]}; it takes "
            f"{', '.join(OPTIONS[kind])}{'' if 'target' in OPTIONS[kind] else ' and target=none'}"
        )
