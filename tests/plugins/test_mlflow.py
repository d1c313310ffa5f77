"""The observer that sends results to MLflow, with a module in MLflow's place, and with MLflow where it is installed."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from genbench_mlflow import BATCH, WHERE, genbench_job_finished, metric_name

JOB = {
    "model": "gan", "dataset": "ring8", "plugin": "p", "distribution": "d", "version": "1", "device": "cpu",
    "data_fingerprint": "f", "key": "k", "seeds": [5, 6], "hyperparameters": {"hidden": 8},
}  # fmt: skip
ROW = {"metric": "frechet_distance", "estimator": "fd[pixels,n=inf]", "value": 2.5, "n": 100, "examples": 50}
RESULT = {
    "status": "ok",
    "seconds": 1.5,
    "measurements": {"sample_quality": [ROW, {**ROW, "metric": "recall", "value": None}]},
}
NAME = "sample_quality/frechet_distance fd_pixels_n_inf_ n_100"


class FakeClient:
    """Notes what it is told."""

    told: list[Any]

    def create_run(self, experiment: str, **named: Any) -> SimpleNamespace:
        self.told.append((experiment, named))
        return SimpleNamespace(info=SimpleNamespace(run_id="run"))

    def log_batch(self, run: str, metrics: Any = (), params: Any = ()) -> None:
        self.told.append([*metrics, *params])

    def set_terminated(self, run: str, status: str, end: int) -> None:
        self.told.append((status, end))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    fake, entities = ModuleType("mlflow"), ModuleType("mlflow.entities")
    fake.__spec__ = importlib.machinery.ModuleSpec("mlflow", None)
    FakeClient.told = []
    fake.MlflowClient = FakeClient  # type: ignore[attr-defined]
    fake.set_experiment = lambda name: SimpleNamespace(experiment_id=name)  # type: ignore[attr-defined]
    entities.Metric = entities.Param = lambda *parts: parts  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.setenv(WHERE, "file:runs")
    return FakeClient.told


def test_a_job_becomes_a_run(told: list[Any]) -> None:
    genbench_job_finished(job=JOB, result=RESULT)
    (experiment, run), params, ((name, value, at, step),), (status, end) = told
    assert (experiment, run["run_name"], status) == ("genbench", "gan on ring8", "FINISHED")
    assert (run["tags"]["seeds"], run["tags"]["status"]) == ("[5, 6]", "ok")
    assert params == [("hidden", "8")]
    assert (name, value, step) == (NAME, 2.5, 50)
    assert end - run["start_time"] == 1500
    assert at == end


def test_a_job_that_failed_is_a_run_that_failed(told: list[Any]) -> None:
    genbench_job_finished(job=JOB, result={"status": "timeout", "seconds": None, "measurements": {}})
    assert told[0][1]["tags"]["status"] == "timeout"
    assert told[-1][0] == "FAILED"


def test_many_values_go_in_batches_and_none_overwrites_another(told: list[Any]) -> None:
    rows = [{**ROW, "examples": size} for size in range(BATCH)]
    measurements = {"sample_quality": rows, "generative_curve": rows[:1]}
    genbench_job_finished(job=JOB, result={**RESULT, "measurements": measurements})
    sent = [entry for batch in told[2:-1] for entry in batch]
    assert len(told[2]) == BATCH
    assert len({(name, step) for name, _, _, step in sent}) == len(sent) == BATCH + 1


def test_nothing_is_sent_unless_asked_for(told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WHERE)
    genbench_job_finished(job=JOB, result=RESULT)
    assert told == []


def test_nothing_is_needed_where_mlflow_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WHERE, "file:runs")
    monkeypatch.setattr("genbench_mlflow.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    genbench_job_finished(job=JOB, result=RESULT)


def test_names_are_of_allowed_characters() -> None:
    assert metric_name("t", {"metric": "a<b>", "estimator": "x" * 300, "n": None})[:8] == "t/a_b_ x"
    assert len(metric_name("t", {"metric": "a", "estimator": "x" * 300, "n": None})) == 250


def test_mlflow_itself_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pytest.importorskip("mlflow")
    monkeypatch.setenv(WHERE, tmp_path.as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    genbench_job_finished(job=JOB, result=RESULT)
    genbench_job_finished(job={**JOB, "model": "vae"}, result={**RESULT, "status": "diverged"})
    failed, run = real.search_runs(experiment_names=["mine"], output_format="list", order_by=["tag.model DESC"])
    assert run.data.metrics == {NAME: 2.5}
    assert run.data.params == {"hidden": "8"}
    assert (run.info.run_name, run.info.status, failed.info.status) == ("gan on ring8", "FINISHED", "FAILED")
    assert run.info.end_time - run.info.start_time == 1500
