"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from harness import bare_result

from genbench import whole_files
from genbench.errors import RunFolderError
from genbench.results import atomic
from genbench.results.folder import RunFolder


def test_write_text_replaces_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    atomic.write_text(path, "Grüße\n" * 1000)
    atomic.write_text(path, "short\n")
    assert path.read_bytes() == b"short\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_json_refuses_nan_and_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    atomic.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        atomic.write_json(path, {"a": float("nan")})
    assert path.read_text() == '{\n "a": 1\n}\n'


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "the disk is full: .* could not be written; free some space"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "cannot be written: .*; give another place with --out"),
        (errno.EACCES, "cannot be written"),
        (errno.EIO, "cannot be written: Input/output error"),
        (errno.ENOENT, "cannot be written"),
    ],
)
def test_disk_errors_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, message: str) -> None:
    path = tmp_path / "run.json"
    atomic.write_text(path, "old")

    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(whole_files.os, "fsync", fail)
    with pytest.raises(RunFolderError, match=message) as caught:
        atomic.write_text(path, "new")
    assert "\n" not in str(caught.value)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


def test_errors_that_are_not_the_disks_keep_their_type(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="strange"), atomic.disk_errors_named(tmp_path):
        raise ValueError("strange")


def test_a_published_job_replaces_an_older_one(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for attempt in (1, 2):
        (folder.open_job("k") / f"file{attempt}").write_text("x")
        assert (folder.result("k") or {}).get("attempt") == (None if attempt == 1 else 1)
        folder.publish_job("k", bare_result("k", attempt=attempt), {"failures": []} if attempt == 1 else None)
    assert {path.name for path in (tmp_path / "jobs" / "k").iterdir()} == {"file2", "result.json"}
    assert [path.name for path in folder.jobs.iterdir()] == ["k"]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_run({"jobs": {}})
    (folder.open_job("half") / "log.txt").write_text("so far")
    (folder.jobs / ".old-k-1").mkdir()
    (tmp_path / ".run.json.tmp-99").write_text("{")
    (tmp_path / "notes.tmp").write_text("mine")
    with folder.locked():
        assert not list(folder.jobs.iterdir())
        assert {path.name for path in tmp_path.iterdir()} == {"run.json", "jobs", "notes.tmp", ".lock"}


def test_results_in_the_order_of_run_json(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_run({"jobs": {key: {"model": "m", "dataset": "d"} for key in ("b", "absent", "a")}})
    for key in ("a", "b", "of_another_run"):
        folder.open_job(key)
        folder.publish_job(key, bare_result(key), None)
    assert [result["key"] for result in folder.results()] == ["b", "a"]


def test_a_folder_into_which_nothing_was_written_is_not_left(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to run"), RunFolder(tmp_path / "new").locked():
        raise ValueError("nothing to run")
    assert not (tmp_path / "new").exists()
    with RunFolder(tmp_path / "new").locked():
        (tmp_path / "new" / "run.json").write_text("{}")
    with RunFolder(tmp_path).locked():
        pass
    assert (tmp_path / "new" / "run.json").is_file()


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    with RunFolder(tmp_path).locked(), pytest.raises(RunFolderError, match="another run is writing"):  # noqa: SIM117
        with RunFolder(tmp_path).locked():
            raise AssertionError("two writers")
    with RunFolder(tmp_path).locked():
        pass


def test_a_really_full_disk(small_disk: Path) -> None:
    folder = RunFolder(small_disk / "run")
    folder.write_run({"jobs": {"k": {"model": "m", "dataset": "d"}}})
    folder.open_job("k")
    with pytest.raises(RunFolderError, match="the disk is full"):
        folder.publish_job("k", {"text": "x" * 2_000_000}, None)
    assert list(folder.read_run()["jobs"]) == ["k"]
    assert folder.result("k") is None
