"""The plugin in the README's chapter, made of that very text, does what the chapter says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from harness import CommandLine, write_distribution

README = Path(__file__).parents[1] / "README.md"
FILE = re.compile(r"`(?P<name>[\w.-]+)`[^\n]*:\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)


def test_the_readme_plugin_runs_from_its_text(tmp_path: Path) -> None:
    files = {match["name"]: match["text"] for match in FILE.finditer(README.read_text(encoding="utf-8"))}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    modules = {name.removesuffix(".py"): text for name, text in files.items() if name.endswith(".py")}
    write_distribution(
        tmp_path / "site", project["name"], modules, project["entry-points"]["genbench"], project["version"]
    )
    genbench = CommandLine(tmp_path / "work", tmp_path / "site")

    done = genbench.run("-m", "student_t", "-m", "student_t:freedom=2", "-m", "gaussian", "-d", "iris")

    assert done.returncode == 0, done.stdout + done.stderr
    likelihood = genbench.table("likelihood")
    assert set(likelihood["model"]) == {"student_t", "student_t:freedom=2", "gaussian"}
    assert (likelihood["status"] == "ok").all()
    curves = genbench.table("learning_curve")
    assert "training:loss" in set(curves.loc[curves["model"] == "student_t", "metric"])
    assert "freedom = 5" in genbench("info", "student_t").stdout
    assert len(modules["student_t_model"].splitlines()) <= 40
