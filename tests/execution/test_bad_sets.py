"""Data sets of plugins that fail to load, or change from one load to the next: each costs its own rows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from harness import TINY_PROTOCOL, CommandLine, one_error_line, write_distribution

CULPRITS = Path(__file__).parent.parent / "culprits"
REASONS = {
    "exits": "data set 'exits': the process ended by itself with exit status 0 while it was loaded",
    "callsexit": "data set 'callsexit' cannot be loaded: SystemExit: 0",
    "interrupts": "data set 'interrupts' cannot be loaded: KeyboardInterrupt",
    "hangs": "data set 'hangs': the time limit of 12 s was reached while it was loaded",
    "takesallmemory": "data set 'takesallmemory' takes more memory than a job may use; raise limits.memory_gb",
    "givesnothing": "data set 'givesnothing'",
    "crashes": "data set 'crashes': the process was killed by SIGABRT while it was loaded",
    "noimport": "data set 'noimport'",
}
SETS = ("sound", "differs", *REASONS, "untidy", "iris")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    site = tmp_path_factory.mktemp("sets-site")
    names = ("bad_sets", "bad_sets_code", "bad_import_keyboard")
    write_distribution(site, "sets", {name: (CULPRITS / f"{name}.py").read_text() for name in names}, {"s": "bad_sets"})
    cli = CommandLine(tmp_path_factory.mktemp("sets"), site)
    for name, sets in (("all", SETS), ("few", ("sound", "iris"))):
        text = TINY_PROTOCOL.replace('["iris"]', json.dumps(list(sets)), 1)
        (cli.cwd / f"{name}.toml").write_text(text)
    return cli


@pytest.fixture(scope="module")
def done(cli: CommandLine) -> subprocess.CompletedProcess[str]:
    few = cli.run("-m", "gaussian", "-m", "naive_bayes", "--protocol", "few.toml", out="few")
    assert few.returncode == 0, few.stderr
    arguments = ("-m", "gaussian", "-m", "naive_bayes", "--protocol", "all.toml", "--timeout", "12")
    return cli.run(*arguments, out="all", timeout=300)


def test_each_is_a_warning_with_its_name(cli: CommandLine, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    for name, reason in REASONS.items():
        lines = [line for line in done.stderr.splitlines() if f"'{name}'" in line]
        assert len(lines) == 1, (name, done.stderr)
        assert reason in lines[0]


def test_one_that_differs_at_each_load_fails_its_jobs(cli: CommandLine, done: object) -> None:
    results = [json.loads(path.read_text()) for path in (cli.cwd / "all" / "jobs").glob("[!.]*/result.json")]
    failed = {result["dataset"]: result["failures"][0]["reason"] for result in results if result["status"] != "ok"}
    assert {"differs"} <= set(failed) <= {"differs", "untidy"}, (
        "what an untidy set leaves behind is its own jobs' concern"
    )
    assert failed["differs"] == ("data set 'differs' is not the same each time it is loaded, or changed during the run")


def test_the_others_rows_are_as_without_them(cli: CommandLine, done: object) -> None:
    for table in ("likelihood", "sample_quality", "learning_curve"):
        few, together = cli.table(table, "few"), cli.table(table, "all")
        rows = together[together["dataset"].isin(("sound", "iris"))].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, few)


@pytest.mark.parametrize("name", ["exits", "callsexit", "interrupts", "givesnothing", "crashes", "noimport"])
def test_one_that_is_named_ends_the_command_in_a_line(cli: CommandLine, name: str) -> None:
    one_error_line(cli.run("-m", "gaussian", "-d", name, out="named"), REASONS[name])
