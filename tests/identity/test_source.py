"""Imports that are read off a file's text: all that Python's own parser finds, and for type checkers alone none."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from genbench.identity.source import read_source

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("genbench", "plugins") for path in (ROOT / folder).rglob("*.py"))


def parsed(source: str) -> set[tuple[str, str]]:
    """What Python's parser says, without what only type checkers see."""
    found: set[tuple[str, str]] = set()
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found.update((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(("." * node.level + (node.module or ""), alias.name) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
        else:
            pending.extend(ast.iter_child_nodes(node))
    return found


def test_every_import_of_this_repository_is_found() -> None:
    assert len(FILES) > 200
    for path in FILES:
        missed = parsed(path.read_text(encoding="utf-8")) - read_source(path).imports
        assert not missed, path


@pytest.mark.parametrize(
    "source",
    [
        "import a",
        "import a.b as c, d",
        "from a import b",
        "from a import b as c, d  # and more",
        "from a import (b,\n    c as d,  # why (not)\n    e,\n)",
        "from . import a",
        "from .a import b",
        "from .. import a",
        "from...a.b import c",
        "from a import *",
        "if x: import a",
        "x = 1; import a; from b import c",
        "def f():\n    from a import b\n    import c",
        "try:\n    import a\nexcept ImportError:\n    import b",
        "from a import \\\n    b, \\\n    c",
        "import a, \\\n    b",
        "from a import(b)",
        "if x:\n\timport a",
        "from a import b\r\nimport c\r\n",
        "if TYPE_CHECKING:\n    from a import b\nelse:\n    from c import d",
        "class A:\n    if typing.TYPE_CHECKING:\n        import a\n\n        import b\n    import c",
    ],
)
def test_every_way_to_write_an_import(tmp_path: Path, source: str) -> None:
    path = tmp_path / "m.py"
    path.write_bytes(source.encode())
    expected = parsed(source)
    assert expected
    assert read_source(path).imports == expected


@pytest.mark.parametrize(
    ("source", "package", "expected"),
    [
        ("from . import a", "p.q", {"p.q", "p.q.a"}),
        ("from .a import b", "p.q", {"p.q.a", "p.q.a.b"}),
        ("from .. import a", "p.q", {"p", "p.a"}),
        ("from ..a import b", "p.q", {"p.a", "p.a.b"}),
        ("import a.b", "p.q", {"a.b"}),
        ("from a import b", "p.q", {"a", "a.b"}),
    ],
)
def test_names_are_made_whole(tmp_path: Path, source: str, package: str, expected: set[str]) -> None:
    path = tmp_path / "m.py"
    path.write_text(source)
    assert set(read_source(path).imported(package)) == expected
