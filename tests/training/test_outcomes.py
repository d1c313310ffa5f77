"""What becomes of a seed: divergence, averages, best checkpoints, patience, an early stop; and checkpoints of it all."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as save_tensors
from small_models import DATA, Critic, Denoiser, Scalars, WithBatchNorm, built, context, points
from torch import Tensor, nn

from genbench import DivergedError, Draws, FitContext
from genbench.training import NeuralModel, Objective, Optimizer
from genbench.training.loop import fit_side_by_side

TRAIN, VALIDATION = points(100), points(40, 1)
SEEDS = [3, 7, 11]


class Counter(NeuralModel):
    """One parameter that falls by 0.1 a step, from where its initialisation put it."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__(DATA)
        self.weight = nn.Parameter(torch.tensor(start))

    def objectives(self) -> list[Objective]:
        return [Objective("slope", self.loss, optimizer=Optimizer("sgd", lr=0.1))]

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.weight + 0 * x.sum()


class Cliff(Counter):
    """Its loss is NaN once the parameter is below -10."""

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        return self.weight + 0 * torch.sqrt(self.weight + 10)


class Averaged(Counter):
    ema_decay = 0.9


class OneByOne(Cliff):
    stackable = False


class RaisesAtMinusTen(OneByOne):
    """Its loss raises once the parameter is below -10."""

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        if self.weight.item() < -10:
            raise ValueError("too far down")
        return self.weight + 0 * x.sum()


class ExitsAtMinusTen(RaisesAtMinusTen):
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
        try:
            return super().loss(x, y, draws)
        except ValueError as error:
            sys.exit(str(error))


class FailsAfterwards(Counter):
    """Raises after its training if its parameter ended below -10."""

    def after_fit(self, train: Any, validation: Any, context: FitContext) -> None:
        if self.weight.item() < -10:
            raise ValueError("too far down")


class FailsAfterwardsOneByOne(FailsAfterwards):
    stackable = False


def counters(kind: type[Counter], starts: list[float], **more: Any) -> tuple[list[float], list[BaseException | None]]:
    models = [kind(start) for start in starts]
    errors = fit_side_by_side(models, TRAIN, VALIDATION, [context(i, **more) for i in range(len(starts))])
    return [model.weight.item() for model in models], errors


@pytest.mark.parametrize("kind", [RaisesAtMinusTen, ExitsAtMinusTen, FailsAfterwards, FailsAfterwardsOneByOne])
def test_a_seed_that_raises_is_told_of_and_the_others_go_on(kind: type[Counter]) -> None:
    """The parameter falls by 20 in 200 steps; the seeds between fail."""
    weights, errors = counters(kind, [100.0, 5.0, 100.0, 6.0, 50.0], steps=200)
    assert [type(error) for error in errors] == [type(None), *2 * (type(errors[1]), type(None))]
    assert isinstance(errors[1], SystemExit if kind is ExitsAtMinusTen else ValueError)
    assert str(errors[3]) == "too far down"
    assert weights[::2] == pytest.approx([80.0, 80.0, 30.0], abs=1e-3)


@pytest.mark.parametrize("kind", [Cliff, OneByOne])
def test_a_seed_that_diverges_is_frozen_and_the_others_go_on(kind: type[Counter]) -> None:
    """Chunks are of 64 steps. The second seed passes -10 in step 100 (its loss in step 101 is NaN): it keeps what it had
    after 64 steps."""
    starts = [100.0, 0.05, 50.0]
    weights, errors = counters(kind, starts, steps=200)
    assert errors[0] is errors[2] is None
    assert str(errors[1]) == "loss_slope became nan at step 101"
    assert weights == pytest.approx([80.0, 0.05 - 6.4, 30.0], abs=1e-3)


def test_all_seeds_diverged_ends_the_training() -> None:
    asked = itertools.count()
    _, errors = counters(Cliff, [0.05, 0.05], steps=10_000, should_stop=lambda: next(asked) < 0)
    assert [str(error) for error in errors] == ["loss_slope became nan at step 101"] * 2
    assert next(asked) <= 4


def test_a_parameter_that_becomes_infinite_in_the_last_step_is_found() -> None:
    class Leap(Counter):
        def objectives(self) -> list[Objective]:
            return [Objective("slope", self.loss, optimizer=Optimizer("sgd", lr=3e38))]

    weights, errors = counters(Leap, [-1e38, 3e38], steps=1)
    assert str(errors[0]) == "a parameter became nan at step 0"
    assert errors[1] is None
    assert weights[0] == pytest.approx(-1e38)


def test_fit_raises_what_happened() -> None:
    with pytest.raises(DivergedError, match="loss_slope became nan at step 101"):
        Cliff(0.05).fit(TRAIN, VALIDATION, context(0, steps=200))


def test_a_scalar_that_is_not_finite_is_a_divergence() -> None:
    class Reports(Counter):
        def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
            return self.weight, {"log": torch.log(self.weight.detach())}

    _, errors = counters(Reports, [1.0, 9.0])
    assert str(errors[0]).startswith("log became")
    assert errors[1] is None


@pytest.mark.parametrize("starts", [[0.0], [0.0, 5.0]])
def test_average_has_its_closed_form(starts: list[float]) -> None:
    weights, _ = counters(Averaged, starts, steps=100)
    for start, weight in zip(starts, weights, strict=True):
        expected = start
        for step in range(100):
            decay = min(0.9, (1 + step) / (10 + step))
            expected = decay * expected + (1 - decay) * (start - 0.1 * (step + 1))
        assert weight == pytest.approx(expected, abs=1e-4)


class Valley(Counter):
    """The criterion is lowest where the parameter is 0; chunks of 64 steps, so after 64, 128, ... steps."""

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return self.weight.abs()


class ImpatientValley(Valley):
    patience = 2


class AveragedValley(Valley):
    ema_decay = 0.99


@pytest.mark.parametrize("kind", [Valley, ImpatientValley])
def test_the_best_checkpoint_is_given_back(kind: type[Counter]) -> None:
    """12.8 is lowest after 128 steps, 32 after 320; the others have their best at the first and the last validation."""
    starts = [12.8, 32.0, -5.0, 1000.0]
    weights, _ = counters(kind, starts, steps=64 * 20)
    assert weights == pytest.approx([0, 0, -5 - 6.4, 1000 - 128], abs=0.05)
    assert [counters(kind, [start], steps=64 * 20)[0][0] for start in starts] == pytest.approx(weights, abs=1e-6)


def test_patience_stops_a_seed_early() -> None:
    asked = itertools.count()
    counters(ImpatientValley, [12.8], steps=64 * 20, should_stop=lambda: next(asked) < 0)
    assert next(asked) == 4  # chunks: two until the best, two of patience


def test_the_average_is_what_the_criterion_judges() -> None:
    log = Scalars()
    weights, _ = counters(AveragedValley, [300.0], steps=64 * 20, on_log=log)
    judged = [entry["criterion"] for _, entry in log.entries if "criterion" in entry]
    assert len(judged) == 20
    assert weights[0] == pytest.approx(min(judged))
    assert weights[0] > 300 - 128 + 1  # an average lags behind


def test_nothing_diverges_into_the_best() -> None:
    class Broken(Valley):
        def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
            return torch.log(self.weight)  # NaN once it is negative

    (weight,), (error,) = counters(Broken, [10.0], steps=64 * 4)
    assert error is None
    assert weight == pytest.approx(10 - 6.4, abs=1e-3)


def test_stopped_when_time_is_up(capsys: pytest.CaptureFixture[str]) -> None:
    asked = itertools.count()
    weights, errors = counters(OneByOne, [100.0, 200.0], steps=640, should_stop=lambda: next(asked) >= 4)
    assert errors == [None, None]
    assert weights == pytest.approx([100 - 12.8, 200 - 12.8], abs=1e-3)  # both as far as each other
    assert "training stops at step 128 of 640" in capsys.readouterr().out


def test_logged_steps_are_fixed() -> None:
    log = Scalars()
    counters(Counter, [0.0], steps=1000, on_log=log)
    steps = [step for step, _ in log.entries]
    assert len(steps) == 50
    assert (steps[0], steps[-1]) == (0, 999)
    assert log.entries[-1][1] == pytest.approx({"loss_slope": -99.9, "grad_norm_weight": 1.0}, rel=1e-4)


class Everything(WithBatchNorm):
    """Batch norm, an average, a criterion, a schedule and an optimiser with momenta."""

    ema_decay = 0.95
    optimizer = Optimizer("adamw", lr=0.01, schedule="cosine", warmup=20, clip_norm=1.0)

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return nn.functional.mse_loss(self.net(x + draws.normal(*x.shape)), x)


class Dropping(Everything):
    """Not stacked: draws from the global generator."""

    def __init__(self) -> None:
        super().__init__()
        self.net.insert(2, nn.Dropout(0.3))


class Killed(BaseException):
    pass


@pytest.mark.parametrize("kind", [Denoiser, Critic, Everything, Dropping])
@pytest.mark.parametrize("seeds", [[7], SEEDS])
def test_a_killed_training_goes_on_to_the_same_bits(
    kind: type[NeuralModel], seeds: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genbench.training.stream.LONGEST_CHUNK", 8)
    steps = 90  # of the critic's batches half a step

    def train(
        checkpoint: Path | None, chunks: float = math.inf
    ) -> tuple[list[NeuralModel], list[Scalars], list[FitContext]]:
        asked = itertools.count()

        def should_stop() -> bool:
            if next(asked) >= chunks * len(seeds):
                raise Killed
            return False

        models, logs = built(kind, seeds), [Scalars() for _ in seeds]
        contexts = [context(s, steps, on_log=log, should_stop=should_stop) for s, log in zip(seeds, logs, strict=True)]
        for one in contexts:
            one.at_milestone = first_tensor
        fit_side_by_side(models, TRAIN, VALIDATION, contexts, checkpoint, checkpoint_seconds=0)
        return models, logs, contexts

    undisturbed, logs, watching = train(None)
    for chunks in (2, 1):  # killed twice
        with pytest.raises(Killed):
            train(tmp_path, chunks)
    torch.rand(1)  # the global generator stands elsewhere
    resumed, resumed_logs, resumed_watching = train(tmp_path)
    for one, other in zip(undisturbed, resumed, strict=True):
        for name, tensor in one.state_dict().items():
            assert torch.equal(tensor, other.state_dict()[name]), name
    assert [log.entries for log in logs] == [log.entries for log in resumed_logs]
    for watched, again in zip(watching, resumed_watching, strict=True):
        assert len(watched.milestones) == 5
        assert watched.milestones.keys() == again.milestones.keys()
        assert all(torch.equal(given, again.milestones[seen]) for seen, given in watched.milestones.items())


def first_tensor(tensors: dict[str, Tensor]) -> Tensor:
    return next(iter(tensors.values()))


@pytest.mark.parametrize("kind", [Counter, Averaged])
def test_milestones_show_what_would_be_evaluated_and_change_nothing(kind: type[Counter]) -> None:
    """320 steps are five chunks of 64; the parameter falls by 0.1 a step."""
    watched, alone = context(0, 320, at_milestone=first_tensor), context(0, 320)
    models = [kind(), kind()]
    for model, one in zip(models, (watched, alone), strict=True):
        fit_side_by_side([model], TRAIN, VALIDATION, [one])
    assert list(watched.milestones) == [16 * steps for steps in (64, 128, 192, 256, 320)]
    assert watched.milestones[16 * 320].item() == models[0].weight.item() == models[1].weight.item()
    if kind is Counter:
        assert [w.item() for w in watched.milestones.values()] == pytest.approx(
            [-6.4, -12.8, -19.2, -25.6, -32], abs=1e-3
        )
    else:
        assert watched.milestones[16 * 64].item() > -6.3  # the average lags behind
    assert alone.milestones == {}


def test_a_diverged_seed_has_no_more_milestones() -> None:
    contexts = [context(i, 320, at_milestone=first_tensor) for i in range(2)]
    fit_side_by_side([Cliff(0.05), Cliff(100.0)], TRAIN, VALIDATION, contexts)
    assert [len(one.milestones) for one in contexts] == [1, 5]


def test_a_resumed_training_knows_who_diverged(tmp_path: Path) -> None:
    def train(stop_after: int) -> tuple[list[float], list[BaseException | None]]:
        asked = itertools.count()
        models = [Cliff(0.05), Cliff(100.0)]
        contexts: list[FitContext] = [context(i, 300, should_stop=lambda: next(asked) >= stop_after) for i in range(2)]
        errors = fit_side_by_side(models, TRAIN, VALIDATION, contexts, tmp_path, 0)
        return [model.weight.item() for model in models], errors

    train(4 * 2)
    weights, errors = train(10_000)
    assert str(errors[0]) == "loss_slope became nan at step 101"
    assert weights == pytest.approx([0.05 - 6.4, 70.0], abs=1e-3)


def test_a_checkpoint_of_another_budget_is_left_alone(tmp_path: Path) -> None:
    fit_side_by_side([Counter()], TRAIN, VALIDATION, [context(0, 128)], tmp_path, 0)
    model = Counter()
    fit_side_by_side([model], TRAIN, VALIDATION, [context(0, 64)], tmp_path, 0)
    assert model.weight.item() == pytest.approx(-6.4, abs=1e-3)


def one_byte_changed(content: bytes) -> bytes:
    """In the tensors, which stand at the end, so that the file can be read."""
    return content[:-4] + bytes([content[-4] ^ 1]) + content[-3:]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"\xff" * 5000,
        one_byte_changed,
        lambda content: content.replace(b'\\"step\\": 64', b'\\"step\\": 32'),
        lambda content: content.replace(b"sha256", b"sha255"),
        lambda content: save_tensors({"weight": torch.zeros(1)}),
        None,
    ],
    ids=["empty", "half", "short", "other bytes", "one byte", "another step", "no sum", "foreign", "a folder"],
)
def test_a_damaged_checkpoint_is_told_of_and_the_training_starts_over(
    spoil: Callable[[bytes], bytes] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit_side_by_side([Counter()], TRAIN, VALIDATION, [context(0, 64)], tmp_path, 0)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    file.unlink()
    if spoil is None:
        file.mkdir()
    else:
        assert spoil(content) != content
        file.write_bytes(spoil(content))
    capsys.readouterr()
    model = Counter()
    fit_side_by_side([model], TRAIN, VALIDATION, [context(0, 64)], tmp_path, 0)
    assert model.weight.item() == pytest.approx(-6.4, abs=1e-3)
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if "training starts over" in line]
    assert line.startswith(f"the checkpoint {file} is damaged (")


def test_the_inverse_square_root_does_not_depend_on_the_budget() -> None:
    optimizer = Optimizer(lr=0.1, schedule="inverse_sqrt")
    for steps in (500, 100_000):
        assert optimizer.rate(0, steps) == optimizer.rate(499, steps) == pytest.approx(0.1)
    assert optimizer.rate(4_000, 100_000) == pytest.approx(0.05)
    assert optimizer.rate(16_000, 20_000) == pytest.approx(0.025)
