"""Lines of the command line, each made by the function that prints it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genbench.cli import info as verb
from genbench.cli.display import outcome, refuse_empty
from genbench.cli.info import info
from genbench.cli.sample import _job_folder
from genbench.errors import DataError, GenbenchError, HyperparameterError
from genbench.execution.job import Skipped
from genbench.execution.plan import Plan
from genbench.plugins import Plugin, Provided, Registry
from genbench.records import DatasetSpec, ModelSpec
from genbench.results.folder import RunFolder

PLUGIN = Plugin(name="mine", distribution="my-package", version="1.0", module="mine")
TABLE = "a,b,target\n" + "".join(f"{i % 7},{i * i % 11},{i % 2}\n" for i in range(60))


def ended(stage: str) -> str:
    failure = {"stage": stage, "status": "failed", "reason": "ValueError: no", "seed": None}
    return outcome({"status": "failed", "model": "m", "dataset": "d", "seconds": 1.0, "failures": [failure]})


def test_the_evaluation_that_failed_is_named() -> None:
    assert ended("parzen") == "failed: m on d (1.0 s): parzen: ValueError: no"
    assert ended("fit") == "failed: m on d (1.0 s): ValueError: no"


def test_a_plan_without_jobs_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    def left_out(model: str, what: str = "", reason: str = "takes real data") -> Skipped:
        return Skipped(model=model, dataset="d", plugin="p", what=what, reason=reason)

    with pytest.raises(GenbenchError, match=r"^nothing to run: m on d: takes real data$"):
        refuse_empty(Plan((), (left_out("m"), left_out("m", "ais")), (), {}))
    with pytest.raises(GenbenchError, match=r"^nothing to run: none of the models"):
        refuse_empty(Plan((), (left_out("m"), left_out("n"), left_out("k", reason="takes labels")), (), {}))
    told = ["left out: m, n on d: takes real data", "left out: k on d: takes labels"]
    assert capsys.readouterr().err.splitlines() == told


def registry_of(monkeypatch: pytest.MonkeyPatch, **brought: Any) -> None:
    monkeypatch.setattr(verb, "registry_with_warnings", lambda no_plugin: Registry(**brought))


def test_info_of_what_is_no_model_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec(name="odd", target="pathlib:Path", summary="No model")
    registry_of(monkeypatch, models={"odd": Provided(spec, PLUGIN)})
    with pytest.raises(GenbenchError, match=r"^model 'odd' of plugin mine: pathlib:Path is not a subclass"):
        info("odd")


def test_info_names_the_plugin_that_brings_a_data_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = DatasetSpec(name="iris", target="genbench.data.bundled_tables:iris", summary="Ours")
    registry_of(monkeypatch, datasets={"iris": Provided(spec, PLUGIN)})
    info("iris")
    assert "  files: none, mine brings it\n" in capsys.readouterr().out


def test_info_takes_what_run_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.csv").write_text(TABLE)
    info(f"{tmp_path / 'my.csv'}:target=b")
    shown = capsys.readouterr().out
    assert shown.startswith("my (data set, the file my.csv)\n")
    assert "  form: real, shape (2,), 6 classes\n" in shown
    info("gaussians:dim=3")
    assert "form: real, shape (3,)" in capsys.readouterr().out
    info("gaussian:ridge=2")
    assert "    ridge = 2  (a number, above 0)\n" in capsys.readouterr().out
    with pytest.raises(HyperparameterError, match="did you mean 'ridge'"):
        info("gaussian:rigde=2")
    with pytest.raises(DataError, match=r"no\.csv' does not exist"):
        info("no.csv")


def test_info_of_an_evaluation_describes_all_of_its_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    info("likelihood")
    shown = capsys.readouterr().out
    assert all(metric in shown for metric in ("nll", "bits_per_dim", "kl_to_truth", "reverse_kl_to_truth"))


def test_samples_of_tables_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_run({"jobs": {"k": {"model": "m", "dataset": "d"}}})
    with pytest.raises(GenbenchError, match="has not run that job yet; train it with: genbench run -m m -d d --out"):
        _job_folder(tmp_path, "m", "d")
    folder.tables.mkdir()
    with pytest.raises(GenbenchError, match="keeps tables alone, no trained models; train it with"):
        _job_folder(tmp_path, "m", "d")
