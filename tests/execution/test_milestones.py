"""Samples in the middle of a training: the same every time, and no generator is moved by them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from genbench import Budget, DataSpec, Draws, FitContext, Split, Unavailable
from genbench.execution.milestones import MilestoneSampler
from genbench.training import NeuralModel

DATA = DataSpec("points", (2,), "real")
SPLIT = Split(torch.zeros(5, 2))


class Shifted(NeuralModel):
    """Noise about a point that ``after_fit`` doubles."""

    def __init__(self) -> None:
        super().__init__(DATA)
        self.centre = torch.nn.Parameter(torch.zeros(2))
        self.register_buffer("factor", torch.ones(()))

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.factor.mul_(2)

    def sample(self, n: int, draws: Draws, y: Any = None) -> Any:
        assert not self.training
        return self.factor * self.centre + draws.normal(n, 2)


class Moody(Shifted):
    def sample(self, n: int, draws: Draws, y: Any = None) -> Any:
        raise Unavailable("not today")


class Broken(Shifted):
    def sample(self, n: int, draws: Draws, y: Any = None) -> Any:
        return torch.full((n, 2), torch.nan)


def sampler(kind: type[Shifted]) -> MilestoneSampler:
    def build() -> tuple[NeuralModel, FitContext]:
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002
        torch.manual_seed(0)
        return kind(), FitContext("cpu", Budget(10, 5), 0, Draws(0))

    return MilestoneSampler(build, (SPLIT, SPLIT), seed=3, samples=4)


STATE = {"centre": torch.tensor([1.0, -2.0]), "factor": torch.tensor(1.0)}


def test_samples_of_the_parameters_given_with_the_same_noise() -> None:
    take = sampler(Shifted)
    first, again = take(STATE), take(STATE)
    moved = take({**STATE, "centre": torch.zeros(2)})
    assert first is not None
    assert moved is not None
    assert torch.equal(first, again)
    torch.testing.assert_close(first - moved, torch.tensor([[2.0, -4.0]]).expand(4, 2))
    assert STATE["factor"] == 1
    assert take.seconds > 0


def test_no_global_generator_is_moved() -> None:
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # type: ignore[index,union-attr] # noqa: NPY002
    sampler(Shifted)(STATE)
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tolist() == states[1]  # type: ignore[index,union-attr] # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[2])


@pytest.mark.parametrize(
    ("kind", "said"), [(Moody, ""), (Broken, "seed 3 could not be sampled at a milestone: Diverged")]
)
def test_a_model_that_cannot_be_sampled_costs_the_milestone_alone(
    kind: type[Shifted], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sampler(kind)(STATE) is None
    assert capsys.readouterr().out.startswith(said)
