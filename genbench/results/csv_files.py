"""Tables and seeds' values as they lie on the disk, checked once, when they are read."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from genbench.errors import RunFolderError
from genbench.measurement import COLUMNS, Better, Status
from genbench.results.comparisons import NUMBERS as NUMBERS_OF_PAIRS
from genbench.results.comparisons import ROLES, STUDY_ROLES, TABLES_OF_PAIRS
from genbench.results.comparisons import TEXTS as TEXTS_OF_PAIRS
from genbench.results.tables import FAILURES, INTEGERS, KEY, NUMBERS, TEXTS
from genbench.text import plain

STUDY, OF_STUDY = "study.json", ("dimensions", "exponents")
"""What a study leaves beside its tables, and those of its tables that hold no measurements of models."""


def csv_files(folder: Path) -> list[Path]:
    """The CSV files of the folder but hidden ones, such as those that a file manager leaves."""
    return sorted(path for path in folder.glob("*.csv") if not path.name.startswith("."))


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Every table of the folder by name, failures last; raises :class:`RunFolderError` for one that is damaged, and if there
    is none: a comparison without a table would say less than it seems to."""
    apart = OF_STUDY if (folder / STUDY).is_file() else ()
    paths = [path for path in csv_files(folder) if path.stem not in apart]
    if not paths:
        raise RunFolderError(f"{folder} holds no tables (*.csv); give the folder of a run, or of tables")
    ordered = sorted(paths, key=lambda path: path.stem == FAILURES)
    return {path.stem: _pairs(path) if path.stem in TABLES_OF_PAIRS else _measurements(path) for path in ordered}


def read_seeds(folder: Path) -> dict[str, pd.DataFrame]:
    """By table, the values of the single seeds: the columns of ``KEY``, then one column a seed."""
    return {path.stem: _seed_values(path) for path in csv_files(folder)}


def _measurements(path: Path) -> pd.DataFrame:
    frame = _read(path, COLUMNS)
    _check_numbers(path, frame, [name for name in NUMBERS if name in frame])
    for name, known in (("status", get_args(Status)), ("better", get_args(Better))):
        unknown = frame[name].fillna("")[~frame[name].fillna("").isin(known)]
        if len(unknown):
            raise _damaged(path, f"its column {name!r} holds {unknown.iloc[0]!r}")
    if not np.isfinite(frame.loc[frame["status"] == "ok", "value"].astype("float64")).all():
        raise _damaged(path, "a row has the status ok and no value")
    return frame


def _pairs(path: Path) -> pd.DataFrame:
    columns = TABLES_OF_PAIRS[path.stem].columns
    frame = _read(path, ("dataset", *ROLES, *columns))
    _check_numbers(path, frame, [name for name in columns if name not in TEXTS_OF_PAIRS])
    return frame.astype({name: "float64" for name in NUMBERS_OF_PAIRS if name in frame})


def _seed_values(path: Path) -> pd.DataFrame:
    frame = _read(path, tuple(KEY))
    seeds = [str(name) for name in frame.columns if name not in KEY]
    if foreign := [name for name in seeds if not name.removeprefix("-").isdecimal()]:
        raise _damaged(path, f"its column {foreign[0]!r} is no seed")
    _check_numbers(path, frame, seeds)
    return frame.astype(dict.fromkeys(seeds, "float64"))


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    texts: dict[Any, Any] = dict.fromkeys((*TEXTS, *TEXTS_OF_PAIRS), str)
    integers: dict[Any, Any] = dict.fromkeys(INTEGERS, "Int64")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # of rows that are longer than the header
            frame = pd.read_csv(
                path, dtype={**texts, **integers}, keep_default_na=False, na_values=[""], index_col=False
            )
    except Exception as error:  # whatever a parser makes of bytes that are no table
        raise _damaged(path, error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from None
    frame = frame.rename(columns=dict(zip(STUDY_ROLES, ROLES, strict=True)))
    if lacking := [column for column in columns if column not in frame.columns]:
        raise _damaged(path, f"as a table of genbench it has no column {', '.join(map(repr, lacking))}")
    return frame


def _check_numbers(path: Path, frame: pd.DataFrame, names: list[str]) -> None:
    """Raise for a column that holds anything but finite numbers and empty cells."""
    for name in names:
        column = frame[name]
        if not (pd.api.types.is_numeric_dtype(column) or column.isna().all()):
            raise _damaged(path, f"its column {name!r} holds what is no number")
        if np.isinf(column.astype("float64").to_numpy()).any():
            raise _damaged(path, f"its column {name!r} holds a number that is not finite")


def _damaged(path: Path, why: str) -> RunFolderError:
    way = "restore it or remove it, and the others can be read"
    return RunFolderError(f"{path} cannot be read: {plain(why, 200)}; {way}")
