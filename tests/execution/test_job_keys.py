"""A job's key: it changes with everything that can change the result, and with nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genbench.execution.job import DatasetRef, EvaluationRef, Job, ModelRef
from genbench.protocol import Protocol, load_protocol
from genbench.records import EvaluationSpec
from genbench.targets import code_hash

PROTOCOL = load_protocol("quick")


def job(**changes: Any) -> Job:
    parts: dict[str, Any] = {
        "model": ModelRef(
            name="vae", label="vae:latent=8", target="m:VAE", plugin="p", distribution="d", version="1", code="c",
            control=False, hyperparameters={"latent": "8"},
        ),
        "dataset": DatasetRef(name="iris", label="iris", target="m:iris", summary="Iris", code="c", folders=(Path("/a"),)),
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
    }  # fmt: skip
    return Job(**{**parts, **changes})


def model(**changes: Any) -> dict[str, Any]:
    return {"model": job().model.model_copy(update=changes)}


def protocol(**changes: Any) -> dict[str, Any]:
    return {"protocol": Protocol.model_validate({**PROTOCOL.model_dump(), **changes})}


@pytest.mark.parametrize(
    "changes",
    [
        model(hyperparameters={"latent": "9"}), model(version="2"), model(distribution="other"), model(code="edited"),
        model(target="m:Other"), {"fingerprint": "g"}, {"device": "cuda"}, {"core_code": "edited"}, {"evaluations": ()},
        protocol(seeds=4), protocol(first_seed=1), protocol(training={**PROTOCOL.training.model_dump(), "batch_size": 7}),
        protocol(evaluation={**PROTOCOL.evaluation.model_dump(), "samples": 7}),
        {"evaluations": (job().evaluations[0].model_copy(update={"code": "edited"}),)},
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
        {"dataset": job().dataset.model_copy(update={"folders": (Path("/elsewhere"),), "summary": "moved"})},
        {"dataset": job().dataset.model_copy(update={"code": "edited"})},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not(changes: dict[str, Any]) -> None:
    assert job(**changes).key == job().key


def test_the_key_is_fit_for_a_folder() -> None:
    assert len(job().key) == 16
    assert set(job().key) <= set("0123456789abcdef")


def test_code_hash_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "hashed_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (package / "model.py").write_text("A = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    hashes = []
    for text in ("A = 1\n", "A = 2\n", "A = 1\n"):
        (package / "model.py").write_text(text)
        code_hash.cache_clear()
        hashes.append(code_hash("hashed_package.model:Model"))
    assert hashes[0] == hashes[2] != hashes[1]
    assert code_hash("no_such_package_at_all:Model") == ""
