"""Files and folders of results that are there whole or not at all; what the disk refuses is one line."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genbench.errors import RunFolderError
from genbench.whole_files import remove, sync, write_whole

NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Turn whatever the disk refuses in the block, which writes ``path``, into one line that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise RunFolderError(
                f"the disk is full: {path} could not be written; free some space and give the same command again "
                "(what is finished is kept)"
            ) from None
        raise cannot_be_written(path, error.strerror or str(error)) from None


def cannot_be_written(path: Path, why: str) -> RunFolderError:
    return RunFolderError(f"{path} cannot be written: {why}; give another place with --out (-o)")


def write_bytes(path: Path, content: bytes) -> None:
    """Write the whole file, or leave what was there before and raise :class:`RunFolderError`."""
    with disk_errors_named(path):
        write_whole(path, content)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def holds(path: Path, text: str) -> bool:
    """Whether the file is there and has this very text."""
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False


def checked_output(path: Path) -> Path:
    """Return where a file that a user names is to be written: the path, or what it links to; leaves nothing behind.

    Raises :class:`RunFolderError` if no such file can be written.
    """
    with disk_errors_named(path):
        if path.is_symlink() and not path.exists():
            raise cannot_be_written(path, "it is a link to nothing")
        if path.is_dir():
            raise cannot_be_written(path, "it is a folder, where a file is to be")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        target = path.resolve() if path.is_symlink() else path
        if target.is_file() or not target.exists():  # and no device or pipe
            _check_place(target)
    return target


def check_output_folder(path: Path) -> None:
    """Raise :class:`RunFolderError` if no files can be written into a folder of this name; leaves nothing behind."""
    with disk_errors_named(path):
        if path.is_symlink() and not path.exists():
            raise cannot_be_written(path, "it is a link to nothing")
        _check_place(path / "run.json")


def _check_place(path: Path) -> None:
    """Raise :class:`OSError` if the nearest folder that exists takes no file, or the disk no such name."""
    parent = path.parent
    while not os.path.lexists(parent):
        parent = parent.parent
    longest = os.pathconf(parent, "PC_NAME_MAX")
    if any(len(os.fsencode(part)) > longest for part in path.parts):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    probe = parent / f".tmp-{os.getpid()}-probe"
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_WRONLY))
    finally:
        remove(probe)


def publish_folder(workspace: Path, final: Path) -> None:
    """Rename a finished folder into place, after its files have reached the disk; whatever had the name goes."""
    outdated = final.with_name(f".old-{final.name}-{os.getpid()}")
    with disk_errors_named(final):
        for file in workspace.iterdir():
            if file.is_file() or file.is_dir():  # a pipe would be waited for, a link may lead nowhere
                sync(file)
        sync(workspace)
        if os.path.lexists(final):
            final.rename(outdated)
        workspace.rename(final)
        sync(final.parent)
    remove(outdated)
