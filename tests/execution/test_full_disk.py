"""A disk that fills up in the middle of a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from harness import CommandLine, one_error_line

SELECTION = ("-m", "steady", "-m", "careless", "-m", "gaussian", "-m", "naive_bayes", "-m", "uniform")


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(
    genbench_with_specimens: CommandLine, small_disk: Path
) -> None:
    cli, out = genbench_with_specimens, small_disk / "out"
    arguments = (*SELECTION, "-d", "iris", "-d", "breast_cancer", "-d", "digits")
    one_error_line(cli.run(*arguments, out=str(out)), "the disk is full", "free some space", "the same command again")
    assert cli.processes_gone_within(3)
    finished = cli.jobs(str(out))
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    again = cli.run(*arguments, out=str(out))
    assert again.returncode == 0, again.stderr
    assert finished.items() <= cli.jobs(str(out)).items()
    failures = cli.table("failures", str(out))
    assert set(failures[failures["status"] == "failed"]["metric"]) <= {"nll"}  # uniform, fitted again to a few examples


def test_a_folder_that_cannot_be_made(genbench: CommandLine) -> None:
    (genbench.cwd / "file").write_text("")
    done = genbench.run("-m", "uniform", "-d", "iris", out="file/below")
    one_error_line(done, "file/below cannot be written", "give another place with --out")
