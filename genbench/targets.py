"""From a target string (``"package.module:attribute"``) to the code it names."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def resolve(target: str) -> Any:
    """Import what the target names; raises whatever the import raises, or AttributeError."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def docstring(target: str) -> str:
    """That of the function or class that the target names, read from its source without importing it; "" if not found."""
    module, _, attribute = target.partition(":")
    top, *parts = module.split(".")
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        return ""
    source = Path(spec.origin).parent.joinpath(*parts).with_suffix(".py") if parts else Path(spec.origin)
    if not source.is_file():
        return ""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == attribute:
            return ast.get_docstring(node) or ""
    return ""
