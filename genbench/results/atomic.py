"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genbench.errors import RunFolderError

NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT}


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """A full or forbidden disk becomes one line that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise RunFolderError(
                f"the disk is full: {path} could not be written; free some space and give the same command again "
                "(what is finished is kept)"
            ) from None
        if error.errno in NOT_ALLOWED:
            raise RunFolderError(
                f"{path} cannot be written: {error.strerror}; give another folder with --out"
            ) from None
        raise


def write_text(path: Path, text: str) -> None:
    """Write the whole file under another name, flush it to the disk, then rename it into place."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    with disk_errors_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(path.parent)


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def publish_folder(workspace: Path, final: Path) -> None:
    """Rename a finished folder into place, after its files have reached the disk; an older one of the name goes."""
    with disk_errors_named(final):
        for file in workspace.iterdir():
            _sync(file)
        _sync(workspace)
        outdated = final.with_name(f".old-{final.name}-{os.getpid()}")
        if final.exists():
            final.rename(outdated)
        workspace.rename(final)
        _sync(final.parent)
    shutil.rmtree(outdated, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
