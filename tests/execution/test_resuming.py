"""The same command again, and other commands into the same folder."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from harness import CommandLine, one_error_line

SELECTION = ("-m", "steady", "-m", "careless", "-m", "naive_bayes", "-d", "iris", "-d", "wine")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, specimens_site: Path) -> CommandLine:
    """A folder with one finished run, by one worker."""
    cli = CommandLine(tmp_path_factory.mktemp("resuming"), specimens_site)
    done = cli.run(*SELECTION, "--workers", "1")
    assert done.returncode == 0, done.stderr + done.stdout
    return cli


@pytest.mark.slow
def test_two_workers_make_the_same_tables_as_one(cli: CommandLine) -> None:
    """Also of a model that draws from the global generators, which an earlier job in the same worker has moved on."""
    done = cli.run(*reversed_pairs(SELECTION), "--workers", "2", out="two")
    assert done.returncode == 0, done.stderr
    one, two = cli.all_but_cost("out"), cli.all_but_cost("two")
    for tables in (one, two):  # what the plan leaves out stands in the order of the command
        del tables["failures.md"]
        tables["failures.csv"] = "\n".join(sorted(tables["failures.csv"].splitlines()))
    assert one == two


def reversed_pairs(arguments: tuple[str, ...]) -> list[str]:
    pairs = [arguments[i : i + 2] for i in range(0, len(arguments), 2)]
    return [argument for pair in reversed(pairs) for argument in pair]


def test_again_does_no_job_twice(cli: CommandLine) -> None:
    jobs, tables = cli.jobs(), cli.all_but_cost()
    again = cli.run(*SELECTION, "--workers", "1")
    assert again.returncode == 0
    assert "6 jobs, 6 of them from before; 0 failed" in again.stdout
    assert cli.jobs() == jobs
    assert cli.all_but_cost() == tables


@pytest.mark.slow
def test_a_model_added_later_keeps_the_rows_of_the_others(cli: CommandLine) -> None:
    before = cli.table("likelihood")
    assert cli.run("-m", "steady:scale=2.5", "-d", "iris").returncode == 0
    after = cli.table("likelihood")
    assert set(after["model"]) == {*before["model"], "steady:scale=2.5"}
    assert set(map(tuple, before.to_numpy())) <= set(map(tuple, after.to_numpy()))


@pytest.mark.parametrize("change", [("--seeds", "3"), ("--protocol", "quick")])
def test_another_protocol_is_refused(cli: CommandLine, change: tuple[str, str]) -> None:
    done = cli.run("-m", "steady", "-d", "iris", *change)
    one_error_line(done, "out holds a run under another protocol (seeds 2 -> 3", "--out")


@pytest.mark.slow
def test_limits_are_no_other_protocol(cli: CommandLine) -> None:
    begun = time.monotonic()
    done = cli.run(*SELECTION, "--timeout", "17")
    assert "6 jobs, 6 of them from before; 0 failed" in done.stdout
    assert time.monotonic() - begun < 60


def test_what_run_json_says(cli: CommandLine) -> None:
    run = json.loads((cli.cwd / "out" / "run.json").read_text())
    assert run["command"][:2] == ["genbench", "run"]
    assert run["finished"] >= run["started"]
    assert run["protocol"]["seeds"] == 2
    assert run["versions"].keys() >= {"python", "torch", "genbench"}
    assert {"clean", "commit"} == set(run["git"])
    specimens = next(row for row in run["plugins"] if row["plugin"] == "specimens")
    assert (specimens["distribution"], specimens["version"]) == ("genbench-specimens", "1.0")
    assert (
        run["datasets"]["iris"]["train"] + run["datasets"]["iris"]["validation"] + run["datasets"]["iris"]["test"]
        == 150
    )
    assert run["hardware"]["cores"] >= 1


def test_values_of_single_test_examples_are_kept_beside_their_mean(cli: CommandLine) -> None:
    import numpy as np

    table = cli.table("likelihood")
    row = table[(table["model"] == "steady") & (table["dataset"] == "wine") & (table["metric"] == "nll")].iloc[0]
    run = json.loads((cli.cwd / "out" / "run.json").read_text())
    key = next(key for key, job in run["jobs"].items() if (job["model"], job["dataset"]) == ("steady", "wine"))
    with np.load(cli.cwd / "out" / "jobs" / key / "per_example.npz") as kept:
        assert kept["nll/exact"].shape == (2, int(row["n"]))
        assert kept["nll/exact"].mean() == pytest.approx(float(row["value"]), rel=1e-12)
        assert kept["nll/exact/index"].tolist() == list(range(30))  # of 36 test examples


def test_job_folder_holds_model_and_samples(cli: CommandLine) -> None:
    import numpy as np
    from safetensors.numpy import load_file

    run = json.loads((cli.cwd / "out" / "run.json").read_text())
    key = next(key for key, job in run["jobs"].items() if (job["model"], job["dataset"]) == ("steady", "wine"))
    folder = cli.cwd / "out" / "jobs" / key
    with np.load(folder / "samples.npz") as kept:
        assert kept["nearest"].shape == kept["samples"].shape
        assert kept["samples"].shape == (2, 64, 13)
        assert kept["seeds"].tolist() == [0, 1]
    assert {name: array.shape for name, array in load_file(folder / "model.safetensors").items()} == {
        "0/mean": (13,),
        "1/mean": (13,),
    }


@pytest.mark.slow
def test_fresh_does_the_commands_jobs_again_and_leaves_the_others(cli: CommandLine) -> None:
    before, rows = cli.jobs(), len(cli.table("likelihood"))
    done = cli.run("-m", "steady", "-d", "iris", "--fresh")
    assert done.returncode == 0, done.stderr
    after = cli.jobs()
    assert after.keys() == before.keys()
    assert sum(after[key] != before[key] for key in before) == 1
    assert len(cli.table("likelihood")) == rows
