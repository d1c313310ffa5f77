"""Evaluations of third parties that yield what is no table's row: each fails by itself, with one line that says why."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from genbench import Dataset, DataSpec, EvaluationContext, EvaluationSpec, Measurement, Model, Split
from genbench.evaluation.fitted import Fitted
from genbench.execution.cells import Cells
from genbench.execution.evaluating import Evaluated, evaluate, filed
from genbench.execution.fitting import Fits
from genbench.execution.job import DatasetRef, EvaluationRef, Job, ModelRef
from genbench.protocol import load_protocol

DATA = DataSpec("points", (1,), "real")
SPLIT = Split(np.zeros((5, 1), dtype=np.float32))


class Fixed(Model):
    def fit(self, train: Split, validation: Split, context: Any) -> None: ...


def sound(context: EvaluationContext) -> Iterable[Measurement]:
    if context is not None:
        context.keep("spread", "std", np.array([[1.0, np.nan], [3.0, -np.inf]]))
    yield Measurement("spread", "std", 1.0, n=5)
    yield Measurement("spread", "std", 1.0, n=10)
    yield Measurement("spread", "std", None, n=5, status="failed")
    yield Measurement("spread", "range", 2.0, n=5)


def upwards(context: EvaluationContext) -> Iterable[Measurement]:
    yield Measurement("spread", "std", 1.0, better="up")  # type: ignore[arg-type]


def twice(context: EvaluationContext) -> Iterable[Measurement]:
    yield Measurement("spread", "std", 1.0, n=5)
    yield Measurement("spread", "std", 2.0, n=5)


def also(context: EvaluationContext) -> Iterable[Measurement]:
    yield Measurement("spread", "range", 7.0, n=10)
    yield Measurement("spread", "std", 7.0, n=10, examples=5)  # what a row without examples gets


def evaluated(name: str, table: str = "") -> Evaluated:
    spec = EvaluationSpec(
        name=name, target=f"{__name__}:{name}", summary="Spread", table=table or name, metrics=("spread",)
    )
    evaluation = EvaluationRef(spec=spec, plugin="p", version="1", code="")
    job = Job(
        model=ModelRef(
            name="m", label="m", target="t:M", plugin="p", distribution="d", version="1", code="", control=False
        ),
        dataset=DatasetRef(name="points", label="points", target="t:load", summary="Points", code="", folders=()),
        fingerprint="",
        evaluations=(evaluation,),
        protocol=load_protocol("quick"),
        device="cpu",
        core_code="",
    )
    fitter: Any = SimpleNamespace(model_class=Fixed, refit=None, refit_all=None)
    fits = Fits([Fitted(Fixed(DATA), DATA, 0)])
    return evaluate(job, Dataset(DATA, SPLIT, SPLIT, SPLIT), fitter, fits, evaluation)


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        ("upwards", "ValueError: spread: better 'up' is not known; expected lower, higher or ''"),
        (
            "twice",
            "ModelOutputError: the evaluation 'twice' files spread (std) with n=5, examples=5 in the table 'twice' twice; "
            "let their estimators tell them apart",
        ),
    ],
)
def test_a_row_that_is_none_fails_its_evaluation(faulty: str, reason: str) -> None:
    done = filed(evaluated(faulty), Cells(5))
    assert done.failure is not None
    assert (done.failure.stage, done.failure.reason) == (faulty, reason)
    assert [row.status for row in done.rows] == ["failed"]


def test_a_plugins_rows_come_back_from_its_process_as_they_were() -> None:
    done = evaluated("sound")
    assert done.failure is None
    assert done.rows == list(sound(None))  # type: ignore[arg-type]
    np.testing.assert_array_equal(done.per_example["spread/std"], [[1.0, np.nan], [3.0, -np.inf]])


def test_two_evaluations_that_file_one_cell_are_both_named_and_the_first_keeps_it() -> None:
    cells = Cells(5)
    first, second = (filed(evaluated(name, table="one"), cells) for name in ("sound", "also"))
    assert first.failure is None
    assert second.failure is not None
    assert second.failure.stage == "also"
    assert second.failure.reason == (
        "ModelOutputError: the evaluation 'also' files spread (std) with n=10, examples=5 in the table 'one', as 'sound' "
        "does; let their estimators tell them apart"
    )
    assert [row.value for row in second.rows] == [None]


def test_the_same_cell_in_another_table_and_rows_without_a_value_do_not_clash() -> None:
    cells, lost = Cells(5), Measurement("spread", "std", None, status="failed")
    assert all(filed(evaluated(name), cells).failure is None for name in ("sound", "also"))
    assert cells.clash("one", "t", [lost, lost]) == cells.clash("two", "t", [lost]) == ""
    assert not cells.clash("three", "t", [Measurement("spread", "std", 1.0)])
    assert "'four'" in cells.clash("four", "t", [Measurement("spread", "std", 1.0)])
    assert not cells.clash("four", "t", [Measurement("spread", "std", 1.0, examples=6)])
