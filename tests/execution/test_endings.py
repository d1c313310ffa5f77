"""Models and evaluations that try to end the run: each is a row of its own, and everything else is as without them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from harness import CommandLine, write_distribution

CULPRITS = Path(__file__).parent.parent / "culprits"
ENDING = re.findall(r"@end\ndef (\w+)", (CULPRITS / "ending_models.py").read_text())
IMPORTS = sorted(path.stem for path in CULPRITS.glob("bad_import_*.py"))
EVALUATIONS = re.findall(r"@evaluation\ndef (\w+)", (CULPRITS / "ending_evaluations.py").read_text())
FAILING = {
    "loops": ("timeout", "the time limit of 12 s was reached"),
    "leaves": ("failed", "ended by itself with exit status 0"),
    "leavesloudly": ("failed", "ended by itself with exit status 70"),
    "callsexit": ("failed", "SystemExit: 3"),
    "isinterrupted": ("failed", "KeyboardInterrupt"),
    "crashes": ("failed", "killed by SIGSEGV"),
    "yieldsforever": ("timeout", "the time limit of 12 s was reached"),
    "takesallmemory": ("out_of_memory", "MemoryError"),
    "yieldsrubbish": ("failed", "the evaluation yielded a str, expected Measurement"),
    "yieldsnothing": ("failed", "TypeError"),
}
INNOCENT = ("gaussian", "naive_bayes")
SECONDS = "12"

pytestmark = pytest.mark.slow


def named(*models: str) -> list[str]:
    return [*(part for name in models for part in ("-m", name)), "-d", "iris", "--timeout", SECONDS]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    site = tmp_path_factory.mktemp("endings-site")
    for plugin, names in (("ending", ("ending_models", *IMPORTS)), ("judging", ("ending_evaluations",))):
        modules = {name: (CULPRITS / f"{name}.py").read_text() for name in (plugin, *names)}
        write_distribution(site, plugin, modules, {plugin: plugin})
    return CommandLine(tmp_path_factory.mktemp("endings"), site)


@pytest.fixture(scope="module")
def alone(cli: CommandLine) -> CommandLine:
    done = cli.run(*named(*INNOCENT), "--no-plugin", "ending", "--no-plugin", "judging", out="alone")
    assert done.returncode == 0, done.stderr
    return cli


@pytest.fixture(scope="module")
def models_run(cli: CommandLine, alone: CommandLine) -> subprocess.CompletedProcess[str]:
    return cli.run(*named(*ENDING, *IMPORTS, *INNOCENT), "--no-plugin", "judging", out="models", timeout=600)


@pytest.fixture(scope="module")
def evaluations_run(cli: CommandLine, alone: CommandLine) -> subprocess.CompletedProcess[str]:
    return cli.run(*named(INNOCENT[0]), out="evaluations", timeout=600)


def results(cli: CommandLine, out: str) -> dict[str, dict]:
    found = [json.loads(path.read_text()) for path in (cli.cwd / out / "jobs").glob("[!.]*/result.json")]
    return {result["model"]: result for result in found}


def same_rows(cli: CommandLine, out: str, models: tuple[str, ...]) -> None:
    for path in sorted((cli.cwd / "alone" / "tables").glob("*.csv")):
        expected = rows_of(cli.table(path.stem, "alone"), models)
        if path.stem not in ("cost", "failures", "likelihood_vs_quality") and len(expected):
            pd.testing.assert_frame_equal(rows_of(cli.table(path.stem, out), models), expected)


def rows_of(table: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    return table[table["model"].isin(models)].reset_index(drop=True) if "model" in table else table[:0]


def test_the_run_goes_to_its_end(cli: CommandLine, models_run: subprocess.CompletedProcess[str]) -> None:
    jobs = len(ENDING) + len(IMPORTS) + len(INNOCENT)
    assert models_run.returncode == 1, models_run.stderr
    assert f"{jobs} jobs; " in models_run.stdout
    assert "Traceback" not in models_run.stdout + models_run.stderr
    assert cli.processes_gone_within(3), [process.cmdline() for process in cli.processes()]


def test_each_culprit_is_a_row_with_its_reason(cli: CommandLine, models_run: object) -> None:
    found = results(cli, "models")
    for name in (*ENDING, *IMPORTS):
        if name not in ("interruptsitsparent", "forksandwaits"):
            assert found[name]["status"] != "ok", name
        assert found[name]["failures"], name
        assert all(failure["reason"] for failure in found[name]["failures"]), name


def test_the_innocent_are_as_without_them(cli: CommandLine, models_run: object) -> None:
    same_rows(cli, "models", INNOCENT)


def test_an_evaluation_costs_itself_alone(cli: CommandLine, evaluations_run: subprocess.CompletedProcess[str]) -> None:
    """Its own table has a row with the reason, those of genbench and of the sound one are as ever."""
    assert evaluations_run.returncode == 1
    assert "Traceback" not in evaluations_run.stdout + evaluations_run.stderr
    same_rows(cli, "evaluations", INNOCENT[:1])
    innocent = results(cli, "evaluations")["gaussian"]
    failures = {failure["stage"]: (failure["status"], failure["reason"]) for failure in innocent["failures"]}
    assert set(failures) == set(FAILING)
    for name, (status, reason) in FAILING.items():
        assert failures[name][0] == status, name
        assert reason in failures[name][1], name
        assert {row["status"] for row in innocent["measurements"][name]} == {status}
    for name in set(EVALUATIONS) - set(FAILING):
        assert {row["status"] for row in innocent["measurements"][name]} == {"ok"}, name
    (row,) = innocent["measurements"]["sound"]
    assert row["value"] == pytest.approx(0, abs=200)
    assert row["value"] != 0, "the test split was zeroed by another evaluation"
