"""A run followed from another terminal."""

from __future__ import annotations

import signal
import subprocess

import pytest
from harness import GENBENCH, CommandLine, one_error_line, wait_until


@pytest.mark.slow
def test_a_run_is_followed_to_its_end_and_then_told_again(genbench: CommandLine) -> None:
    one_error_line(genbench("watch", "out"), "holds no run")
    run = genbench.start("-m", "gaussian", "-m", "uniform", "-d", "iris")
    assert wait_until((genbench.cwd / "out" / "run.json").is_file, 120)
    watched = genbench("watch", "out", timeout=300)
    assert watched.returncode == 0, watched.stderr
    assert (genbench.cwd / "out" / "report.html").is_file()  # so it has waited for the end of the run
    assert run.wait(60) == 0
    lines = watched.stdout.splitlines()
    assert sorted(line.split(" (")[0] for line in lines[:-1]) == ["ok: gaussian on iris", "ok: uniform on iris"]
    assert lines[-1] == "finished: 2 of 2 jobs; see out"
    assert genbench("watch", "out").stdout.splitlines()[-1] == lines[-1]


def test_to_stop_watching_is_no_error(genbench: CommandLine) -> None:
    folder = genbench.cwd / "out"
    folder.mkdir()
    (folder / "run.json").write_text('{"jobs": {"a": {"model": "m", "dataset": "d"}}, "planned": ["a"]}')
    script = (
        "import sys; from pathlib import Path; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]): print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [str(GENBENCH.with_name("python")), "-c", script, str(folder / ".lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        watching = subprocess.Popen(
            [GENBENCH, "watch", "out"], cwd=genbench.cwd, env=genbench.environment(), stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        assert watching.stderr is not None
        assert watching.stderr.readline().startswith("watching out")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
        assert "the run goes on" in watching.stderr.read()
        assert holder.stdin is not None
        holder.stdin.close()
