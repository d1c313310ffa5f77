"""Checksums of a data folder's files: its ``SHA256SUMS``, in the format of ``sha256sum``, paths relative to the folder."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from genbench.data.source import DataSource
from genbench.errors import DataError

CHECKSUMS = "SHA256SUMS"
GZIP = b"\x1f\x8b"
LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](\S.*)")
PINNED = {
    "mnist/train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "mnist/train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "mnist/t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "mnist/t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "uci/lenses.csv": "7ca35c99320fda9b4bfe49498bc62143a5a77f2310d9181f92e216a78bf5d375",
}
"""SHA-256 of what is in the file, unpacked, of the files whose contents are known for good."""


def verified_path(source: DataSource, name: str) -> Path:
    """Where the file ``name`` lies; raises :class:`DataError` if it is nowhere or its recorded SHA-256 is another."""
    path = source.path(name)
    expected = recorded_checksum(path, name)
    if expected is not None and sha256(path) != expected:
        raise DataError(
            f"{path} is damaged: its SHA-256 is not the one in {CHECKSUMS}; get the file again, or remove its line there if "
            "it was changed on purpose"
        )
    return path


def recorded_checksum(path: Path, name: str) -> str | None:
    """What the folder's ``SHA256SUMS`` says of the file ``name`` that lies at ``path``; None if it says nothing."""
    return read_checksums(path.parents[len(PurePosixPath(name).parts) - 1]).get(name)


def read_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 by file name, as the folder's ``SHA256SUMS`` has them; empty without such a file."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    try:
        lines = [LINE.fullmatch(line.strip()) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        lines = [None]
    found = [line.groups() for line in lines if line is not None]
    if len(found) < len(lines):
        raise DataError(f"{path} is not of the form '<sha256>  <file>' in every line; mend it, or remove it")
    return {name: checksum.lower() for checksum, name in found}


def check_pinned(name: str, contents: bytes) -> None:
    """Raise :class:`DataError` for the contents of a file that are known for good, and are others."""
    if name in PINNED and hashlib.sha256(unpacked(contents)).hexdigest() != PINNED[name]:
        raise DataError(f"the contents of {name} are not those that are known for good: their SHA-256 is another")


def check_first_use(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raise :class:`DataError` for contents that are not what ``SHA256SUMS`` recorded when they first came to the folder."""
    recorded = read_checksums(folder)
    for name, contents in files.items():
        if name in recorded and not _is_as_recorded(folder / name, contents, recorded[name]):
            raise DataError(
                f"{name} is not what it was when it was first fetched: its SHA-256 is not the one in {folder / CHECKSUMS}; "
                "nothing was replaced; if its publisher changed it on purpose, remove its line there and fetch it again"
            )


def _is_as_recorded(path: Path, contents: bytes, checksum: str) -> bool:
    if hashlib.sha256(contents).hexdigest() == checksum:
        return True
    # libraries compress the same contents to other bytes
    there = path.is_file() and sha256(path) == checksum
    return there and unpacked(path.read_bytes()) == unpacked(contents)


def unpacked(contents: bytes) -> bytes:
    """The contents as they are, or what gzip packed into them."""
    return gzip.decompress(contents) if contents.startswith(GZIP) else contents


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
