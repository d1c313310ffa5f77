"""The arrows of the architecture: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from harness import GENBENCH, CommandLine

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "genbench"
GROUND = {
    "errors", "text", "variance", "measurement", "curve_statistics", "seeding", "records", "targets", "signature", "draws",
    "capabilities", "labels", "type_names", "whole_files",
}  # fmt: skip
DATA = GROUND | {"data", "protocol", "hookspecs"}
MODEL = DATA | {"model"}
MAY_IMPORT = {
    "errors": set(),
    "text": set(),
    "variance": set(),
    "labels": {"errors"},
    "type_names": {"labels"},
    "identity": {"labels"},
    "measurement": {"errors", "text"},
    "curve_statistics": set(),
    "seeding": set(),
    "capabilities": set(),
    "records": {"text", "errors", "capabilities"},
    "targets": set(),
    "draws": set(),
    "whole_files": set(),
    "hookspecs": {"records"},
    "signature": {"errors", "labels", "text", "type_names"},
    "protocol": {"errors", "text"},
    "plugins": {"errors", "records", "hookspecs", "text", "targets", "data"},
    "data": GROUND | {"hookspecs"},
    "model": DATA,
    "training": MODEL,
    "evaluation": MODEL,
    "results": {
        "errors",
        "labels",
        "measurement",
        "protocol",
        "records",
        "text",
        "variance",
        "curve_statistics",
        "whole_files",
    },
    "report": {"errors", "measurement", "results", "text"},
    "study": MODEL | {"evaluation", "execution", "report", "results", "plugins"},
    "reproduce": MODEL | {"evaluation", "execution", "results", "plugins"},
    "execution": MODEL | {"identity", "evaluation", "training", "results", "plugins"},
}
"""What each room of genbench may import of the others; cli may import all of them."""
HEAVY = ("torch", "pandas", "sklearn")

FILES = sorted(path for folder in (PACKAGE, ROOT / "plugins") for path in folder.rglob("*.py"))
OURS = [path for path in FILES if path.is_relative_to(PACKAGE)]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, at_module_level: bool = False) -> set[str]:
    """Names of the modules that the file imports (``from a import b`` as ``a.b`` and ``a``), those for types apart."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
        elif not (at_module_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            pending.extend(ast.iter_child_nodes(node))
    return found


def rooms_imported(path: Path) -> set[str]:
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("genbench.")}
    return rooms & {room_of(other) for other in OURS} - {room_of(path)}


def test_the_test_sees_imports() -> None:
    assert "execution" in rooms_imported(PACKAGE / "cli" / "run.py")
    assert "pandas" in imports(PACKAGE / "results" / "tables.py", at_module_level=True)
    assert "genbench.plugins" not in imports(PACKAGE / "cli" / "run.py", at_module_level=True)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_downwards(path: Path) -> None:
    room = room_of(path)
    if room in ("cli", "__init__"):
        return
    assert room in MAY_IMPORT, f"a new room, {room}: say in this test what it may import"
    assert rooms_imported(path) <= MAY_IMPORT[room]


def test_no_circles() -> None:
    graph: dict[str, set[str]] = {}
    for path in OURS:
        graph.setdefault(room_of(path), set()).update(rooms_imported(path))
    graph.pop("__init__")
    TopologicalSorter(graph).prepare()


def test_nothing_in_genbench_imports_a_plugin() -> None:
    plugins = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    assert {"genbench_baselines", "genbench_classical"} <= plugins
    for path in OURS:
        assert not {name.split(".")[0] for name in imports(path)} & plugins, path


@pytest.mark.parametrize(
    "path", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_plugins_import_what_any_third_party_may(path: Path) -> None:
    for name in imports(path):
        if name.startswith("genbench.") and not name.startswith("genbench.training"):
            assert name.count(".") == 1, f"{path} imports {name}"
            assert name.removeprefix("genbench.") in _public_names(), f"{path} imports {name}"


def _public_names() -> set[str]:
    import genbench

    return set(genbench.__all__)


def test_public_names_are_there() -> None:
    import genbench

    for name in genbench.__all__:
        assert getattr(getattr(genbench, name), "__name__", name) == name


def test_execution_knows_the_run_folder_alone() -> None:
    for path in (PACKAGE / "execution").glob("*.py"):
        used = {name for name in imports(path) if name.startswith("genbench.results.")}
        assert {".".join(name.split(".")[:3]) for name in used} <= {
            "genbench.results.folder",
            "genbench.results.atomic",
            "genbench.results.reading",
        }


@pytest.mark.parametrize("room", ["results", "report"])
def test_readers_of_run_folders_need_no_torch(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        assert not {"torch", "sklearn"} & {name.split(".")[0] for name in imports(path)}, path


@pytest.mark.parametrize(
    "path",
    [
        *(PACKAGE / name for name in ("hookspecs.py", "records.py", "data/hooks.py", "evaluation/hooks.py")),
        *(PACKAGE / "plugins").glob("*.py"),
    ],
    ids=lambda path: path.name,
)
def test_what_lists_imports_nothing_heavy(path: Path) -> None:
    assert not {*HEAVY, "numpy", "scipy"} & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def modules_after(cli: CommandLine, *arguments: str) -> set[str]:
    """Top-level modules that a command has imported by its end."""
    script = (
        "import atexit, sys, runpy; sys.argv = sys.argv[1:];"
        "atexit.register(lambda: print('MODULES', *{name.split('.')[0] for name in sys.modules}, file=sys.stderr));"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, GENBENCH, *arguments],
        cwd=cli.cwd, env=cli.environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set([line for line in done.stderr.splitlines() if line.startswith("MODULES")][-1].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",), ("run", "--help"), ("--version",), ("plugins",), ("list", "models"), ("list", "datasets"),
        ("list", "evaluations"), ("list", "protocols"), ("data", "list"), ("info", "likelihood"), ("info", "quick"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_light_commands_stay_light(genbench: CommandLine, arguments: tuple[str, ...]) -> None:
    modules = modules_after(genbench, *arguments)
    assert "typer" in modules
    assert not modules & {*HEAVY, "scipy", "numpy"}


def test_the_parent_of_a_run_never_imports_torch(genbench: CommandLine) -> None:
    arguments = ("run", "-m", "gaussian", "-d", "iris", "--dry-run", "--protocol", "tiny.toml")
    modules = modules_after(genbench, *arguments)
    assert "psutil" in modules
    assert not modules & {"torch", "sklearn"}
