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
from genbench.execution.evaluating import Evaluations, evaluate_all
from genbench.execution.fitting import Fits
from genbench.execution.job import DatasetRef, EvaluationRef, Job, ModelRef
from genbench.protocol import load_protocol

DATA = DataSpec("points", (1,), "real")
SPLIT = Split(np.zeros((5, 1), dtype=np.float32))


class Fixed(Model):
    def fit(self, train: Split, validation: Split, context: Any) -> None: ...


def sound(context: EvaluationContext) -> Iterable[Measurement]:
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
    context.keep("spread", "std", np.full((1, 5), 7.0))
    yield Measurement("spread", "range", 7.0, n=10)
    yield Measurement("spread", "std", 7.0, n=10, examples=5)  # what a row without examples gets


def before(context: EvaluationContext) -> Iterable[Measurement]:
    context.keep("spread", "std", np.full((1, 5), 1.0))
    yield from sound(context)


def evaluated(*names: str, table: str = "") -> Evaluations:
    specs = [
        EvaluationSpec(
            name=name, target=f"{__name__}:{name}", summary="Spread", table=table or name, metrics=("spread",)
        )
        for name in names
    ]
    job = Job(
        model=ModelRef(
            name="m", label="m", target="t:M", plugin="p", distribution="d", version="1", code="", control=False
        ),
        dataset=DatasetRef(name="points", label="points", target="t:load", summary="Points", code="", folders=()),
        fingerprint="",
        evaluations=tuple(EvaluationRef(spec=spec, plugin="p", version="1", code="") for spec in specs),
        protocol=load_protocol("quick"),
        device="cpu",
        core_code="",
    )
    fitter: Any = SimpleNamespace(model_class=Fixed, refit=None, refit_all=None)
    return evaluate_all(job, Dataset(DATA, SPLIT, SPLIT, SPLIT), fitter, Fits([Fitted(Fixed(DATA), DATA, 0)]))


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
def test_a_row_that_is_none_costs_its_evaluation_alone(faulty: str, reason: str) -> None:
    done = evaluated(faulty, "sound")
    assert [(failure.stage, failure.reason) for failure in done.failures] == [(faulty, reason)]
    assert [row.status for row in done.measurements[faulty]] == ["failed"]
    assert [row.value for row in done.measurements["sound"]] == [1.0, 1.0, None, 2.0]


def test_two_evaluations_that_file_one_cell_are_both_named_and_the_first_keeps_it() -> None:
    done = evaluated("before", "also", table="one")
    (failure,) = done.failures
    assert failure.stage == "also"
    assert failure.reason == (
        "ModelOutputError: the evaluation 'also' files spread (std) with n=10, examples=5 in the table 'one', as 'before' "
        "does; let their estimators tell them apart"
    )
    assert [row.value for row in done.measurements["one"]] == [1.0, 1.0, None, 2.0, None]
    assert (done.per_example["spread/std"] == 1).all()


def test_the_same_cell_in_another_table_and_rows_without_a_value_do_not_clash() -> None:
    assert not evaluated("before", "also").failures
    cells, lost = Cells(5), Measurement("spread", "std", None, status="failed")
    assert cells.clash("one", "t", [lost, lost]) == cells.clash("two", "t", [lost]) == ""
    assert not cells.clash("three", "t", [Measurement("spread", "std", 1.0)])
    assert "'four'" in cells.clash("four", "t", [Measurement("spread", "std", 1.0)])
    assert not cells.clash("four", "t", [Measurement("spread", "std", 1.0, examples=6)])
