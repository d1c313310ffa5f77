"""Memory limits, what memory was used, and where output goes; each in a process of its own or measured from outside."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pebble import ProcessExpired

from genbench.execution.capture import output_to
from genbench.execution.memory import OUT_OF_MEMORY, Usage
from genbench.execution.outcome import EXITED_CLEANLY, how_it_died, status_of_death

MIB = 2**20
LIMITED = """
import mmap, time
import numpy as np
from genbench.execution.memory import memory_limit
small = np.ones(50 * 2**17)                       # 50 MiB, before the limit: does not count
with memory_limit(200 * 2**20):
    allowed = np.ones(100 * 2**17)                # 100 MiB
    del allowed
    {inside}
after = np.ones(300 * 2**17)                      # 300 MiB, after it
print("after")
"""


def limited(inside: str) -> subprocess.CompletedProcess[str]:
    script = LIMITED.format(inside=inside)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts private mappings on Linux alone")
def test_an_allocation_past_the_limit_raises_and_the_limit_ends_with_the_block() -> None:
    done = limited("try: np.ones(400 * 2**17)\n    except MemoryError: print('refused')")
    assert done.stdout.split() == ["refused", "after"]
    assert done.returncode == 0


def test_what_the_system_does_not_refuse_the_watch_ends() -> None:
    shared = (
        "hoard = mmap.mmap(-1, 400 * 2**20)\n    for i in range(0, len(hoard), 4096): hoard[i] = 1\n    time.sleep(5)"
    )
    done = limited(shared)
    assert done.returncode == OUT_OF_MEMORY
    assert done.stdout == ""


def test_usage_sees_a_peak_that_is_gone_at_the_end() -> None:
    np.ones(40 * MIB // 8).sum()
    with Usage() as usage:
        np.ones(200 * MIB // 8).sum()
    assert 190 < usage.peak_memory_mb < 260
    assert 0 < usage.seconds < 30
    with Usage() as little:
        np.ones(MIB // 8).sum()
    assert little.peak_memory_mb < 50


def test_output_of_python_and_of_what_lies_below_goes_to_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"before\n")
    print("outside")
    with contextlib.suppress(KeyError), output_to(log):
        os.write(1, b"\xff from below\n")
        os.write(2, b"error from below\n")
        subprocess.run(["echo", "from a child"], check=True)
        raise KeyError
    os.write(1, b"outside again\n")
    assert log.read_bytes() == b"before\n\xff from below\nerror from below\nfrom a child\n"
    assert capfd.readouterr().out.endswith("outside again\n")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (TimeoutError("Task timeout", 2.5), "timeout", "the time limit of 2.5 s was reached"),
        (ProcessExpired("", code=OUT_OF_MEMORY), "out_of_memory", "the memory limit was reached"),
        (ProcessExpired("", code=-11), "failed", "the process was killed by SIGSEGV"),
        (ProcessExpired("", code=-9), "failed", "killed by SIGKILL (by hand, or by a system short of memory)"),
        (ProcessExpired("", code=3), "failed", "the process ended by itself with exit status 3"),
        (ProcessExpired("", code=EXITED_CLEANLY), "failed", "the process ended by itself with exit status 0"),
    ],
    ids=lambda value: "" if isinstance(value, Exception) else None,
)
def test_how_a_worker_died(error: ProcessExpired | TimeoutError, status: str, words: str) -> None:
    assert status_of_death(error) == status
    assert words in how_it_died(error)
