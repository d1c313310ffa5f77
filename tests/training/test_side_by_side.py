"""A seed alone and the same seed among others see the same and end the same, whichever way they are trained."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from small_models import (
    Critic,
    Denoiser,
    Scalars,
    WithAverage,
    WithBatchNorm,
    WithCriterion,
    WithDropout,
    built,
    context,
    points,
)
from torch import Tensor, nn

from genbench import Budget, Draws, FitContext, ModelError
from genbench.training import NeuralModel, Objective, Optimizer, steps, trial
from genbench.training.loop import fit_side_by_side
from genbench.training.tracing import trace

TRAIN, VALIDATION = points(100), points(40, 1)
SEEDS = [3, 7, 11, 20]


def trained(model: type[NeuralModel], seeds: list[int], **more: Any) -> tuple[list[NeuralModel], list[Scalars]]:
    models, logs = built(model, seeds), [Scalars() for _ in seeds]
    contexts = [context(seed, on_log=log, **more) for seed, log in zip(seeds, logs, strict=True)]
    assert fit_side_by_side(models, TRAIN, VALIDATION, contexts) == [None] * len(seeds)
    return models, logs


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("model", [Denoiser, WithBatchNorm, WithCriterion, WithAverage, WithDropout, Critic])
def test_a_seed_alone_and_among_others(
    model: type[NeuralModel], traced: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "TRACED_BATCHES", 1 if traced else 1000)
    (alone,), (its_log,) = trained(model, [7])
    assert capsys.readouterr().out == ""
    among, logs = trained(model, SEEDS)
    assert ("in one stack" in capsys.readouterr().out) == (model is not WithDropout)
    assert [step for step, _ in its_log.entries] == [step for step, _ in logs[1].entries]
    assert len(its_log.entries) >= 38
    for (_, one), (_, other) in zip(its_log.entries, logs[1].entries, strict=True):
        assert one == pytest.approx(other, rel=1e-5, abs=1e-6)
    for name, tensor in alone.state_dict().items():
        torch.testing.assert_close(among[1].state_dict()[name], tensor, rtol=1e-5, atol=1e-6)
    assert not alone.training
    assert not among[1].training


def test_one_seed_is_traced_where_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    monkeypatch.setattr(steps, "trace", lambda *arguments: traces.append(arguments) or trace(*arguments))
    batches = trial.TRACED_BATCHES
    for examples, expected in ((5 * batches - 1, 0), (5 * batches, 1)):
        one = FitContext("cpu", Budget(examples, 5), 3, Draws(3))
        assert fit_side_by_side(built(Denoiser, [3]), TRAIN, VALIDATION, [one]) == [None]
        assert len(traces) == expected


def test_draws_and_batches_are_the_very_same() -> None:
    class Seen(Denoiser):
        def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
            noise = draws.normal(4)
            assert y is not None
            first = {f"x{i}": x[0, i] for i in range(3)} | {"y": y[0].float(), "noise": noise[1]}
            return self.net(x).square().mean(), first | {
                "whole": draws.permutation(9)[2],
                "die": draws.integers(6, 2)[1],
            }

    _, (alone,) = trained(Seen, [11])
    _, logs = trained(Seen, SEEDS)
    names = ["x0", "x1", "x2", "y", "noise", "whole", "die"]
    assert [[entry[name] for name in names] for _, entry in alone.entries] == [
        [entry[name] for name in names] for _, entry in logs[2].entries
    ]
    assert len({entry["noise"] for log in logs for _, entry in log.entries}) == 200


def test_one_model_trains_as_a_hand_written_loop_would() -> None:
    """Same initialisation, batches and noise; torch.optim and autograd by hand."""
    (ours,), (log,) = trained(Denoiser, [7])
    (theirs,), _ = built(Denoiser, [7]), None
    optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-3)
    order, noise = seen_by(7)
    for step in range(50):
        x = TRAIN.x[order[step]]
        loss = nn.functional.mse_loss(theirs.net(x + 0.5 * noise[step]), x)
        assert log.entries[step][1]["loss_mse"] == pytest.approx(loss.item(), rel=1e-5)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def seen_by(seed: int) -> tuple[Tensor, Tensor]:
    """Every batch's positions (50, 16) and noise (50, 16, 3) of a denoiser's training."""
    seen: dict[str, list[Tensor]] = {"order": [], "noise": []}

    class Spy(Denoiser):
        stackable = False

        def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
            seen["order"].append(torch.cdist(x, TRAIN.x).argmin(1))
            seen["noise"].append(draws.normal(*x.shape))
            return self.net(x).square().mean()

    trained(Spy, [seed])
    return torch.stack(seen["order"][1:]), torch.stack(seen["noise"][1:])  # the first is the trial run


def test_every_example_is_seen_equally_often() -> None:
    order, _ = seen_by(7)
    assert torch.equal(order.flatten().bincount(minlength=100), torch.full((100,), 8))


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer("adam", lr=0.01, betas=(0.5, 0.9)),
        Optimizer("adamw", lr=0.01, weight_decay=0.1),
        Optimizer("rmsprop", lr=0.01),
        Optimizer("sgd", lr=0.1, momentum=0.9),
        Optimizer("sgd", lr=0.3, schedule="cosine", warmup=10),
        Optimizer("sgd", lr=0.3, schedule="linear"),
        Optimizer("sgd", lr=0.3, clip_norm=0.5),
        Optimizer("adam", lr=0.01, clip_weights=0.2),
    ],
    ids=str,
)
def test_optimisers_stacked_and_by_hand(optimizer: Optimizer) -> None:
    class Model(Denoiser):
        pass

    Model.optimizer = optimizer
    stacked, _ = trained(Model, SEEDS)
    (reference,) = built(Model, [7])
    kinds = {
        "adam": lambda p: torch.optim.Adam(p, lr=optimizer.lr, betas=optimizer.betas),
        "adamw": lambda p: torch.optim.AdamW(p, lr=optimizer.lr, weight_decay=optimizer.weight_decay),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=optimizer.lr),
        "sgd": lambda p: torch.optim.SGD(p, lr=optimizer.lr, momentum=optimizer.momentum),
    }
    by_hand = kinds[optimizer.name](reference.parameters())
    order, noise = seen_by(7)
    for step in range(50):
        by_hand.param_groups[0]["lr"] = expected_rate(optimizer, step)
        x = TRAIN.x[order[step]]
        by_hand.zero_grad()
        nn.functional.mse_loss(reference.net(x + 0.5 * noise[step]), x).backward()
        if optimizer.clip_norm:
            nn.utils.clip_grad_norm_(reference.parameters(), optimizer.clip_norm)
        by_hand.step()
        if optimizer.clip_weights:
            for parameter in reference.parameters():
                parameter.data.clamp_(-optimizer.clip_weights, optimizer.clip_weights)
    for one, other in zip(stacked[1].parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def expected_rate(optimizer: Optimizer, step: int) -> float:
    warm = min(1, (step + 1) / 10) if optimizer.warmup else 1
    falls = {
        "constant": 1.0,
        "linear": 1 - step / 50,
        "cosine": 0.5 + 0.5 * torch.cos(torch.tensor(torch.pi * step / 50)),
    }
    return float(optimizer.lr * warm * falls[optimizer.schedule])


def test_repeats_share_the_budget_and_every_skips() -> None:
    counts = {"critic": 0, "generator": 0}

    class Counted(Critic):
        stackable = False

        def critic_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
            counts["critic"] += 1
            return super().critic_loss(x, y, draws)

        def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
            counts["generator"] += 1
            return super().generator_loss(x, y, draws)

    trained(Counted, [0], steps=40)  # 40 batches: 20 steps of two each, the generator in every second one
    assert counts == {"critic": 40 + 1, "generator": 10 + 1}  # and the trial run
    assert all(parameter.abs().max() <= 0.3 for parameter in trained(Critic, SEEDS)[0][2].critic.parameters())


def test_a_small_set_fills_large_batches() -> None:
    models = built(Denoiser, SEEDS)
    contexts = [FitContext("cpu", Budget(10, 64), seed, Draws(seed)) for seed in SEEDS]
    assert (
        fit_side_by_side(models, points(5), points(5), contexts) == [None] * 4
    )  # one step, each example 12 or 13 times


class Impatient(Denoiser):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        self.asked = getattr(self, "asked", 0) + 1
        return self.net(x).mean() + draws.normal(self.asked).mean()


class Vector(Denoiser):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.net(x).mean(1)


class Detached(Denoiser):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.net(x).mean().detach()


class Misnamed(Denoiser):
    def objectives(self) -> list[Objective]:
        return [Objective("mse", self.loss, trains="encoder")]


class NoObjective(Denoiser):
    def objectives(self) -> list[Objective]:
        return []


class DrawsFromNumpy(Denoiser):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.net(x).mean() * draws.numpy().normal()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Impatient, "must ask for the same draws at every step"),
        (Vector, r"must return one number \(a tensor without axes\), got \(16,\)"),
        (Detached, "objective 'mse' depends on no parameter"),
        (Misnamed, "objective 'mse' trains 'encoder', which has no parameters; there is: net"),
        (NoObjective, "give at least one Objective"),
        (DrawsFromNumpy, "cannot use draws.numpy"),
    ],
)
def test_what_breaks_the_rules(model: type[NeuralModel], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        trained(model, [0])


class Queue(Denoiser):
    """Replaces a buffer, which a stack would forget."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        self.count = self.count + 1
        return super().loss(x, y, draws)


class Annealed(Denoiser):
    """Keeps count in Python, of which a replayed step would know nothing."""

    share = 0.0

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        self.share += 0.02
        return self.share * super().loss(x, y, draws)[0]


class Unstackable(Denoiser):
    stackable = False


class Branching(Denoiser):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.net(x).abs().mean() if x.mean() > 0 else self.net(x).square().mean()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Queue, "a loss changes the buffer 'count' by replacing it"),
        (Annealed, "a loss changes the attribute 'share'"),
        (Unstackable, "stackable = False"),
        (Branching, "stacking failed with RuntimeError"),
        (WithDropout, "random operation"),
    ],
)
def test_what_cannot_be_stacked_is_told(
    model: type[NeuralModel], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    models, _ = trained(model, SEEDS)
    assert re.search(f"^4 seeds are trained one by one: .*{reason}", capsys.readouterr().out)
    if model is Queue:
        assert models[0].count == 50
