"""Makes a data set of a table: of a CSV or Parquet file, or of any pandas table."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from genbench.data.dataset import Dataset
from genbench.data.files.contents import check_memory, unpacked
from genbench.data.files.csv_file import CsvOptions, read_csv
from genbench.data.files.table_warnings import table_warnings
from genbench.data.table import TableOptions, table_dataset
from genbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pyarrow.parquet

BYTES_A_CELL = 32


def load_table(
    name: str,
    path: Path,
    kind: str,
    options: TableOptions,
    categorical: Collection[str],
    ignore: Collection[str],
    missing_texts: Collection[str],
    decimal: Literal["point", "comma"],
) -> Dataset:
    """Return the data set of a CSV or Parquet file, split by a checksum of its contents."""
    if options.target in ignore:
        raise DataError(
            f"{path}: ignore leaves out the target, {options.target!r}; give target=none for unlabelled data"
        )
    if kind == "Parquet":
        frame = typed_frame(str(path), read_parquet(path), options.target, categorical, ignore)
    else:
        frame = read_csv(path, CsvOptions(options.target, categorical, ignore, missing_texts, decimal))
    with unpacked(path) as contents:
        key = hashlib.file_digest(contents, "sha256").hexdigest()  # type: ignore[arg-type]
    return frame_dataset(name, str(path), frame, options, key)


def frame_dataset(name: str, where: str, frame: pd.DataFrame, options: TableOptions, key: str) -> Dataset:
    """Return the data set of a table of float64 and text columns, with warnings of what looks wrong in it.

    ``key`` seeds the split.
    """
    dataset = table_dataset(name, where, frame, options, split_key=key)
    features = frame.drop(columns=[options.target] if options.target else [])
    target = frame[options.target] if options.target else None
    return replace(dataset, warnings=(*dataset.warnings, *table_warnings(features, target)))


def read_parquet(path: Path) -> pd.DataFrame:
    """Return the columns of a Parquet file as pandas has them; raises :class:`DataError` if pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(f"{path}: to read Parquet files, pip install 'genbench[parquet]'") from None
    try:
        with unpacked(path) as contents:
            file: pyarrow.parquet.ParquetFile = pq.ParquetFile(contents)
            check_memory(path, file.metadata.num_rows * file.metadata.num_columns * BYTES_A_CELL)
            frame: pd.DataFrame = file.read().to_pandas(ignore_metadata=True)
    except pa.ArrowException as error:
        raise DataError(f"{path} is not a sound Parquet file ({error}); write it again") from None
    return frame.drop(columns=[name for name in frame if str(name).startswith("__index_level_")])


def typed_frame(
    where: str,
    frame: pd.DataFrame,
    target: str | None = None,
    categorical: Collection[str] = (),
    ignore: Collection[str] = (),
) -> pd.DataFrame:
    """Return a pandas table with columns of float64 (NaN where missing) or text (None where missing) alone.

    The target and the columns ``categorical`` are text: whole numbers keep all their digits. Raises :class:`DataError` for
    columns of neither.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise DataError(f"{where} has more than one column called {max(names, key=names.count)!r}; rename one of them")
    for column in (*categorical, *ignore):
        if column not in names:
            raise DataError(f"{where} has no column {column!r}{did_you_mean(column, names)}")
    if frame.empty:
        raise DataError(f"{where} has no rows")
    frame = frame.set_axis(names, axis=1).set_axis(range(1, len(frame) + 1))
    kept = [name for name in names if name not in ignore]
    return pd.DataFrame({name: _typed(where, frame[name], name == target or name in categorical) for name in kept})


def _typed(where: str, column: pd.Series, as_text: bool) -> pd.Series:
    known = column.dropna()
    example = known.iloc[0] if len(known) else None
    if isinstance(example, list | dict | np.ndarray | bytes | complex):
        raise DataError(
            f"{where}: column {column.name!r} holds values such as {str(example)[:40]!r}, expected numbers or text; leave "
            f"it out with ignore=[{column.name}]"
        )
    is_number = pd.api.types.is_numeric_dtype(column) or isinstance(example, Decimal)
    if as_text or not is_number or pd.api.types.is_bool_dtype(column):
        return column.astype(object).map(_text, na_action="ignore").where(column.notna(), None)
    numbers = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise DataError(f"{where}: column {column.name!r} holds infinite numbers; make them missing or remove the rows")
    return pd.Series(numbers, index=column.index, name=column.name)


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
