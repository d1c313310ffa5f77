"""genbench: a plugin-based benchmarking and evaluation suite for generative models.

The names below are what a plugin's author imports. They are loaded when first used, so that ``import genbench`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genbench.data.dataset import UNLABELLED, Dataset, Split
    from genbench.data.encoding import as_rows, one_hot
    from genbench.data.levels import dequantise, requantise
    from genbench.data.source import DataSource
    from genbench.data.spec import Column, DataSpec
    from genbench.draws import Draws
    from genbench.errors import DataError, DivergedError, ModelError, Unavailable
    from genbench.evaluation.context import EvaluationContext
    from genbench.execution.trained import load_model
    from genbench.hookspecs import hookimpl
    from genbench.measurement import Measurement
    from genbench.model import Budget, FitContext, Model
    from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec

_HOMES = {
    "hookimpl": "genbench.hookspecs",
    "ModelSpec": "genbench.records",
    "DatasetSpec": "genbench.records",
    "EvaluationSpec": "genbench.records",
    "Model": "genbench.model",
    "FitContext": "genbench.model",
    "Budget": "genbench.model",
    "Draws": "genbench.draws",
    "DataSpec": "genbench.data.spec",
    "Column": "genbench.data.spec",
    "Dataset": "genbench.data.dataset",
    "Split": "genbench.data.dataset",
    "UNLABELLED": "genbench.data.dataset",
    "DataSource": "genbench.data.source",
    "dequantise": "genbench.data.levels",
    "requantise": "genbench.data.levels",
    "as_rows": "genbench.data.encoding",
    "one_hot": "genbench.data.encoding",
    "EvaluationContext": "genbench.evaluation.context",
    "Measurement": "genbench.measurement",
    "load_model": "genbench.execution.trained",
    "DataError": "genbench.errors",
    "ModelError": "genbench.errors",
    "DivergedError": "genbench.errors",
    "Unavailable": "genbench.errors",
}

__all__ = [
    "UNLABELLED", "Budget", "Column", "DataError", "DataSource", "DataSpec", "Dataset", "DatasetSpec", "DivergedError",
    "Draws",
    "EvaluationContext", "EvaluationSpec", "FitContext", "Measurement", "Model", "ModelError", "ModelSpec", "Split",
    "Unavailable", "as_rows", "dequantise", "hookimpl", "load_model", "one_hot", "requantise",
]  # fmt: skip

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'genbench' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
