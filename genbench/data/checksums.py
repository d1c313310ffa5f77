"""Checksums of a data folder's files: its ``SHA256SUMS``, in the format of ``sha256sum``, paths relative to the folder."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from genbench.data.source import DataSource
from genbench.errors import DataError

CHECKSUMS = "SHA256SUMS"


def verified_path(source: DataSource, name: str) -> Path:
    """Where the file ``name`` lies; raises :class:`DataError` if it is nowhere or its recorded SHA-256 is another."""
    path = source.path(name)
    expected = recorded_checksum(path, name)
    if expected is not None and sha256(path) != expected:
        raise DataError(f"{path} is damaged: its SHA-256 is not the one in {CHECKSUMS}; get the file again")
    return path


def recorded_checksum(path: Path, name: str) -> str | None:
    """What the folder's ``SHA256SUMS`` says of the file ``name`` that lies at ``path``; None if it says nothing."""
    return read_checksums(path.parents[len(PurePosixPath(name).parts) - 1]).get(name)


def read_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 by file name, as the folder's ``SHA256SUMS`` has them; empty without such a file."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    lines = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if any(len(line) != 2 for line in lines):
        raise DataError(f"{path} is not of the form '<sha256>  <file>' in every line")
    return {name.lstrip("*").strip(): checksum for checksum, name in lines}


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
