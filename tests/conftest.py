"""Fixtures shared by all tests."""

from __future__ import annotations

import os

# Tests run on all cores as it is: threads of OpenMP in each would only wait for each other. Read when libraries load.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from harness import CommandLine, OwnProcess, write_specimens

# Networks made while test files are read; what a test itself draws is `seeded`.
torch.manual_seed(0)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The global generators start alike in every test: one that fails, fails again."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """A data folder with MNIST and the UCI sets; the test is skipped where there is none."""
    folder = Path(os.environ.get("GENBENCH_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no data folder (set GENBENCH_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def specimens_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with the distribution of tests/specimens."""
    site = tmp_path_factory.mktemp("site")
    write_specimens(site)
    return site


@pytest.fixture
def genbench(tmp_path: Path) -> CommandLine:
    """The command line, in a folder of its own, with what is installed."""
    return CommandLine(tmp_path / "work")


@pytest.fixture
def genbench_here(tmp_path: Path) -> CommandLine:
    """The same in the test's process."""
    return OwnProcess(tmp_path / "work")


@pytest.fixture
def genbench_with_specimens(tmp_path: Path, specimens_site: Path) -> CommandLine:
    """The command line, with the specimens installed."""
    return CommandLine(tmp_path / "work", specimens_site)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 300 kB; the test is skipped where none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
        mounted = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("mount is not there")
    if mounted.returncode != 0:
        pytest.skip("no disk may be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
