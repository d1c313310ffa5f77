"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """A data folder with MNIST and the UCI sets; the test is skipped where there is none."""
    folder = Path(os.environ.get("GENBENCH_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no data folder (set GENBENCH_TEST_DATA)")
    return folder
