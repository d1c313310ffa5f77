"""Gives a trained model back from what its job kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from genbench.data.spec import DataSpec
from genbench.errors import GenbenchError, Unavailable
from genbench.execution.loading import load_model_class
from genbench.model import Model
from genbench.signature import validate


def load_model(folder: str | Path, seed: int | None = None) -> Model:
    """The model of one seed, fitted, on the CPU and in evaluation mode, from a job's folder (``results/NAME/jobs/KEY``).

    Without a seed it is the first that is kept. Its class must be installed. Raises :class:`GenbenchError` if the folder
    keeps no such model, or its class cannot take it back (see :meth:`genbench.Model.restore`).
    """
    return load_model_and_seed(folder, seed)[0]


def load_model_and_seed(folder: str | Path, seed: int | None = None) -> tuple[Model, int]:
    """As :func:`load_model`, with the seed: the one asked for, or the first that is kept."""
    metadata, states = _read(Path(folder) / "model.safetensors")
    model_class = load_model_class(metadata["target"])
    first = min(states)
    kept = first if seed is None or model_class.deterministic_fit else seed
    if kept not in states:
        there = ", ".join(map(str, sorted(states)))
        raise GenbenchError(f"{folder} keeps no model of seed {seed}; there is: {there}")
    hyperparameters = validate(metadata["model"], model_class, json.loads(metadata["hyperparameters"]))
    model = model_class(TypeAdapter(DataSpec).validate_json(metadata["data"]), **hyperparameters)
    try:
        model.restore(states[kept])
    except Unavailable as reason:
        raise GenbenchError(str(reason)) from None
    if isinstance(model, torch.nn.Module):
        model.eval()
    return model, first if seed is None else seed


def _read(path: Path) -> tuple[dict[str, str], dict[int, dict[str, Any]]]:
    """The file's metadata, and the tensors of each seed."""
    from safetensors import SafetensorError, safe_open

    states: dict[int, dict[str, Any]] = {}
    try:
        with safe_open(path, "pt") as file:
            for full_name in file.keys():  # noqa: SIM118
                seed, _, name = full_name.partition("/")
                states.setdefault(int(seed), {})[name] = file.get_tensor(full_name)
            return file.metadata(), states
    except FileNotFoundError:
        raise GenbenchError(
            f"{path.parent} keeps no model (there is no {path.name}); give the folder of a job"
        ) from None
    except SafetensorError as error:
        raise GenbenchError(f"{path} cannot be read: {error}") from None
