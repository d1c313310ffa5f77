"""Models that change what outlives a job: the rows of every other model are those of a run without them, cell by cell."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from harness import CommandLine, write_distribution

CULPRITS = Path(__file__).parent.parent / "culprits"
SOURCE = (CULPRITS / "leaking_models.py").read_text()
LEAKING = [*(name.replace("_", "") for name in re.findall(r"@change\ndef (\w+)", SOURCE)), "changesinlogprob"]
INNOCENT = ("gaussian", "naive_bayes", "logistic_regression")


def arguments(models: tuple[str, ...]) -> list[str]:
    """Data set after data set, and one job at a time, so that each innocent comes after all culprits."""
    return [*(part for name in models for part in ("-m", name)), "-d", "iris", "-d", "wine", "--workers", "1"]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    site = tmp_path_factory.mktemp("leaks-site")
    modules = {name: (CULPRITS / f"{name}.py").read_text() for name in ("leaking", "leaking_models")}
    write_distribution(site, "leaks", modules, {"leaks": "leaking"})
    cli = CommandLine(tmp_path_factory.mktemp("leaks"), site)
    assert cli.run(*arguments(INNOCENT), out="alone").returncode == 0
    done = cli.run(*arguments((*LEAKING, *INNOCENT)), out="together", timeout=600)
    assert "Traceback" not in done.stderr, done.stderr
    assert f"{2 * (len(LEAKING) + len(INNOCENT))} jobs; " in done.stdout, done.stdout + done.stderr
    return cli


def test_there_are_many_kinds() -> None:
    assert len(LEAKING) >= 40


@pytest.mark.slow
def test_every_other_models_rows_are_as_without_them(cli: CommandLine) -> None:
    compared = 0
    for path in sorted((cli.cwd / "alone" / "tables").glob("*.csv")):
        if path.stem in ("cost", "failures"):
            continue
        alone, together = cli.table(path.stem, "alone"), cli.table(path.stem, "together")
        if "model" in alone:
            together = together[together["model"].isin(INNOCENT)].reset_index(drop=True)
        pd.testing.assert_frame_equal(together, alone)
        compared += len(alone)
    assert compared > 100


@pytest.mark.slow
def test_the_culprits_themselves_end(cli: CommandLine) -> None:
    rows = cli.table("likelihood", "together")
    statuses = rows[rows["model"].isin(LEAKING)].groupby("model")["status"].agg(set)
    assert set(statuses.index) == set(LEAKING)
    sound = [name for name in LEAKING if statuses[name] == {"ok"}]
    assert len(sound) > 0.6 * len(LEAKING), statuses


@pytest.mark.slow
def test_nothing_of_them_is_left(cli: CommandLine) -> None:
    assert cli.processes_gone_within(3), [process.cmdline() for process in cli.processes()]
