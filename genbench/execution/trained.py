"""Gives a trained model back from what its job kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
    there = _fitted_seeds(Path(folder), states) if model_class.deterministic_fit else sorted(states)
    if seed is not None and seed not in there:
        raise GenbenchError(f"{folder} keeps no model of seed {seed}; there is: {', '.join(map(str, there))}")
    kept = first if seed is None or model_class.deterministic_fit else seed
    hyperparameters = validate(metadata["model"], model_class, json.loads(metadata["hyperparameters"]))
    model = model_class(TypeAdapter(DataSpec).validate_json(metadata["data"]), **hyperparameters)
    try:
        model.restore(states[kept])
    except Unavailable as reason:
        raise GenbenchError(str(reason)) from None
    if isinstance(model, torch.nn.Module):
        model.eval()
    return model, first if seed is None else seed


def _fitted_seeds(folder: Path, kept: Iterable[int]) -> list[int]:
    """Those of the job, of which a fit that does not depend on the seed is kept but once."""
    result = folder / "result.json"
    if not result.is_file():
        return sorted(kept)
    seeds: list[int] = json.loads(result.read_text(encoding="utf-8"))["fitted_seeds"]
    return seeds


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
        told = "its job did not come so far, see log.txt there, or the model has no state"
        why = told if (path.parent / "result.json").is_file() else "give the folder of a job"
        raise GenbenchError(f"{path.parent} keeps no model (there is no {path.name}): {why}") from None
    except SafetensorError as error:
        raise GenbenchError(f"{path} cannot be read: {error}") from None
