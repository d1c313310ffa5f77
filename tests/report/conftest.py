"""The page of the committed results, written once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import QUICK

from genbench.report.page import write_report


@pytest.fixture(scope="session")
def quick_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    write_report(QUICK, path)
    return path
