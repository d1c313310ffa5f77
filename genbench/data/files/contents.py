"""Opens files and unpacks what is compressed, whatever the files are called."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import psutil

from genbench.errors import DataError

PACKINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\3\4": "zip"}
"""The first bytes of compressed files."""
GIB = 2**30

Content = Literal["npy", "npz", "parquet", "idx", "image", ""]
OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV",
    b"\x89HDF": "an HDF5 file; write the arrays with numpy.savez",
    b"SQLite format 3": "an SQLite database; write the table as CSV",
    b"%PDF": "a PDF",
    b"MATLAB": "a MATLAB file; write the arrays with numpy.savez",
    b"\x80\x04": "a pickle, which is never loaded; write the arrays with numpy.savez, or the table as CSV",
    b"\x80\x05": "a pickle, which is never loaded; write the arrays with numpy.savez, or the table as CSV",
    b"ARROW1": "an Arrow file; write it as Parquet",
}
"""The first bytes of files that are told by name but not read."""


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open the contents of a file, unpacked if it is compressed.

    Raises :class:`DataError` if the file is missing, damaged, or packed in a way that is not read, also while it is read.
    """
    kind = ""
    try:
        with path.open("rb") as file:
            kind = _packing(file.read(6))
        with _open(path, kind) as contents:
            yield contents
    except EOFError:
        raise DataError(f"{path} is a truncated {kind} file; get it again") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as error:
        raise DataError(f"{path} is not a sound {kind} file ({error}); get it again") from None
    except OSError as error:
        if kind and error.errno is None:
            raise DataError(f"{path} is not a sound {kind} file ({error}); get it again") from None
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def _packing(start: bytes) -> str:
    return next((name for magic, name in PACKINGS.items() if start.startswith(magic)), "")


@contextmanager
def _open(path: Path, packing: str) -> Iterator[IO[bytes]]:
    if packing == "zip":
        with zipfile.ZipFile(path) as archive, archive.open(_only_member(path, archive)) as member:
            yield member
        return
    if packing == "zstd":
        raise DataError(f"{path} is compressed with zstd, which is not read; unpack it with: zstd -d, or use gzip")
    openers: dict[str, Callable[[Path], Any]] = {"gzip": gzip.GzipFile, "bzip2": bz2.BZ2File, "xz": lzma.LZMAFile}
    with openers[packing](path) if packing else path.open("rb") as file:
        yield file


def _only_member(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the name of the archive's only file, beside what macOS adds."""
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if "[Content_Types].xml" in names:
        raise DataError(f"{path} is an Excel file or another document; save the sheet as CSV")
    if len(names) != 1:
        raise DataError(f"{path} is a ZIP archive of {len(names)} files; unpack it and give one of them")
    return names[0]


def is_npz(path: Path) -> bool:
    """Tell whether a file is a ZIP archive of arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def content_of(path: Path) -> Content:
    """Return what the first bytes of a file's unpacked contents tell, "" if nothing.

    Raises :class:`DataError` for kinds of files that are known but not read, and for an empty file.
    """
    if is_npz(path):
        return "npz"
    with unpacked(path) as file:
        start = file.read(512)
    if not start:
        raise DataError(f"{path} is empty")
    for magic, what in OTHERS.items():
        if start.startswith(magic):
            raise DataError(f"{path} is {what}")
    if start[257:262] == b"ustar":
        raise DataError(f"{path} is a TAR archive; unpack it and give a file or the folder")
    known: dict[bytes, Content] = {
        b"\x93NUMPY": "npy", b"PAR1": "parquet", b"\0\0\x08": "idx", b"\x89PNG": "image", b"\xff\xd8\xff": "image",
        b"GIF8": "image",
    }  # fmt: skip
    return next((kind for magic, kind in known.items() if start.startswith(magic)), "")


def read_bytes(path: Path) -> bytes:
    """Return the file's contents, unpacked if it is compressed; raises :class:`DataError` if that fails or it is empty."""
    with unpacked(path) as file:
        contents = file.read()
    if not contents:
        raise DataError(f"{path} is empty")
    return contents


def check_memory(where: object, needed: int) -> None:
    """Raise :class:`DataError` if so many bytes are more than the process may still take."""
    free = _free_memory()
    if needed > free:
        raise DataError(
            f"{where} needs about {needed / GIB:.1f} GiB of memory, but {free / GIB:.1f} GiB are free; raise "
            "limits.memory_gb in the protocol, or give a smaller file"
        )


def _free_memory() -> int:
    """Return the bytes that the machine has free, or that the process's limit leaves it if that is less."""
    free = int(psutil.virtual_memory().available)
    if hasattr(psutil, "RLIMIT_DATA"):  # on Linux
        process = psutil.Process()
        limit = process.rlimit(psutil.RLIMIT_DATA)[0]
        if limit != psutil.RLIM_INFINITY:
            free = min(free, max(0, limit - process.memory_info().data))
    return free
