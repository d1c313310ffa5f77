"""Where the code of a module lies, found without importing it.

A unit is what is taken as a whole: a package with all of its files, also its data, or a module that is one file. Of genbench
itself every module is a unit, since most of it has no part in any one job.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from genbench.identity.source import read_source

HARNESS = "genbench"
INSTALLED = {"site-packages", "dist-packages"}
MODULE = re.compile(r"[A-Za-z_][\w.]*")
BYPRODUCTS = {".pyc", ".pyo", ".log", ".lock", ".tmp"}
"""Endings of files that code leaves beside itself."""


@dataclass(frozen=True)
class Unit:
    """A module or package by its full name; ``path`` is the file, or the package's folder."""

    name: str
    path: Path

    @property
    def is_installed(self) -> bool:
        """Whether it was installed, rather than being worked on where it lies."""
        return not INSTALLED.isdisjoint(self.path.parts) or _is_installed_into(self.path.parents[self.name.count(".")])

    @property
    def of_harness(self) -> bool:
        return self.name.partition(".")[0] == HARNESS

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield every file that may matter, with a name that does not depend on where the unit lies."""
        if self.path.is_file():
            yield f"{self.name}{self.path.suffix}", self.path
            return
        for path in sorted(self.path.rglob("*")):
            inside = path.relative_to(self.path)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path.is_file() and not hidden and matters(path):
                yield f"{self.name}/{inside.as_posix()}", path

    def imported(self) -> Iterator[str]:
        """Yield the full names of the modules that its files import, and of those beside it that its texts name."""
        for _, path in self.files():
            yield from read_source(path).imported(self._package_of(path))
        if self.of_harness:  # a module is imported after the packages that it is in
            parts = self.name.split(".")
            yield from (".".join(parts[:depth]) for depth in range(1, len(parts)))
        for text in self._texts():  # as for import_module
            top = self.path.parent / text.partition(".")[0]
            if MODULE.fullmatch(text) and (_is_file(top.with_suffix(".py")) or _is_folder(top)):
                yield text

    def named_beside(self) -> Iterator[tuple[str, Path]]:
        """Yield the files beside a module, or in a folder beside it, that it names in its texts."""
        folder, texts = self.path.parent, self._texts()
        folders = [folder, *(folder / text for text in texts if text.strip("./") and _is_folder(folder / text))]
        for path in (home / text for text in texts for home in folders):
            if path != self.path and _is_file(path) and matters(path):
                yield path.relative_to(folder).as_posix(), path

    def _texts(self) -> list[str]:
        """Give the texts of a module that may name a file beside it; of a package none, since all of it is taken."""
        if self.of_harness or not self.path.is_file():
            return []
        return [text for text in sorted(read_source(self.path).texts) if not Path(text).is_absolute()]

    def _package_of(self, path: Path) -> str:
        if self.path.is_file():
            return self.name if path.name == "__init__.py" else self.name.rpartition(".")[0]
        return ".".join([self.name, *path.parent.relative_to(self.path).parts])


def matters(path: Path) -> bool:
    """Tell byproducts and a README from what code may read."""
    return path.suffix not in BYPRODUCTS and not path.name.upper().startswith("README")


@cache
def unit_of(module: str) -> Unit | None:
    """Find the unit that holds a module, or what an import takes from one; None for the standard library's, and for what is
    not there."""
    top, *parts = module.split(".")
    if not top or top in sys.stdlib_module_names:
        return None
    try:
        spec = find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations is None:
        return Unit(top, Path(spec.origin)) if spec.origin and Path(spec.origin).is_file() else None
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    if top == HARNESS:
        return _module_within(top, folders[0], parts)
    if spec.origin is not None:
        return Unit(top, Path(spec.origin).parent)
    return next(filter(None, (_within_namespace(top, folder, parts) for folder in folders)), None)


def _module_within(name: str, folder: Path, parts: list[str]) -> Unit:
    """Follow the parts down as far as they name modules; the rest is what a module defines."""
    if parts and (folder / parts[0] / "__init__.py").is_file():
        return _module_within(f"{name}.{parts[0]}", folder / parts[0], parts[1:])
    if parts and (folder / f"{parts[0]}.py").is_file():
        return Unit(f"{name}.{parts[0]}", folder / f"{parts[0]}.py")
    return Unit(name, folder / "__init__.py")


def _within_namespace(name: str, folder: Path, parts: list[str]) -> Unit | None:
    """Follow the parts down to the first package or module; a folder without ``__init__.py`` may be shared by many."""
    if not parts:
        return None
    inner = f"{name}.{parts[0]}"
    if (folder / parts[0] / "__init__.py").is_file():
        return Unit(inner, folder / parts[0])
    if (folder / f"{parts[0]}.py").is_file():
        return Unit(inner, folder / f"{parts[0]}.py")
    return _within_namespace(inner, folder / parts[0], parts[1:]) if (folder / parts[0]).is_dir() else None


@cache
def _is_installed_into(folder: Path) -> bool:
    """Whether pip put anything into the folder, as with ``pip install --target``."""
    return any(folder.glob("*.dist-info/RECORD"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long a name, or a null byte
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
