"""The plugins in the README and in docs/plugins.md, made of that very text, do what the pages say."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args
from unittest.mock import MagicMock

import pytest
from harness import TINY_PROTOCOL, CommandLine, write_distribution
from pydantic import Field

import genbench as public
from genbench.capabilities import CAPABILITIES
from genbench.data.source import DataSource
from genbench.data.spec import Support
from genbench.execution.evaluating import evaluate
from genbench.execution.fitting import Fitter
from genbench.execution.job import Job
from genbench.execution.loading import load, load_model_class
from genbench.execution.selection import select
from genbench.measurement import Better, Status
from genbench.model import DiscriminatorGives, check_declared
from genbench.plugins import load_plugins
from genbench.protocol import load_protocol
from genbench.records import EvaluationSpec
from genbench.signature import check_schema
from genbench.training import NeuralModel, Objective, Optimizer, RateSchedule
from genbench.training.objective import OptimizerName

ROOT = Path(__file__).parents[1]
PLUGINS = ROOT / "docs" / "plugins.md"
FILE = re.compile(r"`(?P<name>[\w.-]+)`[^\n]*:\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)
SKETCH = re.compile(r"```python\n(?P<text>class .*?)```", re.DOTALL)


CHAPTERS = {
    "coupling_flow": (ROOT / "README.md", "coupling_flow:layers=2", "layers = 6", "training:loss_nll"),
    "student_t": (PLUGINS, "student_t:freedom=2", "freedom = 5", "training:loss"),
}


def write_plugin(page: Path, name: str, site: Path) -> dict[str, str]:
    """Install the page's plugin whose project has this name; its modules."""
    text = page.read_text(encoding="utf-8")
    start = text.rindex("`pyproject.toml`:", 0, text.index(f'name = "{name}"'))
    files: dict[str, str] = {}
    for match in FILE.finditer(text, start):
        if match["name"] in files:
            break  # the next plugin's
        files[match["name"]] = match["text"]
    project = tomllib.loads(files["pyproject.toml"])["project"]
    modules = {name.removesuffix(".py"): text for name, text in files.items() if name.endswith(".py")}
    write_distribution(site, project["name"], modules, project["entry-points"]["genbench"], project["version"])
    return modules


@pytest.mark.parametrize("model", ["coupling_flow", pytest.param("student_t", marks=pytest.mark.slow)])
def test_a_plugin_made_of_the_text_runs(model: str, tmp_path: Path) -> None:
    page, variant, shown, logged = CHAPTERS[model]
    modules = write_plugin(page, model.replace("_", "-"), tmp_path / "site")
    genbench = CommandLine(tmp_path / "work", tmp_path / "site")

    done = genbench.run("-m", model, "-m", variant, "-m", "gaussian", "-d", "iris")

    assert done.returncode == 0, done.stdout + done.stderr
    likelihood = genbench.table("likelihood")
    assert set(likelihood["model"]) == {model, variant, "gaussian"}
    assert (likelihood["status"] == "ok").all()
    curves = genbench.table("learning_curve")
    assert logged in set(curves.loc[curves["model"] == model, "metric"])
    assert shown in genbench("info", model).stdout
    assert len(modules[f"{model}_model"].splitlines()) <= 40


def test_a_plugin_with_a_data_set_and_an_evaluation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_plugin(PLUGINS, "spirals", tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "tiny.toml").write_text(TINY_PROTOCOL)
    registry, protocol = load_plugins(), load_protocol(str(tmp_path / "tiny.toml"))
    assert not registry.problems
    chosen = select(registry, protocol, DataSource(), ("gaussian",), ("spirals:noise=0.2",))
    (model,), (reference,) = chosen.models, chosen.datasets
    (radius,) = (one for one in chosen.evaluations if one.spec.name == "radius")
    dataset = load(reference)
    job = Job(
        model=model,
        dataset=reference,
        fingerprint=dataset.fingerprint,
        evaluations=(radius,),
        protocol=protocol,
        device="cpu",
        core_code="",
    )
    fitter = Fitter(job, load_model_class(model.target), dataset, time.monotonic())

    done = evaluate(job, dataset, fitter, fitter.fit_all(), radius)

    assert done.failure is None
    (row,) = done.message(job, len(dataset.train))["rows"]
    assert row["value"] is not None
    assert row["ci_low"] is not None
    assert [row[name] for name in ("status", "seeds", "n", "dataset")] == ["ok", 2, 20, "spirals:noise=0.2"]
    assert dataset.notes == ("noise of deviation 0.2",)


def test_sketches_of_classes_are_valid() -> None:
    names: dict[str, Any] = {
        "genbench": public,
        "Annotated": Annotated,
        "Field": Field,
        "NeuralModel": NeuralModel,
        "Objective": Objective,
        "Optimizer": Optimizer,
    }
    sketches = [match["text"] for match in SKETCH.finditer(PLUGINS.read_text(encoding="utf-8"))]
    assert len(sketches) == 2
    for sketch in sketches:
        exec(sketch, names)
    check_declared(names["MyModel"])
    check_schema("MyModel", names["MyModel"], ValueError)
    assert [objective.name for objective in names["GAN"].objectives(MagicMock())] == ["discriminator", "generator"]


def test_the_page_has_every_word_of_the_contract() -> None:
    page = PLUGINS.read_text(encoding="utf-8")
    data_needs = get_args(get_args(EvaluationSpec.model_fields["data_needs"].annotation)[0])
    for kind in (Support, Better, Status, DiscriminatorGives, data_needs):
        for word in kind if isinstance(kind, tuple) else get_args(kind):
            assert f'"{word}"' in page, word
    for name in (*get_args(OptimizerName), *get_args(RateSchedule)):
        assert f"`{name}`" in page, name
    for capability in CAPABILITIES:
        assert f"`{capability}(" in page, capability
