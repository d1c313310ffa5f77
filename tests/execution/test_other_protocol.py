"""A folder's results are never mixed with those of another protocol; tables kept for reference are no results."""

from __future__ import annotations

from pathlib import Path

import pytest

from genbench.errors import RunFolderError
from genbench.execution.run import refuse_other_protocol
from genbench.protocol import load_protocol
from genbench.results.folder import RunFolder


def test_results_under_another_protocol_are_in_the_way_and_reference_tables_are_not(tmp_path: Path) -> None:
    quick, folder = load_protocol("quick"), RunFolder(tmp_path)
    refuse_other_protocol(folder, quick)
    recorded = quick.with_changes(seeds=quick.seeds + 1).model_dump(mode="json")
    folder.write_run({"protocol": recorded, "jobs": {"key": {"model": "m", "dataset": "d"}}})
    refuse_other_protocol(folder, quick)

    folder.open_job("key")
    folder.publish_job("key", {"status": "ok"}, None)
    with pytest.raises(RunFolderError, match=f"seeds {quick.seeds + 1} -> {quick.seeds}.*--fresh"):
        refuse_other_protocol(folder, quick)


def test_results_of_other_seeds_are_in_the_way_too(tmp_path: Path) -> None:
    quick, folder = load_protocol("quick"), RunFolder(tmp_path)
    folder.write_run({"protocol": quick.model_dump(mode="json"), "jobs": {"key": {"model": "m", "dataset": "d"}}})
    folder.open_job("key")
    folder.publish_job("key", {"status": "ok"}, None)
    with pytest.raises(RunFolderError, match=r"first_seed 0 -> 5.*--fresh"):
        refuse_other_protocol(folder, quick.with_changes(first_seed=5))
