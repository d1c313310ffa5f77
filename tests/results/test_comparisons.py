"""Crossings and paired tests of a run's classifiers, from curves whose answers are known."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_runs import make_run, measured

from genbench.errors import GenbenchError
from genbench.records import DERIVED_TABLES
from genbench.results import compare, load, load_pairs, load_seeds
from genbench.results.comparisons import TABLES_OF_PAIRS, comparisons
from genbench.results.folder import RunFolder
from genbench.results.likelihood_vs_quality import NAME
from genbench.results.loading import check_names, read_run
from genbench.results.tables import FAILURES

SIZES = (10, 20, 50, 100, 200, 500)
M = np.array(SIZES, dtype=float)
NOISE = np.random.default_rng(0).standard_normal((20, len(SIZES))) * 0.003


def result(model: str, curve: np.ndarray, seed: int = 0, **changes: Any) -> dict[str, Any]:
    errors = curve + NOISE + np.random.default_rng(seed).standard_normal(NOISE.shape) * 0.002
    rows = [
        {"metric": "test_error", "examples": size, "per_seed": errors[:, at].tolist()} for at, size in enumerate(SIZES)
    ]
    rows.append({"metric": "test_error", "examples": 1000})
    return {"dataset": "d", "model": model, "control": False, "measurements": {"learning_curve": rows}} | changes


def test_the_second_is_ahead_at_last_and_from_the_crossing_on() -> None:
    slow = 0.1 + M**-0.5  # 0.2 at m = 100
    tables = comparisons([result("slow", slow, 1), result("flat", 0.2 + 0 * M, 2)])
    row = tables["crossings"].iloc[0]
    assert (row["first"], row["second"], row["ahead_at_smallest"], row["ahead_at_largest"]) == (
        "flat", "slow", "flat", "slow"
    )  # fmt: skip
    assert row["crossing"] == pytest.approx(100, rel=0.1)
    assert row["ci_low"] <= row["crossing"] <= row["ci_high"]
    tests = tables["paired_tests"].set_index("examples")
    assert list(tests.index) == list(SIZES)
    assert tests.loc[500, "difference"] == pytest.approx(0.1 - 500**-0.5, abs=0.005)
    assert tests.loc[500, "p_holm"] < 0.001
    assert tests.loc[100, "p_holm"] > 0.01


def test_equal_classifiers_do_not_differ() -> None:
    tests = comparisons([result("a", 0.2 + 0 * M, 1), result("b", 0.2 + 0 * M, 2)])["paired_tests"]
    assert (tests["p_holm"] > 0.05).all()


def test_controls_single_curves_and_other_data_sets_are_not_compared() -> None:
    flat = 0.2 + 0 * M
    assert comparisons([result("a", flat), result("control", flat, control=True)]) == {}
    assert comparisons([result("a", flat), result("b", flat, dataset="other")]) == {}
    assert comparisons([result("a", flat), result("b", flat, measurements={})]) == {}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Of two classifiers with learning curves; the tables are written."""
    curves = {"slow": 0.1 + M**-0.5, "flat": 0.2 + 0 * M}
    rows = {
        (model, "d"): [
            measured("test_error", curve[at] + NOISE[:, at] * (1 + at), examples=size) for at, size in enumerate(SIZES)
        ] + [measured("test_error", [0.1], examples=1000)]
        for model, curve in curves.items()
    }  # fmt: skip
    return make_run(tmp_path / "run", rows, table="learning_curve")


def test_tables_of_pairs_are_read_apart_from_jobs_and_from_csv_alike(run: RunFolder) -> None:
    of_jobs = load_pairs(run.path)
    assert list(of_jobs) == list(TABLES_OF_PAIRS)
    shutil.rmtree(run.jobs)
    of_tables = load_pairs(run.path)
    for name, frame in of_jobs.items():
        assert len(frame) > 0
        pd.testing.assert_frame_equal(of_tables[name], frame, check_dtype=False)
    assert of_tables["crossings"].loc[0, "second"] == "slow"


def test_random_subsets_are_numbered_from_0_whatever_the_seeds(tmp_path: Path) -> None:
    rows = {("gda", "d"): [measured("test_error", np.arange(3.0), examples=10)]}
    for table, names in (("learning_curve", ["0", "1", "2"]), ("likelihood", ["5", "6", "7"])):
        make_run(tmp_path / table, rows, seeds=(5, 6, 7), table=table)
        assert [name for name in load_seeds(tmp_path / table) if name.isdigit()] == names


def test_tables_of_pairs_are_neither_rows_nor_compared(run: RunFolder) -> None:
    assert set(load(run.path)["table"]) == {"learning_curve"}
    assert set(compare(run.path, run.path)["table"]) == {"learning_curve"}
    with pytest.raises(GenbenchError, match="'crossings' compares pairs of models; read it in"):
        check_names([read_run(run.path)], "table", "table", ["crossings"])


def test_their_twin_for_reading_says_how(run: RunFolder) -> None:
    for name, table in TABLES_OF_PAIRS.items():
        assert table.caption in (run.tables / f"{name}.md").read_text(encoding="utf-8")


def test_no_evaluation_may_fill_them() -> None:
    assert {*TABLES_OF_PAIRS, FAILURES, NAME} == set(DERIVED_TABLES)
