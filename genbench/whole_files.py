"""Files that are there whole or not at all, and the removal of anything that is in the way."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write under another name in the same folder, flush it to the disk, then rename it into place.

    A reader sees the old file or the new one, never a part, whenever the process is killed. A link is replaced and not
    followed; a device or a pipe is written to. Raises :class:`OSError`, and then leaves what was there before.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_temporary_name(path.name))
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync(path.parent)


def _temporary_name(name: str) -> str:
    """Return a name that is short, so that a file whose own name is as long as can be has room for it."""
    return f".tmp-{os.getpid()}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"


def sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it, as far as that is allowed; nothing there is fine, too."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
