"""The first-party models, found through their hooks, and data of every support to fit them to."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import torch

import genbench_baselines
import genbench_classical
from genbench import Budget, Column, DataSpec, Draws, FitContext, Model, ModelSpec, Split

SPECS: dict[str, ModelSpec] = {
    spec.name: spec for plugin in (genbench_classical, genbench_baselines) for spec in plugin.genbench_models()
}


def load(name: str) -> type[Model]:
    module, _, attribute = SPECS[name].target.partition(":")
    return getattr(import_module(module), attribute)


MODELS = {name: load(name) for name in SPECS}


def fit(
    model: type[Model],
    spec: DataSpec,
    x: Any,
    y: Any = None,
    validation: Any = None,
    seed: int = 0,
    **hyperparameters: Any,
) -> Model:
    """The model fitted to (x, y); the validation split is the same unless given."""
    train = Split(np.asarray(x), None if y is None else np.asarray(y)).to_torch()
    held_out = train if validation is None else Split(np.asarray(validation)).to_torch()
    fitted = model(spec, **hyperparameters)
    fitted.fit(train, held_out, FitContext(device="cpu", budget=Budget(1000, 100), seed=seed, draws=Draws(seed)))
    return fitted


def tensor(x: Any) -> torch.Tensor:
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def example_data(
    support: str, n: int, shape: tuple[int, ...] = (3,), seed: int = 5
) -> tuple[DataSpec, np.ndarray, np.ndarray]:
    """A labelled set of three classes in which features depend on the class and on each other."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    dim = int(np.prod(shape))
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, dim)) + 1.5 * y[:, None] * (np.arange(dim) % 2)
    columns: tuple[Column, ...] = ()
    if support == "unit":
        x = 1 / (1 + np.exp(-latent))
    elif support == "binary":
        x = (latent > 0.5).astype(float)
    elif support in ("categorical", "mixed"):
        categories = [2 + j % 3 if support == "categorical" or j > 0 else 0 for j in range(dim)]
        columns = tuple(Column(f"c{j}", c) for j, c in enumerate(categories))
        x = np.column_stack(
            [np.clip(np.rint(latent[:, j]), 0, c - 1) if c else latent[:, j] for j, c in enumerate(categories)]
        )
    else:
        x = latent
    spec = DataSpec("example", shape, support, classes=3, columns=columns)  # type: ignore[arg-type]
    return spec, x.reshape(n, *shape).astype(np.float32), y


def having(*names: str, support: str = "real") -> list[str]:
    """The models that have all the capabilities and take the support."""
    return [
        model
        for model, cls in MODELS.items()
        if support in cls.supports
        and all(callable(getattr(cls, name, None)) for name in names)
        and not ("log_prob" in names and model == "memoriser" and support not in ("binary", "categorical"))
    ]


SUPPORTS = ("real", "unit", "binary", "categorical", "mixed")


def pairs(*capabilities: str) -> list[tuple[str, str]]:
    """(model, support) for every support of every model that has all the capabilities."""
    return [(model, support) for support in SUPPORTS for model in having(*capabilities, support=support)]
