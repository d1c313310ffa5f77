"""Loads files as the command line does, for the tests of users' files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Dataset
from genbench.data.files.kinds import path_text, safe_name
from genbench.data.source import DataSource
from genbench.errors import DataError
from genbench.records import DatasetSpec

CASES = Path(__file__).parent / "cases"


def load_own(path: Path, **options: Any) -> Dataset:
    """Return the data set of a file, with options as they are typed."""
    spec = DatasetSpec(name=safe_name(path), target="genbench.data.files.load:load_user_file", summary="own")
    return load_dataset(spec, DataSource(), {"path": path_text(path), **options})


def refusal(path: Path, **options: Any) -> str:
    """Return the one line with which the file is refused."""
    with pytest.raises(DataError) as caught:
        load_own(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    message.encode()  # nothing in it that cannot be printed
    return message


def all_rows(dataset: Dataset) -> np.ndarray:
    """Return every example, flat, and its label, in an order that depends on the values alone."""
    splits = (dataset.train, dataset.validation, dataset.test)
    columns = [np.concatenate([split.x.reshape(len(split), -1) for split in splits])]
    if dataset.spec.classes:
        columns.append(np.concatenate([split.y for split in splits])[:, None])
    rows = np.concatenate(columns, axis=1)
    return rows[np.lexsort(rows.T[::-1])]
