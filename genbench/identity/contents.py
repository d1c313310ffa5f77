"""Files and folders by what is in them: their names, sizes and times say nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from genbench.labels import from_text


def contents_hash(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files with their names in it; "" if it is not there or cannot be read."""
    try:
        if path.is_file():
            return _file_hash(path)
        if not path.is_dir():
            return ""
        digest = hashlib.sha256()
        for inner in sorted(one for one in path.rglob("*") if one.is_file()):
            digest.update(os.fsencode(inner.relative_to(path)) + b"\0" + _file_hash(inner).encode())
        return digest.hexdigest()
    except (OSError, ValueError):  # too long a name, or a null byte
        return ""


def contents_named(options: Mapping[str, str]) -> dict[str, str]:
    """Hash the files and folders that options name, by the option; one that names none is left out.

    A single word is no path, though a file here may be called so.
    """
    found = {
        name: [digest for path in _paths(text) if (digest := contents_hash(path))] for name, text in options.items()
    }
    return {name: " ".join(digests) for name, digests in found.items() if digests}


def _paths(text: str) -> Iterator[Path]:
    value = from_text(text)
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and not {os.sep, "."}.isdisjoint(one):
            yield Path(one)


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
