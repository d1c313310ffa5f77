"""Memory limits and what memory was used; each in a process of its own or measured from outside."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from genbench.execution.memory import Usage

MIB = 2**20
LIMITED = """
import mmap, time
import numpy as np
from genbench.execution.memory import memory_limit
small = np.ones(50 * 2**17)                       # 50 MiB, before the limit: does not count
with memory_limit(200 * 2**20, lambda: print('over the limit', flush=True)):
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
    assert done.returncode == 1
    assert done.stdout == "over the limit\n"


def test_usage_sees_a_peak_that_is_gone_at_the_end() -> None:
    np.ones(40 * MIB // 8).sum()
    with Usage() as usage:
        np.ones(200 * MIB // 8).sum()
    assert 190 < usage.peak_memory_mb < 260
    assert 0 < usage.seconds < 30
    with Usage() as little:
        np.ones(MIB // 8).sum()
    assert little.peak_memory_mb < 50
