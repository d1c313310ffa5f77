"""The page of the committed results, and a run with pictures, each made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness import TINY_PROTOCOL, CommandLine
from pages import QUICK

from genbench.report.page import write_report


@pytest.fixture(scope="session")
def quick_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what is committed: a run in the same folder leaves pictures there, too."""
    folder = tmp_path_factory.mktemp("report")
    shutil.copytree(QUICK, folder / "quick", ignore=shutil.ignore_patterns("jobs", "pictures"))
    write_report(folder / "quick", folder / "page.html")
    return folder / "page.html"


@pytest.fixture(scope="session")
def pictured_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, two seeds each, of models that classify, reconstruct and copy, on images and on points in the plane."""
    genbench = CommandLine(tmp_path_factory.mktemp("pictured"))
    (genbench.cwd / "roomy.toml").write_text(TINY_PROTOCOL.replace("memory_gb = 0.5", "memory_gb = 4"))
    models = [part for name in ("vae", "gda", "naive_bayes", "memoriser") for part in ("-m", name)]
    done = genbench.run(*models, "-d", "digits", "-d", "ring8", "--protocol", "roomy.toml", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return genbench.cwd / "out"
