"""Settings of an optimiser and an objective, refused where they are made and not in the middle of a training."""

from __future__ import annotations

from typing import Any

import pytest

from genbench.errors import ModelError
from genbench.training import Objective, Optimizer


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "adamm"}, "optimizer 'adamm' is not known; expected adam, adamw, rmsprop or sgd"),
        ({"schedule": "cosin"}, "schedule 'cosin' is not known; expected constant, linear, cosine or inverse_sqrt"),
        ({"lr": 0.0}, "lr=0.0 of an optimizer is not allowed; expected above 0 and finite"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"lr": float("inf")}, "lr=inf"),
        ({"betas": (0.9, 1.0)}, r"betas=\(0.9, 1.0\) of an optimizer is not allowed; expected two numbers"),
        ({"betas": (0.9,)}, "expected two numbers from 0 to below 1"),
        ({"momentum": -0.1}, "momentum=-0.1"),
        ({"weight_decay": -1}, "weight_decay=-1"),
        ({"warmup": -1}, "warmup=-1 of an optimizer is not allowed; expected 0 or more"),
        ({"clip_norm": 0}, "clip_norm=0"),
        ({"clip_weights": -0.1}, "clip_weights=-0.1"),
    ],
)
def test_an_optimizer_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Optimizer(**settings)


@pytest.mark.parametrize("setting", ["repeats", "every"])
def test_an_objective_is_minimised_at_least_once(setting: str) -> None:
    with pytest.raises(ModelError, match=f"objective 'loss': {setting}=0, expected 1 or more"):
        Objective("loss", lambda x, y, draws: None, **{setting: 0})
