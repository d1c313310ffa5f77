"""The hash of a target's code: it changes with every file that can matter, and with no other."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from harness import write_distribution

from genbench.execution.job import WORKER
from genbench.execution.selection import FILE_LOADER
from genbench.identity import code, libraries, units
from genbench.identity.code import closure, code_hash
from genbench.identity.source import read_source
from genbench.identity.units import unit_of

ROOT = Path(__file__).parents[2]
TARGET = "flow_model:Flow"
FLAT = {
    "flow_plugin.py": "import flow_model",
    "flow_model.py": (
        "from flow_helper import x\nimport torch\n"
        "from pathlib import Path\nHERE = Path(__file__).parent\n"
        "weights = HERE / 'weights.npz'\ntable = HERE / 'tables' / 'a.csv'\n"
        "def late():\n    import flow_late\n    import importlib\n    return importlib.import_module('flow_dynamic')\n"
    ),
    "flow_helper.py": "from flow_parts.inner import y\nx = 1",
    "flow_late.py": "z = 1",
    "flow_dynamic.py": "import flow_deeper",
    "flow_deeper.py": "",
    "flow_parts/__init__.py": "",
    "flow_parts/inner.py": "from . import innermost",
    "flow_parts/innermost.py": "",
    "flow_parts/data/points.csv": "1,2",
    "flow_parts/README.md": "words",
    "weights.npz": "00",
    "tables/a.csv": "1",
    "unrelated.py": "",
    "unrelated.csv": "",
    "other_plugin/__init__.py": "",
}
"""A plugin whose modules lie side by side, and what else is in that folder."""
MATTERS = [
    "flow_model.py", "flow_helper.py", "flow_late.py", "flow_dynamic.py", "flow_deeper.py",
    "flow_parts/__init__.py", "flow_parts/inner.py",
    "flow_parts/innermost.py", "flow_parts/data/points.csv", "weights.npz", "tables/a.csv",
]  # fmt: skip
DOES_NOT = ["flow_parts/README.md", "unrelated.py", "unrelated.csv", "other_plugin/__init__.py"]

Hashing = Callable[[], str]


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def forget() -> None:
    """What one process keeps, since no file changes while it looks."""
    for kept in (code._hash, read_source, unit_of, units._is_installed_into):
        kept.cache_clear()
    importlib.invalidate_caches()


def hashed(target: str = TARGET, owner: str = "flow") -> str:
    forget()
    found = code_hash(target, owner)
    assert len(found) == 64
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, as an editable installation, or ``PYTHONPATH``, has it."""
    folder = tmp_path / "project"
    write(folder, FLAT)
    write_distribution(folder, "flow", {}, {"flow": "flow_plugin"})
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture(params=["site-packages", "target"])
def installed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, in which ``flow`` lists its files."""
    site: Path = tmp_path / request.param
    write(site, FLAT)
    write_distribution(site, "flow", {}, {"flow": "flow_plugin"})
    names = [name for name in FLAT if not name.startswith(("unrelated", "other"))]
    record = [*names, "flow-1.0.dist-info/METADATA", "flow_parts/__pycache__/inner.cpython-311.pyc", "../../bin/flow"]
    (site / "flow-1.0.dist-info" / "RECORD").write_text("".join(f"{name},,\n" for name in record))
    monkeypatch.syspath_prepend(site)
    return site


def changed_by_edit(path: Path, target: str = TARGET, owner: str = "flow") -> bool:
    before = hashed(target, owner)
    path.write_text(path.read_text() + "\n# edited\n")
    return hashed(target, owner) != before


@pytest.mark.parametrize("name", MATTERS)
def test_edits_in_a_project_that_matter(folder: Path, name: str) -> None:
    assert changed_by_edit(folder / name)


@pytest.mark.parametrize("name", [*DOES_NOT, "flow_plugin.py"])
def test_edits_in_a_project_that_do_not(folder: Path, name: str) -> None:
    assert not changed_by_edit(folder / name)


@pytest.mark.parametrize("name", [*MATTERS, "flow_plugin.py"])
def test_edits_of_an_installed_distribution_that_matter(installed: Path, name: str) -> None:
    assert changed_by_edit(installed / name)


@pytest.mark.parametrize("name", [*DOES_NOT, "flow-1.0.dist-info/METADATA"])
def test_edits_beside_an_installed_distribution_that_do_not(installed: Path, name: str) -> None:
    assert not changed_by_edit(installed / name)


def test_files_that_come_and_go(folder: Path) -> None:
    before = hashed()
    (folder / "flow_parts" / "data" / "new.csv").write_text("3")
    assert hashed() != before
    (folder / "flow_parts" / "data" / "new.csv").unlink()
    (folder / "flow_parts" / "__pycache__").mkdir()
    (folder / "flow_parts" / "__pycache__" / "inner.cpython-311.pyc").write_text("x")
    (folder / "flow_parts" / ".cache").write_text("x")
    (folder / "flow_parts" / "train.log").write_text("x")
    assert hashed() == before


def test_a_file_that_cannot_be_read_stops_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, read = hashed(), Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "points.csv":
            raise PermissionError(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert hashed() != before


def test_an_endless_line_takes_no_time(folder: Path) -> None:
    (folder / "flow_helper.py").write_text("from " + "a " * 200_000 + "\n" + "from a import (\n" * 300)
    started = time.process_time()
    hashed()
    assert time.process_time() - started < 5


def test_where_a_project_lies_does_not_matter(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashed()
    folder.rename(tmp_path / "moved")
    monkeypatch.syspath_prepend(tmp_path / "moved")
    assert hashed() == before


def test_a_namespace_that_several_distributions_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"company/flows/__init__.py": "", "company/flows/model.py": "", "company/billing/__init__.py": ""})
    monkeypatch.syspath_prepend(tmp_path)
    assert changed_by_edit(tmp_path / "company" / "flows" / "model.py", "company.flows.model:Flow")
    assert not changed_by_edit(tmp_path / "company" / "billing" / "__init__.py", "company.flows.model:Flow")


def test_a_package_is_not_imported_and_one_that_is_not_there_has_no_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"explosive/__init__.py": "raise RuntimeError('must not be imported')", "explosive/model.py": ""})
    monkeypatch.syspath_prepend(tmp_path)
    assert hashed("explosive.model:Model")
    assert "explosive" not in sys.modules
    assert code_hash("no_such_package_at_all:Model") == code_hash("json:Model") == ""


@pytest.mark.parametrize("library", ["torch", "numpy", "scipy", "scikit-learn", "torchmetrics", "pot"])
def test_versions_of_libraries_that_compute(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    before = libraries.numeric_versions()
    of = libraries.version
    monkeypatch.setattr(libraries, "version", lambda name: "99" if name == library else of(name))
    after = libraries.numeric_versions()
    assert {name for name in before if before[name] != after[name]} == {library}


@pytest.mark.parametrize("library", ["pandas", "numpy"])
def test_versions_of_what_a_distribution_requires_or_imports(
    folder: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    metadata = folder / "flow-1.0.dist-info" / "METADATA"
    metadata.write_text(f"{metadata.read_text()}Requires-Dist: Pandas (>=2)\nRequires-Dist: rich; extra == 'x'\n")
    (folder / "flow_helper.py").write_text("import numpy as np")
    before, of = hashed(), libraries.version
    monkeypatch.setattr(libraries, "version", lambda name: "99" if name == library else of(name))
    assert hashed() != before
    monkeypatch.setattr(libraries, "version", lambda name: "99" if name == "rich" else of(name))
    assert hashed() == before


def test_of_genbench_a_worker_runs_neither_the_command_line_nor_the_report() -> None:
    unit = unit_of(WORKER.partition(":")[0])
    assert unit is not None
    rooms = {one.name.partition(".")[2].partition(".")[0] for one in closure(unit)[0]}
    assert {"training", "model", "execution", "evaluation", "data"} <= rooms
    assert not rooms & {"cli", "report", "study", "reproduce", "plugins", "identity"}


EDITED_GENBENCH = """
import sys
from pathlib import Path
from genbench.identity import code
from genbench.identity.source import read_source
root, target, *files = sys.argv[1:]
for name in ["", *files]:
    if name:
        path = Path(root, "genbench", name)
        path.write_text(path.read_text() + "\\n# edited\\n")
    code._hash.cache_clear()
    read_source.cache_clear()
    print(code.code_hash(target))
"""


@pytest.mark.parametrize(
    ("target", "matter", "do_not"),
    [
        (
            WORKER,
            ["model.py", "training/loop.py", "training/steps.py", "evaluation/fitted.py", "draws.py",
             "execution/fitting.py"],
            ["report/page.py", "report/page/style.css", "cli/run.py", "cli/main.py", "results/tables.py", "study/curves.py",
             "reproduce/table.py", "execution/plan.py", "execution/selection.py", "data/hooks.py", "data/uci.py",
             "evaluation/hooks.py", "evaluation/likelihood.py", "plugins.py"],
        ),
        (
            "genbench.evaluation.sample_quality:evaluate",
            ["evaluation/sample_quality.py", "evaluation/frechet.py", "evaluation/prdc.py", "evaluation/intervals.py"],
            ["evaluation/likelihood.py", "report/page.py", "data/uci.py"],
        ),
        (
            FILE_LOADER,
            [f"{FILE_LOADER.partition(':')[0].removeprefix('genbench.').replace('.', '/')}.py", "data/dataset.py"],
            ["data/uci.py", "cli/run.py", "report/page.py", "evaluation/likelihood.py"],
        ),
    ],
    ids=["worker", "evaluation", "data set"],
)  # fmt: skip
def test_edits_of_genbench(tmp_path: Path, target: str, matter: list[str], do_not: list[str]) -> None:
    """In a copy: each file is edited in turn, and the hash is the one before, or another."""
    write(tmp_path, {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "genbench").rglob("*.py")})
    files = [name for name in [*do_not, *matter] if (ROOT / "genbench" / name).is_file()]
    write(tmp_path, {f"genbench/{name}": "" for name in files if not name.endswith(".py")})
    done = subprocess.run(
        [sys.executable, "-c", EDITED_GENBENCH, str(tmp_path), target, *files],
        env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    hashes = done.stdout.split()
    differs = {name: before != after for name, before, after in zip(files, hashes, hashes[1:], strict=False)}
    assert set(matter) <= set(files)
    assert differs == {name: name in matter for name in files}
