"""Models broken on purpose: each costs its own job, has a row with the right status, and nothing else suffers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from harness import CommandLine, metric_rows

BROKEN = {
    "segfault": ("failed", "killed by SIGSEGV"),
    "hang": ("timeout", "the time limit of 6 s was reached"),
    "hanginc": ("timeout", "the time limit of 6 s was reached"),
    "greedyatonce": ("out_of_memory", "MemoryError"),
    "greedybyandby": ("out_of_memory", "MemoryError"),
    "greedyshared": ("out_of_memory", "the memory limit was reached"),
    "notanumber": ("diverged", "log_prob returned nan for 30 of 30"),
    "logsnotanumber": ("diverged", "loss became nan at step 7"),
    "wrongshape": ("failed", "log_prob returned shape (30, 3), expected (30,)"),
    "oneseedraises": ("failed", "seed 1: ValueError: the matrix is singular"),
    "exits": ("failed", "SystemExit: 3"),
    "exitswhensampled": ("failed", "SystemExit: no samples today"),
    "vanishes": ("failed", "ended by itself with exit status 0"),
    "vanishesloudly": ("failed", "ended by itself with exit status 9"),
    "interrupts": ("failed", "KeyboardInterrupt"),
    "badinit": ("failed", "RuntimeError: no weights"),
    "badrefuses": ("failed", "ValidationError"),
    "strangeerror": ("failed", "LocalError: 1 and 2 in two lines"),
    "dataerrors": ("failed", "DataError: the model does not like the data"),
    "noimport": ("failed", "OSError: libweights.so.7 is not there"),
    "noclass": ("failed", "AttributeError: module 'specimen_models' has no attribute 'Absent'"),
    "nomodel": ("failed", "specimen_models:NoModel is not a subclass of genbench.Model"),
}
SOUND = ("steady", "careless", "chatty", "forks")
NO_FIT = {
    "segfault", "hang", "hanginc", "greedyatonce", "greedybyandby", "greedyshared", "logsnotanumber", "exits",
    "vanishes", "vanishesloudly", "interrupts", "badinit", "strangeerror",
}  # fmt: skip


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, specimens_site: Path) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("broken"), specimens_site)


@pytest.fixture(scope="module")
def finished(cli: CommandLine) -> subprocess.CompletedProcess[str]:
    models = [argument for name in (*BROKEN, *SOUND) for argument in ("-m", name)]
    return cli.run(*models, "-d", "iris", "--workers", "2", "--timeout", "6")


@pytest.fixture(scope="module")
def failures(cli: CommandLine, finished: subprocess.CompletedProcess[str]) -> pd.DataFrame:
    return cli.table("failures")


@pytest.fixture(scope="module")
def results(cli: CommandLine, finished: subprocess.CompletedProcess[str]) -> dict[str, dict]:
    found = [json.loads(path.read_text()) for path in (cli.cwd / "out" / "jobs").glob("[!.]*/result.json")]
    return {result["model"]: result for result in found}


def test_run_ends_with_one_and_no_traceback(finished: subprocess.CompletedProcess[str]) -> None:
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout
    assert f"{len(BROKEN) + len(SOUND)} jobs; {len(BROKEN)} failed" in finished.stdout


@pytest.mark.parametrize("model", BROKEN)
def test_status_and_reason(model: str, results: dict[str, dict], failures: pd.DataFrame) -> None:
    status, reason = BROKEN[model]
    assert results[model]["status"] == status
    rows = metric_rows(failures, model)
    assert any(row[1] == status and reason in row[2] for row in rows), rows
    assert all("\n" not in row[2] for row in rows)


@pytest.mark.parametrize("model", sorted(NO_FIT))
def test_a_model_without_a_fit_has_its_status_in_every_table(model: str, cli: CommandLine, results: dict) -> None:
    for table in ("likelihood", "sample_quality", "cost", "numpy_numbers"):
        frame = cli.table(table)
        rows = frame[frame["model"] == model]
        assert len(rows) > 0, table
        assert set(rows["status"]) == {BROKEN[model][0]}, table
        assert set(rows["value"]) == {""}, table


@pytest.mark.parametrize("model", SOUND)
def test_the_others_finish(model: str, cli: CommandLine, results: dict, failures: pd.DataFrame) -> None:
    assert results[model]["status"] == "ok"
    likelihood = cli.table("likelihood")
    assert set(likelihood[likelihood["model"] == model]["status"]) == {"ok"}
    assert all(row[1] == "skipped" for row in metric_rows(failures, model))


def test_one_failed_seed_leaves_the_mean_of_the_others(cli: CommandLine, results: dict) -> None:
    likelihood = cli.table("likelihood")
    row = likelihood[likelihood["model"] == "oneseedraises"].iloc[0]
    assert (row["status"], row["seeds"]) == ("ok", "1")


def test_a_broken_capability_costs_its_evaluations_alone(cli: CommandLine, results: dict) -> None:
    quality, likelihood = cli.table("sample_quality"), cli.table("likelihood")
    assert set(quality[quality["model"] == "exitswhensampled"]["status"]) == {"failed"}
    assert set(likelihood[likelihood["model"] == "exitswhensampled"]["status"]) == {"ok"}


def test_numbers_of_numpy_and_torch_reach_the_table(cli: CommandLine, results: dict) -> None:
    frame = cli.table("numpy_numbers")
    rows = frame[frame["model"] == "steady"].set_index("metric")
    assert rows.loc["torch_number", ["value", "ci_low", "ci_high", "seeds"]].astype(float).tolist() == [1.5, 1, 2, 2]
    assert int(rows.loc["numpy_number", "n"]) == 30


def test_what_a_model_prints_goes_to_its_log(cli: CommandLine, results: dict, finished: object) -> None:
    log = (cli.cwd / "out" / "jobs" / results["chatty"]["key"] / "log.txt").read_bytes()
    assert log.count(b"chatter") == 2 * 2 * 10_000  # two seeds, fitted again for the learning curve
    assert b"\xff\xfe from below" in log
    assert b"an error from below" in log
    assert "chatter" not in finished.stdout + finished.stderr


def test_error_json_has_the_traceback(cli: CommandLine, results: dict) -> None:
    error = json.loads((cli.cwd / "out" / "jobs" / results["strangeerror"]["key"] / "error.json").read_text())
    assert "raise LocalError(1, 2)" in error["failures"][0]["traceback"]
    assert not (cli.cwd / "out" / "jobs" / results["steady"]["key"] / "error.json").exists()


def test_an_observer_that_raises_fails_no_job(finished: subprocess.CompletedProcess[str]) -> None:
    lines = [line for line in finished.stdout.splitlines() if "the observer saw" in line]
    assert lines == [
        "genbench: warning: plugin specimens: genbench_job_finished: RuntimeError: the observer saw careless end ok"
    ]


def test_no_process_is_left(cli: CommandLine, finished: object) -> None:
    assert cli.processes_gone_within(3), [process.cmdline() for process in cli.processes()]


@pytest.mark.slow
def test_run_again_repeats_only_what_failed(cli: CommandLine, finished: object) -> None:
    """The tables of the second run hold the rows of both, since the folder keeps the models that are not named again."""
    before, likelihood = cli.jobs(), cli.table("likelihood")
    again = cli.run("-m", "steady", "-m", "badinit", "-d", "iris")
    after = cli.jobs()
    changed = {key for key in after if after[key] != before.get(key)}
    assert again.returncode == 1
    assert "1 of 2 jobs are finished already" in again.stdout
    assert len(changed) == 1
    assert json.loads((cli.cwd / "out" / "jobs" / changed.pop() / "result.json").read_text())["model"] == "badinit"
    pd.testing.assert_frame_equal(cli.table("likelihood"), likelihood)
