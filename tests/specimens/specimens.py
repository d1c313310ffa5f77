"""The hooks of the specimens: see specimen_models.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genbench import EvaluationSpec, ModelSpec, hookimpl

MODELS = (
    "Steady", "Careless", "Segfault", "Hang", "HangInC", "GreedyAtOnce", "GreedyByAndBy", "GreedyShared", "NotANumber",
    "LogsNotANumber", "WrongShape", "OneSeedRaises", "Exits", "ExitsWhenSampled", "Vanishes", "VanishesLoudly", "Chatty",
    "Forks", "Interrupts", "BadInit", "BadRefuses", "StrangeError", "DataErrors", "Sleeper", "WithChild",
)  # fmt: skip


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name in MODELS:
        yield ModelSpec(name=name.lower(), target=f"specimen_models:{name}", summary=f"Specimen: {name}")
    yield ModelSpec(name="noimport", target="specimen_no_import:Model", summary="Specimen: its module raises")
    yield ModelSpec(name="noclass", target="specimen_models:Absent", summary="Specimen: its class is not there")
    yield ModelSpec(name="nomodel", target="specimen_models:NoModel", summary="Specimen: its class is no model")


@hookimpl
def genbench_evaluations() -> Iterable[EvaluationSpec]:
    yield EvaluationSpec(
        name="numpy_numbers",
        target="specimen_models:numpy_numbers",
        summary="Specimen: yields NumPy's and torch's numbers",
        table="numpy_numbers",
        metrics=("numpy_number",),
        needs=("log_prob",),
    )


@hookimpl
def genbench_job_finished(job: dict[str, Any], result: dict[str, Any]) -> None:
    if job["model"] == "careless":
        raise RuntimeError(f"the observer saw {job['model']} end {result['status']}")
