"""The autoencoders, found through their hook, and a way to train them briefly."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import torch

import genbench_autoencoders
from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench.training import NeuralModel


def load(target: str) -> type[NeuralModel]:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


torch.set_num_threads(1)  # such small tensors only lose by a second one

AUTOENCODERS = {spec.name: load(spec.target) for spec in genbench_autoencoders.genbench_models()}
BOUNDED = [name for name, model in AUTOENCODERS.items() if hasattr(model, "log_prob_bound")]


def context(examples_seen: int, batch_size: int = 128, seed: int = 0) -> FitContext:
    return FitContext("cpu", Budget(examples_seen, batch_size), seed, Draws(seed))


def build(name: str, spec: DataSpec, seed: int = 0, **hyperparameters: Any) -> Any:
    """The model before training, in evaluation mode."""
    torch.manual_seed(seed)
    return AUTOENCODERS[name](spec, **hyperparameters).eval()


def trained(
    name: str,
    spec: DataSpec,
    x: Any,
    y: Any = None,
    examples_seen: int = 2_000,
    batch_size: int = 128,
    seed: int = 0,
    **hyperparameters: Any,
) -> Any:
    """The model trained on (x, y), which is the validation split too."""
    model = build(name, spec, seed, **hyperparameters)
    split = Split(np.asarray(x), None if y is None else np.asarray(y)).to_torch()
    model.fit(split, split, context(examples_seen, batch_size, seed))
    return model
