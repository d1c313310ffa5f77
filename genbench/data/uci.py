"""The twelve UCI sets of Ng & Jordan (2001) that are at hand, read as a CSV file of a user.

Only an empty cell is missing here: a ``?`` is a category.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from genbench.data.checksums import verified_path
from genbench.data.dataset import Dataset
from genbench.data.files.csv_file import CsvOptions, read_csv
from genbench.data.source import DataSource
from genbench.data.table import Missing, TableOptions, table_dataset
from genbench.errors import DataError


def _loader(file: str, rows: int, official_train: int | None = None) -> Callable[..., Dataset]:
    """A loader of ``uci/<file>``; the first ``official_train`` rows are the published training set, the others the test."""
    name = Path(file).name.split(".")[0]

    def load(source: DataSource, *, missing: Missing = "impute", standardise: bool = True) -> Dataset:
        path = verified_path(source, f"uci/{file}")
        frame = read_csv(path, CsvOptions(target="target"))
        if len(frame) != rows:
            raise DataError(f"{path} has {len(frame)} rows, but {name} has {rows}; use it as your own file instead")
        official_test = None if official_train is None else np.arange(rows) >= official_train
        options = TableOptions(missing=missing, standardise=standardise)
        return table_dataset(name, str(path), frame, options, official_test)

    return load


pima = _loader("pima.csv", 768)
ionosphere = _loader("ionosphere.csv", 351, official_train=200)
sonar = _loader("sonar.csv", 208)
boston = _loader("boston.csv", 506)
liver = _loader("liver.csv", 345)
optdigits = _loader("optdigits.csv", 5620, official_train=3823)
adult = _loader("adult.csv.gz", 48842, official_train=32561)
breast_cancer_ljubljana = _loader("breast_cancer_ljubljana.csv", 286)
promoters = _loader("promoters.csv", 106)
lymphography = _loader("lymphography.csv", 148)
lenses = _loader("lenses.csv", 24)
vote = _loader("vote.csv", 435)
