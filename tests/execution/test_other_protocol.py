"""A run neither mixes a folder's results with those of another protocol nor replaces tables that were kept alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import bare_result

from genbench.errors import RunFolderError
from genbench.execution.run import check_folder
from genbench.protocol import load_protocol
from genbench.results.folder import NEXT, RunFolder

QUICK = load_protocol("quick")


def folder_with_jobs(path: Path, *keys: str, seeds: int = QUICK.seeds) -> RunFolder:
    folder = RunFolder(path)
    recorded = QUICK.with_changes(seeds=seeds).model_dump(mode="json")
    folder.write_run({"protocol": recorded, "jobs": {key: {"model": key, "dataset": "d"} for key in keys}})
    for key in keys:
        folder.open_job(key)
        folder.publish_job(key, bare_result(key, model=key), None)
    return folder


def test_results_under_another_protocol_are_in_the_way(tmp_path: Path) -> None:
    folder = folder_with_jobs(tmp_path, seeds=QUICK.seeds + 1)
    check_folder(folder, QUICK)
    folder_with_jobs(tmp_path, "key", seeds=QUICK.seeds + 1)
    for fresh in (False, True):  # other jobs of the folder would stay
        with pytest.raises(RunFolderError, match=f"seeds {QUICK.seeds + 1} -> {QUICK.seeds}.*--out"):
            check_folder(folder, QUICK, anew=fresh)


def test_results_of_other_seeds_are_in_the_way_too(tmp_path: Path) -> None:
    folder = folder_with_jobs(tmp_path, "key")
    check_folder(folder, QUICK)
    with pytest.raises(RunFolderError, match=r"first_seed 0 -> 5.*--out"):
        check_folder(folder, QUICK.with_changes(first_seed=5))


def test_tables_without_jobs_are_replaced_only_when_asked(tmp_path: Path) -> None:
    folder = folder_with_jobs(tmp_path)
    folder.tables.mkdir()
    with pytest.raises(RunFolderError, match=r"keeps tables alone.*--out, or --fresh"):
        check_folder(folder, QUICK)
    check_folder(folder, QUICK, anew=True)
    folder_with_jobs(folder.at_work().path, "key", seeds=QUICK.seeds + 1)
    with pytest.raises(RunFolderError, match=rf"{NEXT} holds a run under another protocol"):
        check_folder(folder, QUICK, anew=True)


def test_a_run_that_was_stopped_is_not_mistaken_for_tables_alone(tmp_path: Path) -> None:
    folder = folder_with_jobs(tmp_path, "a")
    folder.tables.mkdir()
    folder.remove_jobs(["a"])
    check_folder(folder, QUICK)


def test_again_is_for_the_planned_jobs_alone(tmp_path: Path) -> None:
    folder = folder_with_jobs(tmp_path, "a", "b")
    folder.checkpoint("a").mkdir()
    folder.remove_jobs(["a"])
    assert [path.name for path in folder.jobs.iterdir()] == ["b"]
    assert folder.has_run()
