"""Data sets by their record: options checked, result checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genbench.data.checks import check_dataset
from genbench.data.dataset import Dataset
from genbench.data.source import DataSource
from genbench.errors import DataError, GenbenchError
from genbench.records import DatasetSpec
from genbench.signature import check_schema, validate
from genbench.targets import resolve


def load_dataset(spec: DatasetSpec, source: DataSource, options: dict[str, Any]) -> Dataset:
    """The data set that the record's target loads with the given options.

    Raises :class:`HyperparameterError` for an option that the loader does not take, and :class:`DataError` for files
    that are missing or damaged, for a third party's loader that fails, and for a result that is no proper data set or
    has another name.
    """
    loader = dataset_loader(spec)
    owner = f"data set {spec.name!r}"
    checked = validate(owner, loader, options, noun="option")
    try:
        loaded = loader(source, **checked)
    except GenbenchError:
        raise
    except MemoryError:
        raise DataError(
            f"{owner} takes more memory than a job may use; raise limits.memory_gb in the protocol"
        ) from None
    except Exception as error:
        if spec.target.startswith("genbench."):
            raise  # a fault of genbench keeps its traceback
        raise DataError(f"{owner}: its loader {spec.target} failed: {type(error).__name__}: {error}") from error
    dataset = check_dataset(owner, loaded)
    if dataset.spec.name != spec.name:
        raise DataError(f"{owner}: its DataSpec is called {dataset.spec.name!r}; give it the record's name")
    return dataset


def dataset_loader(spec: DatasetSpec) -> Callable[..., Any]:
    """The function that the record's target names; raises :class:`DataError` if it cannot be imported, or takes arguments
    that cannot be options."""
    try:
        loader = resolve(spec.target)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise DataError(f"data set {spec.name!r}: its target {spec.target!r} cannot be imported: {problem}") from error
    if not callable(loader):
        raise DataError(f"data set {spec.name!r}: its target {spec.target!r} is not a function")
    check_schema(f"data set {spec.name!r}: {spec.target}", loader, DataError)
    return loader  # type: ignore[no-any-return]
