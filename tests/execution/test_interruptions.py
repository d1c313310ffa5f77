"""Runs that are interrupted in every way: nothing is left behind, and the folder can be read and finished."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from functools import partial

import pandas as pd
import psutil
import pytest
from harness import GENBENCH, CommandLine, one_error_line, wait_until

MODELS = ("-m", "sleeper", "-m", "steady", "-d", "iris", "-d", "wine", "--workers", "2")


def started(cli: CommandLine, *arguments: str) -> subprocess.Popen[str]:
    """A run whose first job is under way."""
    process = cli.start(*arguments)
    assert wait_until(lambda: list((cli.cwd / "out" / "jobs").glob(".tmp-*/log.txt")), 60), process.poll()
    return process


def workers(cli: CommandLine) -> list[psutil.Process]:
    """The worker processes: those whose parent is the fork server, which is a child of the command itself."""
    found = cli.processes()
    names = {process.pid: " ".join(process.cmdline()) for process in found}
    servers = {pid for pid, name in names.items() if "forkserver" in name}
    return [process for process in found if process.ppid() in servers]


def readable(cli: CommandLine) -> None:
    """Every file that bears its final name is whole, and the tables can be built."""
    for path in (cli.cwd / "out").rglob("*.json"):
        if not any(part.startswith(".") for part in path.relative_to(cli.cwd / "out").parts):
            json.loads(path.read_text())
    if (cli.cwd / "out" / "run.json").exists():
        rebuilt = cli("tables", "out")
        assert rebuilt.returncode == 0, rebuilt.stderr


@pytest.mark.parametrize(
    "to_group", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["the whole group", "the parent alone"]
)
def test_ctrl_c(genbench_with_specimens: CommandLine, to_group: bool) -> None:
    cli = genbench_with_specimens
    process = started(cli, *MODELS)
    (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
    struck = time.monotonic()
    _, errors = process.communicate(timeout=15)
    assert time.monotonic() - struck < 8
    assert process.returncode == 130
    lines = errors.strip().splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("stopped; what is finished is kept in out. To do the rest: genbench run -m sleeper")
    assert cli.processes_gone_within(3), cli.processes()
    readable(cli)


def test_ctrl_c_while_the_workers_are_being_started(genbench_with_specimens: CommandLine) -> None:
    cli = genbench_with_specimens
    process = cli.start(*MODELS)
    assert wait_until(lambda: any("forkserver" in " ".join(p.cmdline()) for p in cli.processes()), 30)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("stopped; ")
    assert "Traceback" not in errors
    assert cli.processes_gone_within(3), cli.processes()


@pytest.mark.slow
@pytest.mark.parametrize("to_group", [True, False], ids=["the whole group", "the parent alone"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_kill_and_a_closed_terminal_end_it_like_ctrl_c(
    genbench_with_specimens: CommandLine, number: signal.Signals, to_group: bool
) -> None:
    cli = genbench_with_specimens
    process = started(cli, *MODELS)
    (os.killpg if to_group else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 128 + number
    assert len(errors.strip().splitlines()) == 1, errors
    assert "To do the rest: genbench run" in errors
    assert cli.processes_gone_within(3), cli.processes()
    readable(cli)


@pytest.mark.slow
def test_nohup_is_heeded(genbench_with_specimens: CommandLine) -> None:
    cli = genbench_with_specimens
    arguments = ["run", "-m", "steady", "-d", "iris", "-d", "wine", "--protocol", "tiny.toml", "--out", "out"]
    with subprocess.Popen(
        ["nohup", GENBENCH, *arguments], cwd=cli.cwd, env=cli.environment(), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert wait_until(lambda: list((cli.cwd / "out" / "jobs").glob(".tmp-*/log.txt")), 60), process.poll()
        os.killpg(process.pid, signal.SIGHUP)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "2 jobs; 0 failed" in output


@pytest.mark.slow
@pytest.mark.parametrize("model", ["sleeper", "hanginc", "withchild"])
def test_sigkill_of_the_parent_leaves_no_process(genbench_with_specimens: CommandLine, model: str) -> None:
    """Also not a job whose model never gives the interpreter back, nor what a model started in a session of its own."""
    cli = genbench_with_specimens
    process = started(cli, "-m", model, "-m", "steady", "-d", "iris", "--workers", "2")
    assert wait_until(lambda: len(jobs_at_work(cli)) >= 2, 30)
    if model == "withchild":
        assert wait_until(lambda: any("time.sleep(600)" in " ".join(p.cmdline()) for p in cli.processes()), 30)
    process.kill()
    assert cli.processes_gone_within(3), cli.processes()
    readable(cli)
    again = cli.run("-m", "steady", "-d", "iris")
    assert again.returncode == 0, again.stderr
    assert not list((cli.cwd / "out" / "jobs").glob(".*"))


@pytest.mark.slow
def test_a_killed_job_costs_itself_alone_and_a_second_run_waits_for_nobody(
    genbench_with_specimens: CommandLine,
) -> None:
    cli = genbench_with_specimens
    process = started(cli, *MODELS)
    one_error_line(cli.run("-m", "steady", "-d", "iris"), "another run is writing to out", "--out")
    assert wait_until(lambda: jobs_at_work(cli), 30)
    jobs_at_work(cli)[0].kill()
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "4 jobs; 1 failed" in output, errors
    failures = cli.table("failures")
    failed = failures[failures["status"] == "failed"]
    assert list(failed["reason"]) == ["the process was killed by SIGKILL (by hand, or by a system short of memory)"]
    again = cli.run(*MODELS)
    assert again.returncode == 0
    assert "3 of 4 jobs are finished already" in again.stdout
    assert "failed" not in set(cli.table("failures")["status"])


def jobs_at_work(cli: CommandLine) -> list[psutil.Process]:
    """The processes of jobs: children of workers that are going on."""
    found = []
    for worker in workers(cli):
        with contextlib.suppress(psutil.Error):
            found += worker.children()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["a worker", "the fork server"])
def test_a_lost_worker_is_replaced_and_its_job_tried_again(genbench_with_specimens: CommandLine, victim: str) -> None:
    cli = genbench_with_specimens
    process = started(cli, *MODELS)
    assert wait_until(lambda: jobs_at_work(cli), 30)
    worker = next(one for one in workers(cli) if one.children())
    (worker if victim == "a worker" else worker.parent()).kill()
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, output + errors
    assert "4 jobs; 0 failed" in output
    assert "Traceback" not in output + errors
    assert cli.processes_gone_within(3), cli.processes()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_twenty_sigkills_change_no_cell(genbench_with_specimens: CommandLine) -> None:
    """Each after so many finished jobs, from those already there (the start) to all of them (the tables), and a while.

    So the moments do not depend on how fast the machine is.
    """
    cli, rng = genbench_with_specimens, random.Random(20)
    selection = (
        *(argument for model in ("steady", "careless", "naive_bayes") for argument in ("-m", model)),
        *(argument for data in ("iris", "wine") for argument in ("-d", data)),
    )
    undisturbed = cli.run(*selection, out="undisturbed")
    assert undisturbed.returncode == 0, undisturbed.stderr
    jobs = len(cli.jobs("undisturbed"))

    kills, rounds = 0, 0
    while kills < 20:
        out = f"round{rounds}"
        struck_after, delay = rng.randint(len(cli.jobs(out)), jobs), rng.uniform(0, 1)
        process = cli.start(*selection, out=out)
        assert wait_until(partial(_is_so_far, cli, out, struck_after, process), 120)
        try:
            process.communicate(timeout=delay)
            assert process.returncode == 0
            _same_tables(cli, out)
            rounds += 1
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
            assert cli.processes_gone_within(5), cli.processes()
    assert cli.run(*selection, out=f"round{rounds}").returncode == 0
    _same_tables(cli, f"round{rounds}")


def _is_so_far(cli: CommandLine, out: str, finished_jobs: int, process: subprocess.Popen[str]) -> bool:
    return len(cli.jobs(out)) >= finished_jobs or process.poll() is not None


def _same_tables(cli: CommandLine, out: str) -> None:
    assert cli.all_but_cost(out) == cli.all_but_cost("undisturbed")
    ours, theirs = cli.table("cost", out), cli.table("cost", "undisturbed")
    measured = ["value", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(ours.drop(columns=measured), theirs.drop(columns=measured))
