"""Damaged and foreign files in a run folder: a line that names the file, and never in the way of the same command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from damage import (
    HARMLESS_IN_RESULT,
    HARMLESS_IN_RUN,
    HARMLESS_IN_TABLE,
    OF_ANY_FILE,
    OF_ARRAYS,
    OF_EXAMPLES,
    OF_JSON,
    OF_PICTURES,
    OF_RESULT,
    OF_RUN,
    OF_TABLE,
    Damage,
    in_place_of_a_folder,
)
from tiny_run import CopiedRun, TinyRun, made_in

from genbench.errors import GenbenchError, RunFolderError, RunFolderWarning
from genbench.execution.trained import load_model
from genbench.results.arrays import read_examples, read_pictures
from genbench.results.csv_files import read_seeds, read_tables
from genbench.results.folder import RunFolder
from genbench.results.reading import result_in

READING = {
    "tables": ("tables", "out"),
    "latex": ("tables", "out", "--format", "latex"),
    "rebuild": ("tables", "out", "--rebuild"),
    "compare": ("compare", "out", "old"),
    "compare with": ("compare", "old", "out"),
    "rank": ("rank", "out"),
    "report": ("report", "out", "-o", "page.html"),
    "plot": ("plot", "out", "--table", "likelihood", "-o", "figure.svg"),
    "history": ("history", "out", "--metric", "nll"),
    "merge": ("merge", "out", "--out", "merged"),
    "watch": ("watch", "out"),
    "sample": ("sample", "out", "-m", "gaussian", "-d", "iris", "-o", "samples.csv"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    return made_in(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def cli(tmp_path: Path, run: TinyRun) -> CopiedRun:
    """``out`` is to be damaged, ``old`` is the same run."""
    cli = CopiedRun(tmp_path, run)
    (tmp_path / "old").symlink_to(run.folder.path)
    return cli


@pytest.fixture
def job(cli: CopiedRun) -> Path:
    return cli.folder.jobs / cli.run_of_old.key("gaussian", "iris")


@pytest.fixture
def pictured(cli: CopiedRun) -> Path:
    """A job with pictures."""
    return cli.folder.jobs / cli.run_of_old.key("gaussian", "ring8")


def tables_of(folder: RunFolder) -> dict[str, str]:
    ours = (path for path in folder.tables.iterdir() if path.suffix in (".csv", ".md") and path.is_file())
    return {path.name: path.read_text() for path in ours if path.name[0].isalpha() and path.name != "notes.md"}


def told(done: subprocess.CompletedProcess[str], name: str, codes: tuple[int, ...] = (0,)) -> None:
    """The call ended as it should, and told of the file once."""
    assert done.returncode in codes, done.stderr + done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("genbench: ")]
    assert len([line for line in lines if name in line]) == 1, done.stderr


def as_before(cli: CopiedRun, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same command makes the folder whole again."""
    done = cli.again(*arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    assert tables_of(cli.folder) == tables_of(cli.run_of_old.folder)
    return done


# what reads each file, on every way to damage it


def members(*kinds: dict[str, Damage]) -> pytest.MarkDecorator:
    found = {name: damage for kind in kinds for name, damage in kind.items()}
    return pytest.mark.parametrize("damage", found.values(), ids=found)


@members(OF_ANY_FILE, OF_JSON, OF_RESULT)
def test_a_damaged_result_is_none(job: Path, damage: Damage) -> None:
    damage(job / "result.json")
    result, line = result_in(job)
    assert result is None
    assert line.startswith(f"{job / 'result.json'} is ")
    assert "the command of the run does it again" in line
    assert len(line.splitlines()) == 1


@members(HARMLESS_IN_RESULT)
def test_a_result_with_more_than_is_known_is_read(job: Path, damage: Damage) -> None:
    before = result_in(job)[0]
    damage(job / "result.json")
    result, line = result_in(job)
    assert line == ""
    assert before is not None
    assert result is not None
    assert result["measurements"] == before["measurements"]


@members({name: damage for name, damage in OF_ANY_FILE.items() if name != "a link to nothing"}, OF_JSON, OF_RUN)
def test_a_damaged_record_of_a_run_is_an_error(cli: CopiedRun, damage: Damage) -> None:
    damage(cli.folder.run_file)
    with pytest.raises(RunFolderError, match=r"run\.json is damaged: .*give the command of the run again") as error:
        cli.folder.read_run()
    assert len(str(error.value).splitlines()) == 1


@members(HARMLESS_IN_RUN)
def test_a_record_of_another_version_is_read(cli: CopiedRun, damage: Damage) -> None:
    before = cli.folder.read_run()
    damage(cli.folder.run_file)
    after = cli.folder.read_run()
    assert [after[name] for name in ("jobs", "planned", "datasets")] == [
        before[name] for name in ("jobs", "planned", "datasets")
    ]


@members({name: damage for name, damage in OF_ANY_FILE.items() if name != "a link to nothing"}, OF_ARRAYS, OF_PICTURES)
def test_damaged_arrays_for_pictures_are_left_out(pictured: Path, damage: Damage) -> None:
    assert read_pictures(pictured)["samples"].ndim == 3
    damage(pictured / "samples.npz")
    with pytest.warns(RunFolderWarning, match=r"samples\.npz is damaged: .* genbench run --fresh makes it again$"):
        assert read_pictures(pictured) == {}


@members({name: damage for name, damage in OF_ANY_FILE.items() if name != "a link to nothing"}, OF_ARRAYS, OF_EXAMPLES)
def test_damaged_values_of_examples_are_left_out(job: Path, damage: Damage) -> None:
    assert all(values.ndim == 2 for values in read_examples(job).values())
    damage(job / "per_example.npz")
    with pytest.warns(RunFolderWarning, match=r"per_example\.npz is damaged: "):
        assert read_examples(job) == {}


@members({name: damage for name, damage in OF_ANY_FILE.items() if name != "half"}, OF_TABLE)
def test_a_damaged_table_is_an_error(cli: CopiedRun, damage: Damage) -> None:
    damage(cli.folder.tables / "likelihood.csv")
    with pytest.raises(RunFolderError, match=r"likelihood\.csv cannot be read: .*restore it or remove it") as error:
        read_tables(cli.folder.tables)
    assert len(str(error.value).splitlines()) == 1


@members(HARMLESS_IN_TABLE)
def test_a_table_with_more_columns_or_no_rows_is_read(cli: CopiedRun, damage: Damage) -> None:
    damage(cli.folder.tables / "likelihood.csv")
    assert "likelihood" in read_tables(cli.folder.tables)


@pytest.mark.parametrize(("before", "after"), [(",0,1", ",zero,1"), (",0,1", ",0,0x1"), ("metric", "metrik")])
def test_damaged_values_of_seeds_are_an_error(cli: CopiedRun, before: str, after: str) -> None:
    path = cli.folder.seeds / "likelihood.csv"
    assert before in path.read_text().splitlines()[0]
    path.write_text(path.read_text().replace(before, after, 1))
    with pytest.raises(RunFolderError, match=r"likelihood\.csv cannot be read"):
        read_seeds(cli.folder.seeds)


@members(OF_ANY_FILE)
def test_a_damaged_model_is_an_error(job: Path, damage: Damage) -> None:
    damage(job / "model.safetensors")
    with pytest.raises(GenbenchError, match=r"model\.safetensors (is damaged|cannot be read)|keeps no model") as error:
        load_model(job)
    assert len(str(error.value).splitlines()) == 1


# the command line, on a member of each kind


KINDS = {
    "result": ("jobs/{iris}/result.json", OF_ANY_FILE["half"]),
    "result of another form": ("jobs/{iris}/result.json", OF_RESULT["a value that is a text"]),
    "result of another job": ("jobs/{iris}/result.json", OF_RESULT["another key"]),
    "pictures' arrays": ("jobs/{ring8}/samples.npz", OF_ANY_FILE["half"]),
    "examples' values": ("jobs/{iris}/per_example.npz", OF_ANY_FILE["random bytes"]),
}
READ_BY = {"pictures' arrays": ("report", "tables", "rebuild"), "examples' values": ()}
"""The verbs that read such a file; of others, all do. Values of examples are read to compare jobs that are not the same."""
DEFAULT = ("tables",)
"""The verbs that are tried by default; the others take longer."""


def damaged(cli: CopiedRun, kind: str) -> str:
    """Damage the file; its path from the folder."""
    pattern, damage = KINDS[kind]
    keys = {dataset: cli.run_of_old.key("gaussian", dataset) for dataset in ("iris", "ring8")}
    name = pattern.format(**keys)
    damage(cli.folder.path / name)
    return name


@pytest.mark.parametrize(
    "verb",
    [verb if verb in DEFAULT else pytest.param(verb, marks=pytest.mark.slow) for verb in READING if verb != "sample"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_reading_leaves_the_damaged_out_and_says_so(cli: CopiedRun, kind: str, verb: str) -> None:
    name, tables = damaged(cli, kind), tables_of(cli.folder)
    done = cli(*READING[verb])
    if verb in READ_BY.get(kind, READING):
        told(done, name)
    assert done.returncode == 0, done.stderr
    assert verb == "rebuild" or tables_of(cli.folder) == tables


@pytest.mark.parametrize("arguments", [(), pytest.param(("--fresh",), marks=pytest.mark.slow)], ids=["same", "fresh"])
@pytest.mark.parametrize(
    "kind", [kind if kind == "result" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_the_same_command_does_a_damaged_job_again(cli: CopiedRun, kind: str, arguments: tuple[str, ...]) -> None:
    name = damaged(cli, kind)
    others = [key for key in cli.run_of_old.folder.read_run()["jobs"] if key not in name]
    times = [(cli.folder.jobs / key).stat().st_ctime_ns for key in others]
    done = as_before(cli, *arguments)
    if kind.startswith("result"):
        told(done, name)
    if not arguments:
        assert [(cli.folder.jobs / key).stat().st_ctime_ns for key in others] == times


@pytest.mark.slow
def test_sampling_from_a_damaged_job(cli: CopiedRun) -> None:
    name = damaged(cli, "result")
    told(cli(*READING["sample"]), name, (2,))
    assert not (cli.cwd / "samples.csv").exists()


@members({"half": OF_ANY_FILE["half"]})
def test_a_damaged_record_stops_what_reads_and_is_written_anew(cli: CopiedRun, damage: Damage) -> None:
    damage(cli.folder.run_file)
    for verb in ("tables", "watch"):
        told(cli(*READING[verb]), "run.json", (2,))
    told(as_before(cli), "run.json")
    assert len(cli.folder.read_run()["jobs"]) == 3


@pytest.mark.parametrize("arguments", [pytest.param((), marks=pytest.mark.slow), ("--fresh",)], ids=["same", "fresh"])
def test_jobs_of_other_commands_outlive_a_damaged_record(cli: CopiedRun, arguments: tuple[str, ...]) -> None:
    jobs = cli.folder.read_run()["jobs"]
    cli.folder.run_file.write_text("torn")
    one = [job for job in cli.run_of_old.plan.jobs if job.model.label == "naive_bayes"]
    done = cli.again_of(one, *arguments)
    assert done.returncode == 0, done.stderr
    assert cli.folder.read_run()["jobs"].keys() == jobs.keys()
    assert tables_of(cli.folder)["likelihood.csv"] == tables_of(cli.run_of_old.folder)["likelihood.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "jobs",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("tables", "seeds", "pictures", "pictures/ring8")),
    ],
)
def test_a_file_where_a_folder_belongs_is_moved_aside(cli: CopiedRun, name: str) -> None:
    in_place_of_a_folder(cli.folder.path / name)
    as_before(cli)
    kept = [path for path in cli.folder.path.rglob("*.foreign*") if path.is_file()]
    assert [path.read_text() for path in kept] == ["foreign"]


def test_folders_where_files_belong_are_moved_aside(cli: CopiedRun) -> None:
    names = [
        "run.json",
        ".lock",
        "report.html",
        "tables/likelihood.csv",
        "tables/likelihood.md",
        "seeds/likelihood.csv",
    ]
    paths = [cli.folder.path / name for name in names]
    for path in paths:
        path.unlink(missing_ok=True)
        path.mkdir()
        (path / "mine").write_text("foreign")
    done = as_before(cli)
    for path in paths:
        told(done, f"{path.relative_to(cli.cwd)} was a folder")
        assert (path.with_name(f"{path.name}.foreign1") / "mine").read_text() == "foreign"
        assert not path.is_dir()


def test_foreign_files_are_left_where_they_are(cli: CopiedRun, job: Path) -> None:
    places = [cli.folder.path, *(cli.folder.path / name for name in ("jobs", "tables", "seeds", "pictures")), job]
    names = [".DS_Store", "Thumbs.db", "notes.md", "notes.txt~", ".notes.csv.swp", "._likelihood.csv", "notes.tmp-1"]
    foreign = [place / name for place in places for name in names]
    for path in foreign:
        path.write_bytes(b"\xff foreign")
    done = cli(*READING["tables"])
    assert (done.returncode, done.stderr) == (0, "")
    as_before(cli)
    assert [path for path in foreign if not path.exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("as_file", [False, True], ids=["folder", "file"])
def test_what_a_killed_run_left_is_in_nobodys_way(cli: CopiedRun, job: Path, as_file: bool) -> None:
    left = [job.with_name(name) for name in (f".tmp-{job.name}", f".old-{job.name}-1", f".checkpoint-{job.name}")]
    for path in [*left, cli.folder.path / ".next"]:
        if as_file:
            path.write_text("foreign")
        else:
            path.mkdir()
            (path / "0.safetensors").write_text("half")
    as_before(cli, "--fresh")
    assert not any(os.path.lexists(path) for path in left)


@pytest.mark.slow
def test_a_job_that_is_a_file_is_done_again(cli: CopiedRun, job: Path) -> None:
    in_place_of_a_folder(job)
    told(cli("tables", "out"), job.name)
    told(as_before(cli), job.name)


# tables alone, and folders that nobody may write to


@members(
    {name: OF_ANY_FILE[name] for name in ("empty", "random bytes")}, {"a status": OF_TABLE["a status that is none"]}
)
def test_a_damaged_table_that_is_kept_alone_is_named(cli: CopiedRun, damage: Damage) -> None:
    shutil.rmtree(cli.folder.jobs)
    damage(cli.folder.tables / "likelihood.csv")
    told(cli("tables", "out"), "likelihood.csv", (2,))


def states(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*")}


def test_tables_reads_and_prints_and_writes_nothing(cli: CopiedRun) -> None:
    before = states(cli.folder.path)
    done = cli("tables", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "naive_bayes" in done.stdout
    assert states(cli.folder.path) == before
    assert cli("tables", "out", "--rebuild").returncode == 0
    after = states(cli.folder.path)
    assert tables_of(cli.folder) == tables_of(cli.run_of_old.folder)
    pictures = [path for path in before if path.suffix == ".png"]
    assert pictures
    assert all(after[path] != before[path] for path in pictures)


def test_tables_writes_again_what_is_not_as_the_jobs_give_it(cli: CopiedRun) -> None:
    (cli.folder.tables / "likelihood.csv").write_text("torn")
    (cli.folder.tables / "cost.md").unlink()
    assert cli("tables", "out").returncode == 0
    assert tables_of(cli.folder) == tables_of(cli.run_of_old.folder)


def test_tables_of_a_folder_that_a_run_writes_to_are_printed_alone(cli: CopiedRun) -> None:
    (cli.folder.tables / "likelihood.csv").write_text("torn")
    with cli.folder.locked():
        done = cli("tables", "out")
    assert done.returncode == 0
    assert "another run is writing to out" in done.stdout
    assert (cli.folder.tables / "likelihood.csv").read_text() == "torn"


@pytest.mark.parametrize("verb", ["tables", "compare", pytest.param("report", marks=pytest.mark.slow)])
def test_a_folder_on_a_disk_that_is_read_only(cli: CopiedRun, verb: str) -> None:
    mount = ["mount", "--bind", "-o", "ro", "out", "out"]
    if subprocess.run(mount, cwd=cli.cwd, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing may be mounted here")
    try:
        done = cli(*READING[verb])
    finally:
        subprocess.run(["umount", "-l", "out"], cwd=cli.cwd, check=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_tables_of_a_run_that_has_finished_no_job_yet(cli: CopiedRun) -> None:
    for folder in (cli.folder.jobs, cli.folder.tables, cli.folder.seeds):
        shutil.rmtree(folder)
    cli.folder.jobs.mkdir()
    done = cli("tables", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "not run yet" in (cli.folder.tables / "failures.md").read_text()


def test_old_results_without_what_is_kept_now_are_read(job: Path) -> None:
    result = json.loads((job / "result.json").read_text())
    for name in ("flaw", "fitted_seeds", "device", "data_fingerprint"):
        result.pop(name, None)
    (job / "result.json").write_text(json.dumps(result))
    assert result_in(job)[1] == ""
