"""What models log: taken where it is a number under a name, told where it is not, and a table whatever the names."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genbench.errors import DivergedError, ModelError
from genbench.evaluation.context import FitRecord
from genbench.execution.training_log import LAST_STEP, MOST_NAMES, TrainingLog, write_csv
from genbench.training.steps import loss_and_scalars

NUMBERS = [
    1, 1.0, True, Fraction(1, 1), np.float32(1), np.float16(1), np.int64(1), np.bool_(True), np.array(1.0), np.array([[1]]),
    torch.tensor(1.0), torch.tensor([1]), torch.tensor(1.0, dtype=torch.bfloat16), torch.tensor(1.0, requires_grad=True),
]  # fmt: skip
NO_NUMBERS = [
    "1", "=cmd()", None, 1 + 0j, np.complex64(1), torch.tensor(1 + 0j), [1.0], (1.0,), {"a": 1}, np.zeros(2), torch.zeros(2),
    np.array("1"), np.array(None), np.array([]), torch.zeros(0), object(), 10**400, b"1", float,
]  # fmt: skip
NAMES = [
    "loss",
    "loss,a",
    'a "quoted" name',
    "loss/real",
    "a;b",
    "verlust_\u00fc",
    "\u635f\u5931",
    "step",
    "self",
    "nan",
    "1e5",
    "a\\b",
    "x" * 100,
]
BAD_NAMES = [
    "=cmd|' /C calc'!A0", "+1", "-loss", "@sum", "a\nb", "a\rb", "a\x00b", "\x1b[31mred", "\u202egnp.exe",
    "zero\u200bwidth", "\ufeffa", "x" * 101, "y" * 1_000_000, "", "\ud800", "\u2028", 3, None, ("a",), b"loss", 1.5,
]  # fmt: skip
BAD_STEPS = ["1", "1,=cmd()", None, 1.5, float("nan"), float("inf"), -1, 10**30, LAST_STEP + 1, torch.zeros(2), [1], 1j]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_one_number_is_taken(value: Any) -> None:
    log = TrainingLog()
    log.record(3, {"loss": value})
    assert log.entries == [(3, "loss", 1.0)]
    assert type(log.entries[0][2]) is float


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_told_with_its_name(value: Any) -> None:
    with pytest.raises(ModelError, match=r"'loss' was logged as .*; expected one real number") as error:
        TrainingLog().record(0, {"loss": value})
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("value", [float("nan"), np.inf, torch.tensor(-torch.inf)])
def test_a_number_that_is_not_finite_is_divergence(value: Any) -> None:
    with pytest.raises(DivergedError, match=r"loss became (nan|inf|-inf) at step 7"):
        TrainingLog().record(7, {"loss": value})


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name)[:20])
def test_names_that_could_harm_are_refused(name: Any) -> None:
    with pytest.raises(ModelError, match=r"logged scalar .*expected") as error:
        TrainingLog().record(0, {name: 1.0})
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("step", BAD_STEPS, ids=lambda step: repr(step)[:20])
def test_steps_are_whole_numbers(step: Any) -> None:
    with pytest.raises(ModelError, match="expected a whole number from 0 to 1e15"):
        TrainingLog().record(step, {"loss": 1.0})


@pytest.mark.parametrize("step", [3, 3.0, np.int32(3), torch.tensor(3), np.float64(3)])
def test_whole_steps_of_any_type(step: Any) -> None:
    log = TrainingLog()
    log.record(step, {"loss": 1.0})
    assert log.entries == [(3, "loss", 1.0)]


def test_a_name_a_step_is_told() -> None:
    log = TrainingLog()
    with pytest.raises(ModelError, match=f"the {MOST_NAMES:,} that can be logged; give the step as log"):
        log.record(0, {f"loss at {step}": 1.0 for step in range(10_000)})
    assert len(log.entries) == MOST_NAMES


def test_the_table_holds_every_name_and_number(tmp_path: Path) -> None:
    log = TrainingLog()
    values = RNG.normal(size=len(NAMES)) * 10.0 ** RNG.integers(-300, 300, len(NAMES))
    for step, (name, value) in enumerate(zip(NAMES, values, strict=True)):
        log.record(step, {name: value})
    path = tmp_path / "training.csv"
    write_csv(path, [FitRecord(seed, 1.0, 1.0, tuple(log.entries)) for seed in (0, 7)])
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["seed", "step", "name", "value"]
    assert [tuple(row[:3]) for row in rows] == [(s, str(i), name) for s in "07" for i, name in enumerate(NAMES)]
    assert [float(row[3]) for row in rows] == [*values, *values]


@pytest.mark.parametrize(
    "scalars",
    [{"a": 1.0}, {"a": torch.zeros(2)}, {"a": torch.tensor(1j)}, {3: torch.tensor(1.0)}, [torch.tensor(1.0)], None],
)
def test_a_loss_names_real_tensors(scalars: Any) -> None:
    with pytest.raises(ModelError, match="a loss must name its scalars in a dictionary of texts and real tensors"):
        loss_and_scalars((torch.tensor(1.0), scalars))
