"""Recorded steps against steps taken as usual. A recording is made of anything that can be called again and again; here of
Python itself, on a GPU of a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from small_models import Critic, Denoiser, WithAverage, WithBatchNorm, WithCriterion, built, context, points

from genbench import Draws, Split
from genbench.training import NeuralModel, Optimizer, loop
from genbench.training.graphs import recorder


class Scheduled(Denoiser):
    optimizer = Optimizer("adamw", schedule="cosine", warmup=5, clip_norm=0.5)


class RMSprop(Denoiser):
    optimizer = Optimizer("rmsprop", momentum=0.5)


MODELS = [Denoiser, WithBatchNorm, WithCriterion, WithAverage, Scheduled, RMSprop, Critic]


def parameters(
    model: type[NeuralModel], record: Any, monkeypatch: pytest.MonkeyPatch, device: str = "cpu"
) -> list[Any]:
    """Those of three seeds after a training whose steps are recorded so."""
    monkeypatch.setattr(loop, "recorder", lambda device: record)
    monkeypatch.setattr("genbench.training.group.LOGGED_STEPS", 10)
    models = [one.to(device) for one in built(model, [0, 1, 2])]
    contexts = [replace(context(seed), device=device, draws=Draws(seed, device)) for seed in range(3)]
    train, validation = (
        Split(split.x.to(device), split.y.to(device))  # type: ignore[union-attr]
        for split in (points(100), points(40, 1))
    )
    assert loop.fit_side_by_side(models, train, validation, contexts) == [None] * 3
    return [tensor.cpu() for one in models for tensor in one.state_dict().values()]


def replaying(function: Callable[[], None]) -> Callable[[], None]:
    return function


def broken(function: Callable[[], None]) -> Callable[[], None]:
    raise RuntimeError("operation not permitted when stream is capturing")


def idle(function: Callable[[], None]) -> Callable[[], None]:
    function()  # a recording that works once and then does nothing
    return lambda: None


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("record", [replaying, broken, idle])
def test_recorded_or_not_the_parameters_are_the_same(
    model: type[NeuralModel], record: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = parameters(model, None, monkeypatch)
    recorded = parameters(model, record, monkeypatch)
    for one, other in zip(recorded, usual, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    assert ("not as CUDA graphs" in capsys.readouterr().out) == (record is not replaying)


def test_most_steps_are_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed = 0

    def counting(function: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            nonlocal replayed
            replayed += 1
            function()

        return run

    parameters(Denoiser, counting, monkeypatch)
    assert replayed >= 35


@pytest.mark.gpu
@pytest.mark.parametrize("model", MODELS)
def test_on_a_gpu(
    model: type[NeuralModel], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = parameters(model, None, monkeypatch, "cuda")
    recorded = parameters(model, recorder("cuda"), monkeypatch, "cuda")
    assert "not as CUDA graphs" not in capsys.readouterr().out
    for one, other in zip(recorded, usual, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
