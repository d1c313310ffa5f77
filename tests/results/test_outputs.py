"""Where a command writes: standard output of every kind, files that cannot be, and disks that are full."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from harness import GENBENCH, CommandLine, OwnProcess, one_error_line
from made_runs import make_run, measured

from genbench.cli import streams
from genbench.errors import RunFolderError
from genbench.results.atomic import check_output_folder, checked_output

ROWS = {(model, "iris"): [measured("nll", [1.0, 2.0, start])] for model, start in (("vae", 3.0), ("gan", 4.0))}


@pytest.fixture
def here(tmp_path: Path) -> CommandLine:
    """In its folder lies a run, ``out``."""
    cli = OwnProcess(tmp_path)
    make_run(tmp_path / "out", ROWS, seeds=(0, 1, 2), key="k")
    return cli


def called(
    cli: CommandLine, command: str, *, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of the shell, with ``$G`` for genbench, in a process of its own."""
    environment = {**cli.environment(), "G": str(GENBENCH), **(variables or {})}
    return subprocess.run(
        ["bash", "-c", command], cwd=cli.cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "verb",
    [
        "list models",
        pytest.param("--help", marks=pytest.mark.slow),
        pytest.param("compare out out", marks=pytest.mark.slow),
        pytest.param("tables out", marks=pytest.mark.slow),
        pytest.param("history out --metric nll --format csv", marks=pytest.mark.slow),
    ],
)
def test_output_that_cannot_be_written_is_a_line(here: CommandLine, verb: str) -> None:
    full = called(here, f"$G {verb} > /dev/full")
    assert full.returncode == 2
    assert full.stderr == "genbench: the output could not be written: No space left on device\n"
    unread = called(here, f"$G {verb} | true; exit ${{PIPESTATUS[0]}}")
    assert unread.returncode in (1, streams.BROKEN_PIPE)
    assert unread.stderr == ""


@pytest.mark.parametrize(
    "redirections",
    [">&-", pytest.param("2>&-", marks=pytest.mark.slow), pytest.param("<&- >&- 2>&-", marks=pytest.mark.slow)],
)
def test_closed_streams(here: CommandLine, redirections: str) -> None:
    done = called(here, f"$G tables out {redirections}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"COLUMNS": "1", "TERM": ""},
    ],
    ids=["ascii", "C", "narrow"],
)
def test_streams_without_such_characters(here: CommandLine, variables: dict[str, str]) -> None:
    done = called(here, "$G compare out out --all; $G tables out", variables=variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "vae" in done.stdout


IMPOSSIBLE = {
    "in a folder that takes no files": "/proc/{name}",
    "below a device": "/dev/null/{name}",
    "below a file": "file/{name}",
    "too long": "a" * 300 + "{name}",
    "a link to nothing": "link{name}",
}


def put_in_the_way(folder: Path, name: str) -> None:
    (folder / "file").write_text("mine")
    (folder / f"link{name}").symlink_to("nowhere/at/all")


@pytest.mark.parametrize("pattern", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize(
    "arguments",
    [
        ("plot", "out", "--table", "likelihood", "-o", "x.svg"),
        ("rank", "out", "--metric", "nll", "-o", "x.svg"),
        ("sample", "out", "-m", "vae", "-d", "iris", "-o", "x.csv"),
        ("report", "out", "-o", "x.html"),
        ("merge", "out", "--out", "x"),
        ("run", "-m", "gaussian", "-d", "iris", "--protocol", "tiny.toml", "--out", "x"),
        ("reproduce", "--all", "--out", "x"),
        ("study", "discriminative-generative", "--out", "x"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_impossible_outputs_are_a_line_before_anything_is_computed(
    here: CommandLine, arguments: tuple[str, ...], pattern: str
) -> None:
    *others, name = arguments
    path = pattern.format(name=name)
    put_in_the_way(here.cwd, name)
    before = sorted(here.cwd.iterdir())
    one_error_line(here(*others, path), f"{path} cannot be written: ", "give another place")
    assert sorted(here.cwd.iterdir()) == before


@pytest.mark.parametrize("verb", [("run", "--all", "--out"), ("merge", "out", "--out"), ("report", "out", "-o")])
def test_an_empty_path_is_no_folder(here: CommandLine, verb: tuple[str, ...]) -> None:
    one_error_line(here(*verb, ""), "the path is empty")


def test_a_folder_where_a_file_is_to_be(here: CommandLine) -> None:
    (here.cwd / "x.svg").mkdir()
    one_error_line(
        here("plot", "out", "--table", "likelihood", "-o", "x.svg"), "x.svg cannot be written: it is a folder"
    )


def test_what_a_path_is_checked_for_leaves_nothing(tmp_path: Path) -> None:
    assert checked_output(tmp_path / "new" / "x.png") == tmp_path / "new" / "x.png"
    check_output_folder(tmp_path / "new" / "folder")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.png").write_text("x")
    (tmp_path / "link.png").symlink_to("x.png")
    assert checked_output(tmp_path / "link.png") == (tmp_path / "x.png").resolve()
    assert checked_output(Path(os.devnull)) == Path(os.devnull)
    with pytest.raises(RunFolderError, match="is a folder"):
        checked_output(tmp_path)


def test_a_device_is_written_to_and_stays_one(here: CommandLine) -> None:
    assert here("report", "out", "-o", os.devnull).returncode == 0
    assert Path(os.devnull).is_char_device()


@pytest.fixture
def full_disk(small_disk: Path) -> Path:
    """A disk with room for a few kilobytes; on it lie files that a command is to replace."""
    for name in ("x.png", "x.svg", "x.csv", "x.html"):
        (small_disk / name).write_text("as it was")
    (small_disk / "filler").write_bytes(b"x" * 276_000)
    return small_disk


@pytest.mark.parametrize(
    "arguments",
    [
        ("plot", "out", "--table", "likelihood", "-o", "x.svg"),
        ("plot", "out", "--table", "likelihood", "-o", "x.png"),
        ("report", "out", "-o", "x.html"),
        ("report", "out", "-o", "new/x.html"),
        ("merge", "out", "--out", "merged"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-1]}",
)
def test_a_full_disk_leaves_no_half_file(here: CommandLine, full_disk: Path, arguments: tuple[str, ...]) -> None:
    *others, name = arguments
    (here.cwd / "out" / "jobs" / "k0" / "model.safetensors").write_bytes(b"x" * 200_000)
    one_error_line(here(*others, full_disk / name), "the disk is full", "free some space")
    for path in full_disk.glob("x.*"):
        assert path.read_text() == "as it was"
    left = {path.name for path in full_disk.rglob("*") if path.is_file()}
    assert left == {"x.png", "x.svg", "x.csv", "x.html", "filler"}


def test_samples_are_written_whole(tmp_path: Path, full_disk: Path) -> None:
    import numpy as np

    from genbench.cli.sample import _write
    from genbench.data.spec import DataSpec

    samples: Any = np.random.default_rng(0).random((16, 1, 60, 60))
    for name, shape in (("x.csv", (1, 60, 60)), ("x.png", (1, 60, 60)), ("y.npz", (1, 60, 60))):
        with pytest.raises(RunFolderError, match="the disk is full"):
            _write(samples, DataSpec("d", shape, "unit"), full_disk / name)
    assert (full_disk / "x.csv").read_text() == "as it was"
    assert (full_disk / "x.png").read_text() == "as it was"
    assert {path.name for path in full_disk.iterdir()} == {"x.png", "x.svg", "x.csv", "x.html", "filler"}
