"""The plugins in the README and in docs/plugins.md, made of that very text, do what the pages say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from harness import CommandLine, write_distribution

ROOT = Path(__file__).parents[1]
FILE = re.compile(r"`(?P<name>[\w.-]+)`[^\n]*:\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)


CHAPTERS = {
    "coupling_flow": (ROOT / "README.md", "coupling_flow:layers=2", "layers = 6", "training:loss_nll"),
    "student_t": (ROOT / "docs" / "plugins.md", "student_t:freedom=2", "freedom = 5", "training:loss"),
}


@pytest.mark.parametrize("model", ["coupling_flow", pytest.param("student_t", marks=pytest.mark.slow)])
def test_a_plugin_made_of_the_text_runs(model: str, tmp_path: Path) -> None:
    page, variant, shown, logged = CHAPTERS[model]
    files = {match["name"]: match["text"] for match in FILE.finditer(page.read_text(encoding="utf-8"))}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    modules = {name.removesuffix(".py"): text for name, text in files.items() if name.endswith(".py")}
    write_distribution(
        tmp_path / "site", project["name"], modules, project["entry-points"]["genbench"], project["version"]
    )
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
