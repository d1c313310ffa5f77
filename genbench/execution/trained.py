"""Gives a trained model back from what its job kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, Json, ValidationError

from genbench.data.spec import DataSpec
from genbench.errors import GenbenchError, HyperparameterError, RunFolderError, Unavailable
from genbench.execution.loading import load_model_class
from genbench.model import Model
from genbench.plugins import load_plugins
from genbench.records import Target
from genbench.results.reading import LONGEST, in_words, result_in, warn
from genbench.signature import validate
from genbench.text import plain

FILE = "model.safetensors"


def load_model(folder: str | Path, seed: int | None = None) -> Model:
    """The model of one seed, fitted, on the CPU and in evaluation mode, from a job's folder (``results/NAME/jobs/KEY``).

    Without a seed it is the first that is kept. What the file names is imported only if an installed plugin declares it as a
    model. Raises :class:`GenbenchError` if none does, if the folder keeps no such model, or if its class cannot take it back
    (see :meth:`genbench.Model.restore`).
    """
    return load_model_and_seed(folder, seed)[0]


def load_model_and_seed(folder: str | Path, seed: int | None = None) -> tuple[Model, int]:
    """As :func:`load_model`, with the seed: the one asked for, or the first that is kept."""
    folder = Path(folder)
    kept, states = _read(folder / FILE)
    model_class = _declared_class(folder / FILE, kept)
    first = min(states)
    there = _fitted_seeds(folder, states) if model_class.deterministic_fit else sorted(states)
    if seed is not None and seed not in there:
        raise GenbenchError(f"{folder} keeps no model of seed {seed}; there is: {', '.join(map(str, there))}")
    state = states[first if seed is None or model_class.deterministic_fit else seed]
    try:
        hyperparameters = validate(kept.model, model_class, kept.hyperparameters)
        model = model_class(kept.data, **hyperparameters)
        model.restore(state)
    except Unavailable as reason:
        raise GenbenchError(str(reason)) from None
    except HyperparameterError as error:
        raise _damaged(folder / FILE, f"hyperparameters: {error}") from None
    except (Exception, SystemExit) as error:  # whatever a model's own code makes of parameters that are not its own
        raise _damaged(folder / FILE, f"{kept.target} does not take it back: {type(error).__name__}: {error}") from None
    if isinstance(model, torch.nn.Module):
        model.eval()
    return model, first if seed is None else seed


def _possible(data: DataSpec) -> DataSpec:
    if not data.shape or min(data.shape) < 1 or data.classes < 0 or (data.levels is not None and data.levels < 2):
        raise ValueError(f"no data have the shape {data.shape}, {data.classes} classes and {data.levels} levels")
    if data.columns and len(data.columns) != data.dim:
        raise ValueError(f"{len(data.columns)} columns and {data.dim} features")
    return data


class _Kept(BaseModel):
    """What the file says of its model, beside the parameters. Whoever made the file, none of it is believed."""

    model_config = ConfigDict(protected_namespaces=())

    model: str
    target: Target
    plugin: str = ""
    """The distribution that brought the model; files of earlier versions do not say."""
    hyperparameters: Json[dict[str, Any]]
    data: Annotated[Json[DataSpec], AfterValidator(_possible)]


def _declared_class(path: Path, kept: _Kept) -> type[Model]:
    """Import the class that the file names, if an installed plugin declares it as a model."""
    declared = {one.spec.target: one.plugin for one in load_plugins().models.values()}
    if kept.target not in declared:
        install = f"install {plain(kept.plugin, 60)}" if kept.plugin else "install the one that does"
        raise GenbenchError(
            f"{path} holds a model of {plain(kept.target, 100)}, which no installed plugin declares, so that nothing is "
            f"imported; {install} (genbench list plugins shows what is there)"
        )
    try:
        return load_model_class(kept.target)
    except (Exception, SystemExit) as error:  # whatever the plugin's own code raises
        why = plain(f"{type(error).__name__}: {error}", LONGEST)
        raise GenbenchError(f"{kept.target} of {declared[kept.target]} cannot be imported: {why}") from None


def _fitted_seeds(folder: Path, kept: Iterable[int]) -> list[int]:
    """Those of the job, of which a fit that does not depend on the seed is kept but once; where no result tells them, those
    that are kept."""
    result, damage = result_in(folder)
    if damage:
        warn(damage)
    return sorted(kept) if result is None else list(result["fitted_seeds"])


def _read(path: Path) -> tuple[_Kept, dict[int, dict[str, Any]]]:
    """What the file says of its model, and the tensors of each seed."""
    from safetensors import SafetensorError, safe_open

    states: dict[int, dict[str, Any]] = {}
    try:
        with safe_open(path, "pt") as file:
            for full_name in file.keys():  # noqa: SIM118
                seed, _, name = full_name.partition("/")
                if not name or str(int(seed)) != seed:
                    raise ValueError(f"{full_name!r} does not name a seed and a parameter")
                states.setdefault(int(seed), {})[name] = file.get_tensor(full_name)
            kept = _Kept.model_validate(file.metadata() or {})
    except FileNotFoundError:
        told = "its job did not come so far, see log.txt there, or the model has no state"
        why = told if (path.parent / "result.json").is_file() else "give the folder of a job"
        raise GenbenchError(f"{path.parent} keeps no model (there is no {path.name}): {why}") from None
    except ValidationError as error:
        raise _damaged(path, in_words(error)) from None
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(path, str(error)) from None
    if not states:
        raise _damaged(path, "it holds no parameters")
    return kept, states


def _damaged(path: Path, why: str) -> RunFolderError:
    return RunFolderError(
        f"{path} is damaged: {plain(why, LONGEST)}; train the model again: the command of the run with --fresh"
    )
