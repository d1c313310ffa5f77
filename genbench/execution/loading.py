"""Loads a job's data set and model class."""

from __future__ import annotations

from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Dataset
from genbench.data.source import DataSource
from genbench.errors import ModelError
from genbench.execution.job import DatasetRef
from genbench.model import Model, check_declared
from genbench.records import DatasetSpec
from genbench.signature import check_schema
from genbench.targets import resolve


def load(reference: DatasetRef) -> Dataset:
    """Load the data set; raises :class:`genbench.errors.DataError` if it cannot be loaded."""
    spec = DatasetSpec(name=reference.name, target=reference.target, summary=reference.summary)
    return load_dataset(spec, DataSource(reference.folders), reference.options)


def load_model_class(target: str) -> type[Model]:
    """Import the model class; raises whatever the import raises, and :class:`ModelError` if it is no model, or one that
    declares what is not in the contract."""
    model_class = resolve(target)
    if not (isinstance(model_class, type) and issubclass(model_class, Model)):
        raise ModelError(f"{target} is not a subclass of genbench.Model")
    check_declared(model_class)
    check_schema(model_class.__name__, model_class, ModelError)
    return model_class
