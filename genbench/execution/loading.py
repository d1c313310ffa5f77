"""Loads a job's data set; a worker keeps the last ones, since many jobs share them."""

from __future__ import annotations

from functools import lru_cache

from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Dataset
from genbench.data.source import DataSource
from genbench.execution.job import DatasetRef
from genbench.records import DatasetSpec

KEPT = 2


def load(reference: DatasetRef) -> Dataset:
    """The data set; raises :class:`genbench.errors.DataError` if it cannot be loaded."""
    return _load(reference.model_dump_json())


@lru_cache(maxsize=KEPT)
def _load(reference_json: str) -> Dataset:
    reference = DatasetRef.model_validate_json(reference_json)
    spec = DatasetSpec(name=reference.name, target=reference.target, summary=reference.summary)
    return load_dataset(spec, DataSource(reference.folders), reference.options)
