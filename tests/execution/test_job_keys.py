"""A job's key: it changes with everything that can change the result, and with nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genbench.execution.job import DatasetRef, EvaluationRef, Job, ModelRef
from genbench.protocol import Protocol, load_protocol
from genbench.records import EvaluationSpec

PROTOCOL = load_protocol("quick")


def job(**changes: Any) -> Job:
    parts: dict[str, Any] = {
        "model": ModelRef(
            name="vae", label="vae:latent=8", target="m:VAE", plugin="p", distribution="d", version="1", code="c",
            control=False, hyperparameters={"latent": 8}, settings={"latent": "8", "lr": "0.1"},
        ),
        "dataset": DatasetRef(name="iris", label="iris", target="m:iris", summary="Iris", code="c", folders=(Path("/a"),),
            settings={"path": "/a/x", "noise": "0.1"}, contents={"path": "c"},),
        "fingerprint": "f",
        "evaluations": (
            EvaluationRef(
                spec=EvaluationSpec(name="e", target="m:e", summary="E", table="t", metrics=("x",)),
                plugin="p", version="1", code="c",
            ),
        ),
        "protocol": PROTOCOL,
        "device": "cpu",
        "core_code": "core",
        "versions": {"torch": "2"},
    }  # fmt: skip
    return Job(**{**parts, **changes})


def model(**changes: Any) -> dict[str, Any]:
    return {"model": job().model.model_copy(update=changes)}


def dataset(**changes: Any) -> dict[str, Any]:
    return {"dataset": job().dataset.model_copy(update=changes)}


def evaluation(**changes: Any) -> dict[str, Any]:
    return {"evaluations": (job().evaluations[0].model_copy(update=changes),)}


def protocol(**changes: Any) -> dict[str, Any]:
    return {"protocol": Protocol.model_validate({**PROTOCOL.model_dump(), **changes})}


@pytest.mark.parametrize(
    "changes",
    [
        model(settings={"latent": "9", "lr": "0.1"}), model(settings={"latent": "8", "lr": "0.2"}),
        model(contents={"w": "d"}), model(label="vae"), model(version="2"), model(distribution="other"),
        model(code="edited"), model(target="m:Other"), {"fingerprint": "g"}, {"device": "cuda"},
        {"core_code": "edited"}, {"evaluations": ()},
        protocol(seeds=4), protocol(first_seed=1), protocol(training={**PROTOCOL.training.model_dump(), "batch_size": 7}),
        protocol(evaluation={**PROTOCOL.evaluation.model_dump(), "samples": 7}),
        evaluation(code="edited"), evaluation(version="2"), evaluation(contents={"weights.pt": "d"}),
        dataset(code="edited"), dataset(label="iris:noise=0.2"), dataset(settings={"path": "/a/x", "noise": "0.2"}),
        dataset(contents={"path": "d"}), {"versions": {"torch": "3"}}, {"versions": {}},
    ],
    ids=str,
)  # fmt: skip
def test_what_changes_the_key(changes: dict[str, Any]) -> None:
    assert job(**changes).key != job().key


@pytest.mark.parametrize(
    "changes",
    [
        {}, model(control=True), model(plugin="renamed"), protocol(name="mine", summary="x", datasets=None),
        protocol(limits={"seconds": 1, "memory_gb": 1}),
        dataset(folders=(Path("/elsewhere"),), files=(Path("/elsewhere/x"),), summary="moved"),
        dataset(settings={"path": "/elsewhere/x", "noise": "0.1"}), model(hyperparameters={"latent": 8, "lr": 0.1}),
        evaluation(files={"weights.pt": Path("/elsewhere")}),
        evaluation(spec=job().evaluations[0].spec.model_copy(update={"summary": "Other words"})),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not(changes: dict[str, Any]) -> None:
    assert job(**changes).key == job().key


def test_the_key_is_fit_for_a_folder() -> None:
    assert len(job().key) == 16
    assert set(job().key) <= set("0123456789abcdef")
