"""The tables of a run folder made by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from genbench.errors import RunFolderError
from genbench.measurement import COLUMNS, Measurement
from genbench.results.folder import RunFolder
from genbench.results.layout import best_rows, blocks, short
from genbench.results.markdown import as_markdown
from genbench.results.tables import build_tables, flaws, write_tables

DESIGN = "dataset, model, plugin, metric, estimator, value, ci_low, ci_high, seeds, n, unit, better, examples, status"


def row(model: str, value: float | None, *, estimator: str = "exact", **others: Any) -> dict[str, Any]:
    settings = {"better": "lower", "unit": "nats", "seeds": 3, "n": 100, "examples": 50, "dataset": "iris", **others}
    return Measurement("nll", estimator, value, model=model, plugin="p", **settings).as_row()


def publish(folder: RunFolder, key: str, model: str, rows: list[dict[str, Any]], **others: Any) -> None:
    folder.open_job(key)
    result = {
        "key": key, "model": model, "dataset": "iris", "plugin": "p", "control": False, "status": "ok", "failures": [],
        "skipped": {}, "measurements": {"likelihood": rows}, **others,
    }  # fmt: skip
    folder.publish_job(key, result, None)


def run_json(**jobs: str) -> dict[str, Any]:
    return {
        "jobs": {key: {"model": model, "dataset": "iris"} for key, model in jobs.items()},
        "left_out": [{"model": "gda", "dataset": "digits-binary", "plugin": "c", "what": "", "reason": "takes real data"}],
        "broken_data": [{"model": "", "dataset": "wine", "plugin": "", "what": "", "reason": "wine.csv is torn"}],
        "tables": ["likelihood"],
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Two finished jobs, one that failed for a seed, one that was not run yet."""
    folder = RunFolder(tmp_path / "run")
    folder.write_run(run_json(a="vae", b="gan", c="pca", d="later"))
    publish(folder, "a", "vae", [row("vae", 1.5, ci_low=1.25, ci_high=1.75)], skipped={"learning_curve": "no labels"})
    publish(folder, "b", "gan", [row("gan", 2.5)], control=True)
    failure = {"stage": "fit", "status": "diverged", "reason": "loss became nan", "seed": 1}
    publish(folder, "c", "pca", [row("pca", None, status="diverged")], status="diverged", failures=[failure])
    return folder


def test_columns_are_those_of_the_design(folder: RunFolder) -> None:
    assert ", ".join(COLUMNS) == DESIGN
    tables = build_tables(folder)
    assert list(tables) == ["likelihood", "failures"]
    assert tuple(tables["likelihood"].columns) == COLUMNS
    assert tuple(tables["failures"].columns) == (*COLUMNS, "reason")
    types = tables["likelihood"].dtypes.astype(str)
    assert {name: types[name] for name in ("value", "ci_low", "ci_high")} == dict.fromkeys(
        ("value", "ci_low", "ci_high"), "float64"
    )
    assert {types[name] for name in ("seeds", "n", "examples")} == {"Int64"}


def test_rows_keep_their_numbers_and_controls_come_last(folder: RunFolder) -> None:
    frame = build_tables(folder)["likelihood"]
    assert list(frame["model"]) == ["pca", "vae", "gan"]
    vae = frame[frame["model"] == "vae"].iloc[0]
    assert (vae["value"], vae["ci_low"], vae["ci_high"], vae["seeds"], vae["n"]) == (1.5, 1.25, 1.75, 3, 100)
    pca = frame[frame["model"] == "pca"].iloc[0]
    assert pca["status"] == "diverged"
    assert pd.isna(pca["value"])


def test_csv_reads_back_as_it_was(folder: RunFolder) -> None:
    tables = write_tables(folder)
    back = pd.read_csv(folder.tables / "likelihood.csv", dtype=dict.fromkeys(("seeds", "n", "examples"), "Int64"))
    assert list(back["value"].dropna()) == list(tables["likelihood"]["value"].dropna())
    assert "nan" not in (folder.tables / "likelihood.csv").read_text().lower()
    assert {path.name for path in folder.tables.iterdir()} == {
        "likelihood.csv", "likelihood.md", "failures.csv", "failures.md",
    }  # fmt: skip


def test_failures_say_everything_that_is_missing(folder: RunFolder) -> None:
    failures = build_tables(folder)["failures"]
    found = set(
        failures[["dataset", "model", "metric", "status", "reason"]].fillna("").itertuples(index=False, name=None)
    )
    assert found == {
        ("iris", "pca", "fit", "diverged", "seed 1: loss became nan"),
        ("iris", "vae", "learning_curve", "skipped", "no labels"),
        ("digits-binary", "gda", "", "skipped", "takes real data"),
        ("wine", "", "", "failed", "wine.csv is torn"),
        ("iris", "later", "", "skipped", "not run yet"),
    }


def test_a_reason_of_a_rows_own_is_told_also_of_a_job_that_failed_elsewhere(folder: RunFolder) -> None:
    failure = {"stage": "parzen", "status": "failed", "reason": "ValueError: broke", "seed": None}
    rows = [row("late", None, status="failed", reason="probability 0"), row("late", None, status="failed")]
    folder.write_run(run_json(d="late"))
    publish(folder, "d", "late", rows, status="failed", failures=[failure])
    failures = build_tables(folder)["failures"]
    told = failures.loc[failures["model"] == "late", ["metric", "reason"]]
    assert told.to_numpy().tolist() == [["parzen", "ValueError: broke"], ["nll", "probability 0"]]


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        build_tables(RunFolder(tmp_path))


def test_an_empty_run_has_an_empty_table_of_failures(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_run({**run_json(), "left_out": [], "broken_data": []})
    assert write_tables(folder)["failures"].empty
    assert "Nothing to show." in (folder.tables / "failures.md").read_text()


def bold(frame: pd.DataFrame, *controls: str) -> list[str]:
    return list(frame.loc[sorted(best_rows(frame, frozenset(controls))), "model"])


@pytest.mark.parametrize(
    ("rows", "controls", "best"),
    [
        ([row("a", 1.0), row("b", 2.0)], (), ["a"]),
        ([row("a", 1.0, better="higher"), row("b", 2.0, better="higher")], (), ["b"]),
        ([row("a", 1.0, better=""), row("b", 2.0, better="")], (), []),
        ([row("a", 1.0, estimator="bound[dequantised]"), row("b", 2.0), row("c", 3.0)], (), ["b"]),
        ([row("a", 1.0), row("b", 2.0), row("c", 3.0)], ("a",), ["b"]),
        ([row("a", 1.0), row("b", 1.0), row("c", 3.0)], (), ["a", "b"]),
        ([row("a", 1.0), row("b", None, status="timeout")], (), []),
        ([row("a", 1.0, n=10), row("b", 2.0, n=20)], (), []),
        ([row("a", -2.0), row("b", -1.0)], (), ["a"]),
    ],
    ids=[
        "lower", "higher", "no direction", "other estimator", "a control", "a tie", "alone", "other n", "negative",
    ],
)  # fmt: skip
def test_best_in_bold(rows: list[dict[str, Any]], controls: tuple[str, ...], best: list[str]) -> None:
    frame = pd.DataFrame(rows)
    assert bold(frame, *controls) == best
    text = as_markdown("likelihood", frame.astype({"examples": "Int64"}), frozenset(controls))
    bold_lines = [line for line in text.splitlines() if "**" in line]
    assert [line.split("|")[1].strip() for line in bold_lines] == best


def test_hostile_names_cannot_break_out_of_the_table() -> None:
    evil = "a|b\n# heading <script>**x**\\"
    frame = pd.DataFrame([row(evil, 1.0, dataset="d|<b>\n## e"), row("b", 2.0, dataset="d|<b>\n## e")])
    lines = as_markdown("likelihood", frame, frozenset()).splitlines()
    assert "<script>" not in "\n".join(lines)
    assert "<b>" not in "\n".join(lines)
    assert [line for line in lines if line.startswith("#")] == ["# likelihood", "## d\\|&lt;b> ## e"]
    table = [line.replace("\\\\", "").replace("\\|", "") for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table} == {3}


def test_a_flaw_is_told_with_the_numbers(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.write_run(run_json(a="copier", b="vae"))
    publish(folder, "a", "copier", [row("copier", 0.1)], control=True, flaw="copies *all* it saw")
    publish(folder, "b", "vae", [row("vae", 2.5)])
    write_tables(folder)
    text = (folder.tables / "likelihood.md").read_text()
    assert "- *copier*: copies \\*all\\* it saw." in text
    assert "*copier* |" in text
    assert flaws(folder) == {"copier": "copies *all* it saw"}


def test_a_learning_curve_has_a_column_a_size() -> None:
    rows = [row(model, value + m, examples=m) for model, value in (("a", 1.0), ("b", 2.0)) for m in (10, 20)]
    text = as_markdown("learning_curve", pd.DataFrame(rows).astype({"examples": "Int64"}), frozenset())
    assert "m = 10" in text
    assert "m = 20" in text
    assert text.count("**") == 4  # the best of each size


def test_a_metric_at_several_n_has_a_column_each() -> None:
    rows = [row(model, value / n, n=n) for model, value in (("a", 1.0), ("b", 2.0)) for n in (1000, 500)]
    frame = pd.DataFrame([*rows, row("c", None, status="failed", n=None)]).astype({"examples": "Int64", "n": "Int64"})
    text = as_markdown("sample_quality", frame, frozenset())
    assert "by number of test examples and samples" in text
    assert ("n = 1000" in text, "n = 500" in text) == (True, True)
    assert text.count("**") == 4


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.001234, 123456.7, 1e-12, -3.4e15, 0.25, 99.995])
def test_short_numbers_keep_four_digits(value: float) -> None:
    assert math.isclose(float(short(value)), value, rel_tol=6e-4, abs_tol=0)


def test_whole_numbers_are_printed_whole() -> None:
    assert [short(value) for value in (14.0, 0.0, -3.0, 14.5, 2e9)] == ["14", "0", "-3", "14.50", "2000000000"]


def test_what_was_left_out_is_told_together_and_what_failed_line_by_line() -> None:
    left_out = [
        {"metric": "ais", "reason": "has no prior", "model": model, "dataset": dataset, "status": "skipped"}
        for model, dataset in (("a", "d"), ("b", "d"), ("c", "d"), ("a", "e"), ("b", "e"))
    ]
    failed = {"metric": "fit", "reason": "broke", "model": "a", "dataset": "f", "status": "failed"}
    lines = as_markdown("failures", pd.DataFrame([*left_out, failed]), frozenset()).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert rows == [
        ["dataset", "model", "metric", "status", "reason"],
        ["f", "a", "fit", "failed", "broke"],
        ["what", "reason", "models", "data sets"],
        ["ais", "has no prior", "a, b", "d, e"],
        ["ais", "has no prior", "c", "d"],
    ]


def test_a_long_log_of_a_training_is_shown_by_fifths_of_it() -> None:
    logged = [
        {**row(model, step / last, better="", examples=step), "metric": "training:loss"}
        for model, last in (("a", 20), ("b", 1000))
        for step in range(last // 20, last + 1, last // 20)
    ]
    (block,) = blocks(pd.DataFrame(logged), frozenset())
    assert block.heading == "training:loss (exact), by share of the training that is done"
    for _, _, cells in block.lines:
        assert {name: cell.text for name, cell in cells.items()} == {
            "20 %": "0.2000", "40 %": "0.4000", "60 %": "0.6000", "80 %": "0.8000", "100 %": "1",
        }  # fmt: skip
