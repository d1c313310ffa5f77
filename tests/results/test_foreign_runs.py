"""Run folders from elsewhere whose names would lead out of them: nothing is written, copied or removed outside."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from harness import CommandLine, one_error_line
from made_runs import make_run, measured

from genbench.errors import RunFolderError
from genbench.results.folder import RunFolder
from genbench.results.merging import merge

KEYS = [
    "../../pwned/x", "../x", "..", ".", "", "/tmp/x", "a/b", "a\\b", "./a", "a/", "a/../../b", "jobs/../../x", "a\x00b",
    "\n", " ", "a b", "A" * 16, "x" * 5000, "~", "~root", "$HOME", "*", "%2e%2e%2fx", "\u202ea", "\ud800", "．．／x", "é",
    ".tmp-a", ".checkpoint-a", "-rf /",
]  # fmt: skip


@pytest.fixture
def sound(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "sound", {("m", "d"): [measured("nll", [1.0, 2.0])]})


def renamed(folder: RunFolder, key: str) -> None:
    """Give the run's job another key, in run.json, in its result and, if that can be, on the disk."""
    record = json.loads(folder.run_file.read_text())
    ((old, job),) = record["jobs"].items()
    folder.run_file.write_text(json.dumps({**record, "jobs": {key: job}, "planned": [key]}))
    result = folder.jobs / old / "result.json"
    result.write_text(json.dumps({**json.loads(result.read_text()), "key": key}))
    try:
        there = folder.jobs / key
        there.parent.mkdir(parents=True, exist_ok=True)
        (folder.jobs / old).rename(there)
    except (OSError, ValueError, UnicodeEncodeError):
        pass


def contents(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("key", KEYS)
def test_keys_that_are_no_names_of_jobs_are_one_line(key: str, sound: RunFolder, tmp_path: Path) -> None:
    home = tmp_path / "deep" / "er"
    bad = make_run(home / "bad", {("n", "d"): [measured("nll", [1.0, 2.0])]})
    renamed(bad, key)
    before = contents(tmp_path)
    with pytest.raises(RunFolderError, match=r"is no key of a job|Invalid JSON") as error:
        merge([sound.path, bad.path], home / "new" / "out")
    assert str(error.value).startswith(str(bad.run_file))
    assert str(error.value).isprintable()
    for read in (bad.results, bad.jobs_done, bad.running, bad.has_results):
        with pytest.raises(RunFolderError):
            read()
    assert contents(tmp_path) == before


def test_the_command_says_so_too(genbench_here: CommandLine, sound: RunFolder) -> None:
    renamed(sound, "../../pwned/x")
    for verb in ("merge", "tables", "report"):
        options = ("--out", genbench_here.cwd / "out") if verb == "merge" else ()
        done = genbench_here(verb, sound.path, *options)
        assert one_error_line(done).startswith(f"genbench: {sound.run_file} is damaged: ")
        assert not (genbench_here.cwd / "out").exists()


@pytest.mark.parametrize("kind", ["file", "folder", "relative", "nowhere", "inside", "deep", "pipe", "the job itself"])
def test_links_and_pipes_of_a_job_are_not_copied(kind: str, sound: RunFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("private")
    (job,) = sound.jobs.iterdir()
    culprit = job / "tensorboard" / "x" / "log" if kind == "deep" else job / "log"
    culprit.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(culprit)
    elif kind == "the job itself":
        culprit = job.rename(tmp_path / "elsewhere")
        job.symlink_to(culprit)
        culprit = job
    else:
        targets = {"folder": secret, "relative": "../../../secret/key", "nowhere": "absent", "inside": "result.json"}
        culprit.symlink_to(targets.get(kind, secret / "key"))
    with pytest.raises(RunFolderError, match=r"merge copies files and folders alone") as error:
        merge([sound.path], tmp_path / "out")
    assert str(error.value).startswith(str(culprit))
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] in ([], [".lock"])
