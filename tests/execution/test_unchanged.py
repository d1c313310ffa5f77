"""Whether the same run was done already: told by what is in files, never by their sizes and times."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genbench.data.source import DataSource
from genbench.execution import selection
from genbench.execution.selection import Selection, select
from genbench.execution.unchanged import inputs_of, jobs_done_before
from genbench.identity.contents import contents_hash, contents_named
from genbench.plugins import Plugin, Provided, Registry, load_plugins
from genbench.protocol import load_protocol
from genbench.records import DatasetSpec
from genbench.results.folder import RunFolder

REGISTRY = load_plugins()
QUICK = load_protocol("quick")
NOWHERE = DataSource(())


def inputs(*datasets: str, model: str = "gaussian", source: DataSource = NOWHERE) -> str:
    return inputs_of(select(REGISTRY, QUICK, source, [model], datasets), QUICK, "cpu")


def edit_in_secret(path: Path) -> None:
    """Change a byte, and leave size and times as they were."""
    before = path.stat()
    contents = bytearray(path.read_bytes())
    contents[-2] ^= 1
    path.write_bytes(contents)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_users_file(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,target\n1,x\n2,y\n")
    before = inputs(str(file))
    assert inputs(str(file)) == before
    os.utime(file, (1, 1))
    assert inputs(str(file)) == before
    edit_in_secret(file)
    assert inputs(str(file)) != before


def test_a_declared_file_in_a_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "mnist"
    for name in REGISTRY.datasets["mnist"].spec.files:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"contents of {name}")
    before = inputs("mnist", source=DataSource((tmp_path,)))
    edit_in_secret(file)
    assert inputs("mnist", source=DataSource((tmp_path,))) != before


def test_a_file_of_an_evaluation(tmp_path: Path) -> None:
    file = tmp_path / "inception" / "inception-2015-12-05.pt"
    file.parent.mkdir()
    file.write_text("parameters")
    before = inputs("iris", source=DataSource((tmp_path,)))
    edit_in_secret(file)
    assert inputs("iris", source=DataSource((tmp_path,))) != before


def test_a_file_that_a_hyperparameter_names(tmp_path: Path) -> None:
    file = tmp_path / "ridge.txt"
    file.write_text("0.25")
    before = inputs("iris", model=f"gaussian:ridge={file}")
    edit_in_secret(file)
    assert inputs("iris", model=f"gaussian:ridge={file}") != before


def test_code_versions_and_device(monkeypatch: pytest.MonkeyPatch) -> None:
    before = inputs("iris")
    monkeypatch.setattr("genbench.execution.unchanged.versions", lambda: {"torch": "99"})
    assert inputs("iris") != before
    monkeypatch.undo()
    monkeypatch.setattr(selection, "code_hash", lambda target, owner="": "edited")
    assert inputs("iris") != before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "b" / "2.png").write_bytes(b"2!"),
        lambda folder: (folder / "b" / "2.png").rename(folder / "a" / "2.png"),
        lambda folder: (folder / "b" / "3.png").write_bytes(b""),
        lambda folder: (folder / "a" / "1.png").unlink(),
        lambda folder: edit_in_secret(folder / "a" / "1.png"),
    ],
)
def test_a_folder_is_its_files_and_their_names(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = tmp_path / "images"
    for name in ("a/1.png", "b/2.png"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(name.encode())
    before = contents_hash(folder)
    folder = folder.rename(tmp_path / "moved")
    assert contents_hash(folder) == before != ""
    change(folder)
    assert contents_hash(folder) != before


def test_options_that_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "adam", "0.5"):
        (tmp_path / name).write_text(name)
    options = {
        "path": str(tmp_path / "a.csv"), "near": "b.csv", "several": "[a.csv,b.csv]", "optimiser": "adam", "gone": "c.csv",
        "long": "a." * 3000, "null": "a\0.csv", "none": "none", "list": "[1,2.5]",
    }  # fmt: skip
    named = contents_named(options)
    assert set(named) == {"path", "near", "several"}
    assert named["several"] == f"{named['path']} {named['near']}"


def finished_run(folder: Path, **settings: str) -> RunFolder:
    (folder / "jobs" / "k").mkdir(parents=True)
    pair = {"model": "gaussian", "dataset": "iris", "control": True}
    result = {"key": "k", **pair, "plugin": "p", "status": "ok", "failures": [], "skipped": {}, "measurements": {}}
    (folder / "jobs" / "k" / "result.json").write_text(json.dumps(result))
    job = {**pair, "settings": {"model": settings, "dataset": {}}, "contents": contents_named(settings)}
    finished = "2026-01-01T00:00:00+00:00"
    record = {"jobs": {"k": job}, "planned": ["k"], "finished": finished, "broken_data": [], "inputs": "same"}
    (folder / "run.json").write_text(json.dumps(record))
    return RunFolder(folder)


def test_a_file_that_a_hyperparameter_names_by_default(tmp_path: Path) -> None:
    weights = tmp_path / "weights.txt"
    weights.write_text("1.25")
    folder = finished_run(tmp_path / "run", weights=str(weights), lr="0.1")
    own = select(REGISTRY, QUICK, NOWHERE, ["gaussian"], ["iris"])
    assert jobs_done_before(folder, "same", own) == 1
    edit_in_secret(weights)
    assert jobs_done_before(folder, "same", own) is None


def of_third_party() -> Selection:
    spec = DatasetSpec(name="theirs", target="theirs:load", summary="Theirs")
    registry = Registry(
        datasets={"theirs": Provided(spec, Plugin("theirs", "theirs", "1", "theirs"))}, models=REGISTRY.models
    )
    return select(registry, QUICK, DataSource(()), ["gaussian"], ["theirs"])


def test_what_a_third_partys_loader_reads_is_not_known_before_it_has_loaded(tmp_path: Path) -> None:
    folder = finished_run(tmp_path)
    own = select(REGISTRY, QUICK, DataSource(()), ["gaussian"], ["iris"])
    assert jobs_done_before(folder, "same", own) == 1
    assert jobs_done_before(folder, "other", own) is None
    assert jobs_done_before(folder, "same", of_third_party()) is None
