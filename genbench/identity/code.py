"""A hash of the code behind a target, and of all that it imports: a model that its author has just changed is another model,
though its version is the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from genbench.identity.libraries import versions_of
from genbench.identity.source import read_source
from genbench.identity.units import HARNESS, Unit, matters, unit_of

OF_INSTALLER = re.compile(r"[^/]*\.(dist-info|egg-info)/|[^/]*\.pth$|__editable__|\.\./")
"""Names of files that describe a distribution, make an editable one found, or lie elsewhere, such as commands."""


def code_hash(target: str, owner: str = HARNESS) -> str:
    """SHA-256 of the code that ``package.module:attribute`` names, found without importing it; "" if it is not found.

    It covers what the target imports, directly or not: whole packages with their data files, and modules with the files that
    they name. ``owner`` is the distribution that brings the target; all that it installed counts. Of other installed
    distributions the version does. Genbench itself, which has a hash of its own in every key, counts only for a target that
    is part of it, and then module by module.
    """
    unit = unit_of(target.partition(":")[0])
    return "" if unit is None else _hash(unit, owner)


def closure(unit: Unit, owned: frozenset[Path] = frozenset()) -> tuple[list[Unit], set[str]]:
    """Follow the imports from a unit on.

    Gives the units that are reached, and the top-level names of the installed packages where it stopped: those of which no
    file is among ``owned``.
    """
    reached: dict[str, Unit] = {}
    installed: set[str] = set()
    pending = [unit]
    while pending:
        one = pending.pop()
        if one.name in reached or (one.of_harness and not unit.of_harness):
            continue
        if one != unit and _is_another_distributions(one, owned):
            installed.add(one.name.partition(".")[0])
            continue
        reached[one.name] = one
        pending.extend(filter(None, map(unit_of, one.imported())))
    return list(reached.values()), installed


def _is_another_distributions(unit: Unit, owned: frozenset[Path]) -> bool:
    return not unit.of_harness and unit.is_installed and owned.isdisjoint((unit.path, unit.path / "__init__.py"))


@cache
def _hash(unit: Unit, owner: str) -> str:
    files = dict(_installed_files(owner))
    units, installed = closure(unit, frozenset(files.values()))
    if owner == HARNESS:
        files = {}  # of what is installed with it, every model needs but a part
    for one in units:
        files.update(one.files())
        files.update(one.named_beside())
    digests = {name: read_source(path).digest for name, path in files.items()}
    libraries = versions_of(owner, installed) if owner != HARNESS else {}
    return hashlib.sha256(json.dumps([digests, libraries], sort_keys=True).encode()).hexdigest()


def _installed_files(owner: str) -> Iterator[tuple[str, Path]]:
    """Yield the files that a distribution lists as its own, by their names in the folder of installed packages."""
    try:
        found: Distribution = distribution(owner)
    except (PackageNotFoundError, ValueError):
        return
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if not OF_INSTALLER.match(file.as_posix()) and matters(path) and path.is_file():
            yield file.as_posix(), path
