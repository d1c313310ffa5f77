"""Names that a reader of tables could take for numbers, dates, truth values or nothing at all, through every verb."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from harness import CommandLine
from made_runs import make_run, measured

from genbench.results import compare, history, load, load_seeds, rank
from genbench.results.folder import RunFolder
from genbench.results.loading import read_run
from genbench.results.merging import merge
from genbench.results.tables import build_tables

NAMES = [
    "nan", "null", "na", "none", "inf", "007", "1e3", "1e5", "true", "false", "0", "0x10", "1_000", "2020-01-01", "n_a",
    "NaN", "NA", "N/A", "None", "NULL", "<NA>", "#N/A", "1.0", "True", "1,5", "infinity", "nat", "NaT",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Each name a model, a metric with an estimator of that name, and three of them data sets."""
    rows = {
        (model, dataset): [
            measured(metric, [i + j / 10, i + j / 10 + 0.2], estimator=metric)
            for metric in (model, "nan", "1e3", "true")
        ]
        for i, model in enumerate(NAMES)
        for j, dataset in enumerate(NAMES[:4])
    }
    return make_run(tmp_path_factory.mktemp("odd") / "run", rows, seeds=(0, 1))


def sets_of(rows: pd.DataFrame) -> list[set[str]]:
    return [set(rows[column]) for column in ("model", "dataset", "metric", "estimator")]


EXPECTED = [set(NAMES), set(NAMES[:4]), set(NAMES), set(NAMES)]


@pytest.mark.parametrize("kept", ["jobs", "tables beside run.json", "tables alone"])
def test_they_are_read_back_as_they_were(kept: str, run: RunFolder, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(run.path, home)
    if kept != "jobs":
        shutil.rmtree(home / "jobs")
    if kept == "tables alone":
        (home / "run.json").unlink()
        home = home / "tables"
    rows = load(home)
    assert sets_of(rows) == EXPECTED
    key = ["model", "dataset", "metric", "estimator"]
    pd.testing.assert_series_equal(
        rows.set_index(key)["value"].sort_index(), load(run.path).set_index(key)["value"].sort_index()
    )
    if kept != "tables alone":
        assert sets_of(load_seeds(home)) == EXPECTED
    only = read_run(home).only(model=["nan"], dataset=["null"]).rows
    assert set(only["model"]) == {"nan"}


def test_comparing_ranking_history_and_merging_tell_them_apart(run: RunFolder, tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(run.tables, tables)
    compared = compare(run.path, tables)
    assert sets_of(compared) == EXPECTED
    assert not compared["verdict"].isin(["gone", "new"]).any()
    ranked = rank(tables, metrics=["nan"], common_only=True)
    assert set(ranked["model"]) == set(NAMES)
    told = history(run.path, metric="true")
    assert set(told["model"]) == set(NAMES)
    merged = tmp_path / "merged"
    assert merge([run.path], merged).jobs == 4 * len(NAMES)
    assert sets_of(load(merged)) == EXPECTED


def test_the_twins_and_the_commands_name_them(run: RunFolder, genbench_here: CommandLine) -> None:
    text = (run.tables / "likelihood.md").read_text()
    for name in NAMES:
        assert f"| {name.replace('<', '&lt;')} " in text
    for arguments in (
        ("tables", run.path),
        ("tables", run.path, "--format", "latex"),
        ("report", run.path, "-o", "x.html"),
    ):
        done = genbench_here(*arguments)
        assert done.returncode == 0, done.stderr
    picked = ("-m", "nan", "-d", "null")
    for arguments in (
        ("plot", run.path, "--table", "likelihood", *picked, "-o", "x.svg"),
        ("rank", run.path, *picked[:2]),
    ):
        done = genbench_here(*arguments)
        assert done.returncode == 0, done.stderr
    frames = build_tables(run)
    assert np.isfinite(frames["likelihood"]["value"]).all()
