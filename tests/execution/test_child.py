"""Children: what they report, how their end is told, and that nothing of them is left behind."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from genbench.errors import DataError
from genbench.execution.child import Channel, Death, Failed, Message, MoreTime, end_orphans, run_child
from genbench.execution.log_file import LogFile

Body = Callable[[Channel], None]


def outcome(body: Body, seconds: float = 30.0) -> tuple[Death | Failed | None, list[Message], bytes]:
    messages: list[Message] = []
    output = bytearray()
    end = run_child(body, seconds, messages.append, output.extend)
    return end, messages, bytes(output)


def test_messages_arrive_in_order_whatever_their_size() -> None:
    def body(channel: Channel) -> None:
        for size in (0, 1, 100_000, 3_000_000):
            channel.send({"size": size, "text": "x" * size})

    end, messages, _ = outcome(body)
    assert end is None
    assert [(message["size"], len(message["text"])) for message in messages] == [
        (size, size) for size in (0, 1, 100_000, 3_000_000)
    ]


def sleeps(channel: Channel) -> None:
    time.sleep(60)


def segfaults(channel: Channel) -> None:
    faulthandler.disable()  # pytest's would print
    os.kill(os.getpid(), signal.SIGSEGV)


def is_killed(channel: Channel) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def exits_with_3(channel: Channel) -> None:
    os._exit(3)


def exits_cleanly(channel: Channel) -> None:
    os._exit(0)


def runs_out_of_memory(channel: Channel) -> None:
    channel.run_out_of_memory()
    os._exit(1)


def closes_the_line(channel: Channel) -> None:
    os.closerange(3, 1000)


def calls_exit(channel: Channel) -> None:
    sys.exit("no more")


def is_interrupted(channel: Channel) -> None:
    raise KeyboardInterrupt


def has_bad_data(channel: Channel) -> None:
    raise DataError("two\nlines")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (sleeps, Death("timeout", "the time limit of 0.2 s was reached")),
        (segfaults, Death("failed", "the process was killed by SIGSEGV")),
        (is_killed, Death("failed", "the process was killed by SIGKILL (by hand, or by a system short of memory)")),
        (exits_with_3, Death("failed", "the process ended by itself with exit status 3")),
        (exits_cleanly, Death("failed", "the process ended by itself with exit status 0")),
        (runs_out_of_memory, Death("out_of_memory", "the memory limit was reached")),
        (closes_the_line, Death("failed", "the process ended by itself with exit status 0")),
        (calls_exit, Failed("", "SystemExit: no more")),
        (is_interrupted, Failed("", "KeyboardInterrupt")),
        (has_bad_data, Failed("DataError", "two lines")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_how_it_ended_is_told(body: Body, expected: Death | Failed) -> None:
    end, messages, _ = outcome(body, seconds=0.2 if body is sleeps else 30)
    assert end == expected
    assert messages == []


def test_a_child_may_ask_for_more_time() -> None:
    def body(channel: Channel) -> None:
        channel.send(MoreTime(30))
        time.sleep(1)
        channel.send({"late": True})

    end, messages, _ = outcome(body, seconds=0.5)
    assert (end, messages) == (None, [{"late": True}])


def test_what_a_child_and_its_own_children_print_is_given_to_the_caller() -> None:
    def body(channel: Channel) -> None:
        os.write(1, b"on standard output\n")
        os.write(2, b"\xff on standard error\n")
        subprocess.run(["echo", "from a command"], check=True)

    assert outcome(body)[2] == b"on standard output\n\xff on standard error\nfrom a command\n"


def test_it_reads_nothing_and_what_it_forks_reports_nothing() -> None:
    def body(channel: Channel) -> None:
        channel.send({"read": sys.stdin.read() if os.fork() == 0 else os.read(0, 10).decode()})

    end, messages, _ = outcome(body)
    assert (end, messages) == (None, [{"read": ""}])


@pytest.mark.parametrize("new_session", [False, True])
@pytest.mark.parametrize("ends", [True, False])
def test_its_own_children_end_with_it(ends: bool, new_session: bool, tmp_path: Path) -> None:
    """Also those that left its process group, and whether it ended by itself or not."""

    def body(channel: Channel) -> None:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        channel.send({"pid": subprocess.Popen(command, start_new_session=new_session).pid})
        time.sleep(0 if ends else 600)

    end, messages, _ = outcome(body, seconds=30 if ends else 3)
    assert (end is None) == ends
    pid = messages[0]["pid"]
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_orphans_of_a_worker_are_ended(tmp_path: Path) -> None:
    """Tried in a process of its own, since it ends every child of the process that calls it."""
    script = """
import os, subprocess, sys, time
from genbench.execution.child import adopt_orphans, end_orphans, run_child
adopt_orphans()
def body(channel):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:  # a daemon: its parent is gone
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"])
        os._exit(0)
    os.wait()
    channel.send({})
assert run_child(body, 30, lambda message: None) is None
end_orphans()
import psutil
print(len(psutil.Process().children(recursive=True)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "0\n", done.stderr
    end_orphans()


def test_whatever_a_child_changes_is_gone_with_it() -> None:
    before = (Path.cwd(), dict(os.environ), sys.stdout)

    def body(channel: Channel) -> None:
        os.chdir("/")
        os.environ.clear()
        sys.stdout = None  # type: ignore[assignment]
        channel.send({"there": str(Path.cwd())})

    end, messages, _ = outcome(body)
    assert (end, messages) == (None, [{"there": "/"}])
    assert (Path.cwd(), dict(os.environ), sys.stdout) == before


def test_a_short_log_is_whole(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.txt", kept=100)
    for i in range(20):
        log.write(b"%09d\n" % i)
    log.close()
    assert (tmp_path / "log.txt").read_bytes() == b"".join(b"%09d\n" % i for i in range(20))


def test_a_long_log_has_its_beginning_and_its_end(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.txt", kept=100)
    for i in range(1000):
        log.write(b"%09d\n" % i)
    log.close()
    lines = (tmp_path / "log.txt").read_bytes().split(b"\n")
    assert lines[:10] == [b"%09d" % i for i in range(10)]
    assert lines[10:13] == [b"", b"[... 9800 bytes are left out here ...]", b"000000990"]
    assert lines[-2] == b"000000999"
