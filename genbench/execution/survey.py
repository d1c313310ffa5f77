"""Finds out what the plan must know of models and data sets before any training, in processes whose crash costs nothing.

The main process thus imports neither torch nor a plugin's code.
"""

from __future__ import annotations

import platform
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict

from genbench.data.dataset import Dataset
from genbench.data.spec import DataSpec
from genbench.errors import GenbenchError, HyperparameterError
from genbench.execution.job import DatasetRef, ModelRef
from genbench.execution.loading import load_model_class
from genbench.model import capabilities
from genbench.signature import settings, validate
from genbench.targets import resolve


class DatasetCard(BaseModel):
    """A data set that loaded."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    spec: DataSpec
    fingerprint: str
    sizes: tuple[int, int, int]
    """Of the training, validation and test splits."""
    has: frozenset[str]
    """Which of ``classes``, ``modes``, ``truth``, ``numbers``, ``images`` it has."""
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    options: dict[str, Any] = {}
    """The validated options that are not the defaults."""
    settings: dict[str, str] = {}
    """All of its options as texts."""


class ModelCard(BaseModel):
    """What a model class can do and why it refuses the data sets that it refuses, or why it could not be imported."""

    model_config = ConfigDict(frozen=True)

    capabilities: tuple[str, ...] = ()
    refusals: dict[str, str] = {}
    shared_loop: bool = False
    """Whether the harness trains it."""
    options: dict[str, Any] = {}
    """The validated hyperparameters that are not the defaults."""
    settings: dict[str, str] = {}
    """All of its hyperparameters as texts."""
    error: str = ""


def properties(dataset: Dataset) -> frozenset[str]:
    """Return which of the properties that evaluations may need the data set has."""
    has = {
        "classes": dataset.spec.classes > 0,
        "modes": dataset.modes is not None,
        "truth": dataset.truth is not None,
        "numbers": dataset.spec.support in ("real", "unit"),
        "images": dataset.spec.is_image,
    }
    return frozenset(name for name, present in has.items() if present)


def survey_dataset(dataset: Dataset, reference: DatasetRef) -> DatasetCard:
    """Return what a data set is, and its options as they were validated."""
    loader = resolve(reference.target)
    options, every = settings(
        loader, validate(f"data set {reference.name!r}", loader, reference.options, noun="option")
    )
    return DatasetCard(
        spec=dataset.spec,
        fingerprint=dataset.fingerprint,
        sizes=(len(dataset.train), len(dataset.validation), len(dataset.test)),
        has=properties(dataset),
        notes=dataset.notes,
        warnings=dataset.warnings,
        options=options,
        settings=every,
    )


def survey_model(reference: ModelRef, data: dict[str, DataSpec]) -> ModelCard:
    """Import the model; raises :class:`HyperparameterError` for a hyperparameter that it does not take."""
    from genbench.training import NeuralModel

    try:
        model_class = load_model_class(reference.target)
    except BaseException as error:  # sys.exit and KeyboardInterrupt at a plugin's import, too
        return ModelCard(error=_one_line(error))
    try:
        validated = validate(f"model {reference.name!r}", model_class, reference.hyperparameters)
    except HyperparameterError:
        raise
    except BaseException as error:
        return ModelCard(error=_one_line(error))
    try:
        options, every = settings(model_class, validated)
        refusals = {label: model_class.refuses(spec) for label, spec in data.items()}
        return ModelCard(
            capabilities=capabilities(model_class),
            refusals={label: reason for label, reason in refusals.items() if reason is not None},
            shared_loop=issubclass(model_class, NeuralModel),
            options=options,
            settings=every,
        )
    except BaseException as error:
        return ModelCard(error=_one_line(error))


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def survey_machine(device: str) -> dict[str, Any]:
    """The device that ``auto`` means here, and the hardware; raises :class:`GenbenchError` for CUDA where there is none."""
    import torch

    cuda = torch.cuda.is_available()
    if device == "cuda" and not cuda:
        raise GenbenchError("--device cuda: PyTorch finds no CUDA device here; use --device cpu or auto")
    return {
        "device": device if device != "auto" else "cuda" if cuda else "cpu",
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=True),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if cuda else [],
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
