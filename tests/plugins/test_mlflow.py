"""The observer that sends results to MLflow, with a module in MLflow's place."""

from __future__ import annotations

import importlib.machinery
import sys
from contextlib import contextmanager
from types import ModuleType

import pytest

from genbench_mlflow import WHERE, genbench_job_finished, metric_name

JOB = {
    "model": "gan", "dataset": "ring8", "plugin": "p", "distribution": "d", "version": "1", "device": "cpu",
    "data_fingerprint": "f", "key": "k", "hyperparameters": {"hidden": 8},
}  # fmt: skip
ROW = {"metric": "frechet_distance", "estimator": "fd[pixels,n=inf]", "value": 2.5, "n": 100, "examples": 50}
RESULT = {"status": "ok", "measurements": {"sample_quality": [ROW, {**ROW, "metric": "recall", "value": None}]}}


class FakeMlflow(ModuleType):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.__spec__ = importlib.machinery.ModuleSpec("mlflow", None)
        self.told: list[object] = []
        for name in ("set_experiment", "set_tags", "log_params"):
            setattr(self, name, self.told.append)

    @contextmanager
    def start_run(self, run_name):
        self.told.append(run_name)
        yield

    def log_metric(self, name, value, step):
        self.told.append((name, value, step))


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> FakeMlflow:
    fake = FakeMlflow()
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return fake


def test_a_job_becomes_a_run(mlflow: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WHERE, "file:runs")
    genbench_job_finished(job=JOB, result=RESULT)
    assert mlflow.told[:2] == ["genbench", "gan on ring8"]
    assert mlflow.told[2]["status"] == "ok"
    assert mlflow.told[3] == {"hidden": 8}
    assert mlflow.told[4:] == [("frechet_distance fd_pixels_n_inf_ n_100", 2.5, 50)]


def test_nothing_is_sent_unless_asked_for(mlflow: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WHERE, raising=False)
    genbench_job_finished(job=JOB, result=RESULT)
    assert mlflow.told == []


def test_nothing_is_needed_where_mlflow_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WHERE, "file:runs")
    monkeypatch.setattr("genbench_mlflow.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    genbench_job_finished(job=JOB, result=RESULT)


def test_names_are_of_allowed_characters() -> None:
    assert metric_name({"metric": "a<b>", "estimator": "x" * 300, "n": None})[:6] == "a_b_ x"
    assert len(metric_name({"metric": "a", "estimator": "x" * 300, "n": None})) == 250


def test_mlflow_itself_takes_it(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pytest.importorskip("mlflow")
    monkeypatch.setenv(WHERE, tmp_path.as_uri())
    genbench_job_finished(job=JOB, result=RESULT)
    (run,) = real.search_runs(experiment_names=["genbench"], output_format="list")
    assert list(run.data.metrics.values()) == [2.5]
    assert run.data.params == {"hidden": "8"}
