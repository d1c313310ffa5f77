"""Small real tables that come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from genbench.data.dataset import Dataset
from genbench.data.source import DataSource
from genbench.data.table import TableOptions, table_dataset


def breast_cancer(source: DataSource, *, standardise: bool = True) -> Dataset:
    """Breast cancer Wisconsin (diagnostic): 569 tumours, 30 features, benign or malignant."""
    from sklearn.datasets import load_breast_cancer

    return _table("breast_cancer", load_breast_cancer, standardise)


def wine(source: DataSource, *, standardise: bool = True) -> Dataset:
    """Wine: 178 wines, 13 chemical features, three cultivars."""
    from sklearn.datasets import load_wine

    return _table("wine", load_wine, standardise)


def iris(source: DataSource, *, standardise: bool = True) -> Dataset:
    """Iris: 150 flowers, four lengths, three species."""
    from sklearn.datasets import load_iris

    return _table("iris", load_iris, standardise)


def _table(name: str, load: Callable[..., Any], standardise: bool) -> Dataset:
    bunch = load(as_frame=True)
    frame = bunch.data.astype(np.float64)
    frame["target"] = bunch.target_names.astype(object)[bunch.target]
    return table_dataset(name, f"data set {name!r}", frame, TableOptions(standardise=standardise))
