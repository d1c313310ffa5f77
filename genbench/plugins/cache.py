"""Keeps what a plugin answered, until a file of its distribution changes, so that it need not be asked at every command."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter

import genbench
from genbench.data.source import cache_folder
from genbench.plugins.events import Event

SLOW_SECONDS = 5.0
"""A plugin with problems is asked by every command, since what it lacks may be there now; but not one that took longer."""
MOST_FILES = 20_000
"""A plugin of more files is asked by every command, which is quicker than to look at all of them."""
NOT_SOURCES = {"__pycache__", "node_modules", "build", "dist"}

_EVENTS = TypeAdapter(tuple[Event, ...])


class CachedAnswer:
    """The place where the answer of one entry point of a distribution is kept."""

    def __init__(self, distribution: Distribution, name: str, value: str, limit: float) -> None:
        who = [sys.prefix, str(distribution.locate_file("")), distribution.name, name]
        self._path = cache_folder() / "plugins" / f"{_digest(who)}.json"
        self._distribution, self._value, self._limit = distribution, value, limit
        self._key = self._key_now()

    def read(self) -> tuple[Event, ...] | None:
        """Return the events of the last time, or None if they are not known or something has changed since."""
        if self._key is None:
            return None
        try:
            kept = json.loads(self._path.read_bytes())
            return _EVENTS.validate_python(kept["events"]) if kept["key"] == self._key else None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def write(self, events: Sequence[Event], seconds: float) -> None:
        """Keep the events, unless they tell of a problem that another try may not have. A cache that cannot be written is
        none."""
        faulty = any(event.kind == "problem" for event in events)
        if self._key is None or self._key != self._key_now() or (faulty and seconds <= SLOW_SECONDS):
            return
        kept = {"key": self._key, "events": [event.model_dump(exclude_defaults=True) for event in events]}
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._path.parent, prefix=".tmp-", delete=False) as file:
                json.dump(kept, file)
            Path(file.name).replace(self._path)

    def _key_now(self) -> str | None:
        """Digest all that the answer may depend on; None if that cannot be found out, or is too much."""
        try:
            files = [_stamp(path) for path in _at_most(MOST_FILES, _files(self._distribution, self._value))]
            return _digest(
                [
                    genbench.__version__,
                    [_stamp(path) for path in sorted(Path(__file__).parent.glob("*.py"))],
                    platform.python_version(),
                    self._distribution.version,
                    self._value,
                    self._limit,
                    _installed(),
                    sorted(files),
                ]
            )
        except (Exception, SystemExit):
            return None


def _files(distribution: Distribution, value: str) -> Iterator[Path]:
    """Yield the distribution's files, those of the module or package that the entry point names, and, where they are
    installed from a project's folder as they are, those of that folder."""
    for listed in distribution.files or ():
        yield Path(str(distribution.locate_file(listed)))
    spec = find_spec(value.partition(":")[0].strip().partition(".")[0])
    if spec is not None and spec.submodule_search_locations is not None:
        for folder in spec.submodule_search_locations:
            yield from _below(Path(folder))
    elif spec is not None and spec.origin is not None:
        yield Path(spec.origin)
    if project := _project(distribution):
        yield from _below(project)


def _project(distribution: Distribution) -> Path | None:
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(origin["url"]).path))


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, but not those of other environments, of builds, and of hidden folders."""
    for path, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.startswith(".")]
        yield from (Path(path, name) for name in files)


def _at_most(limit: int, paths: Iterable[Path]) -> set[Path]:
    found = set()
    for path in paths:
        found.add(path)
        if len(found) > limit:
            raise ValueError(f"more than {limit} files")
    return found


def _stamp(path: Path) -> list[Any]:
    try:
        status = path.stat()
    except OSError:
        return [str(path)]
    return [str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _installed() -> list[Any]:
    """List what is installed beside the plugin: it may bring other records where a package is there."""
    names = []
    for folder in map(Path, sys.path):
        with suppress(OSError):
            names.append([str(folder), sorted(set(os.listdir(folder)) - NOT_SOURCES)])  # noqa: PTH208
    return names


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
