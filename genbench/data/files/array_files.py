"""Reads the arrays of NPZ, NPY and IDX files. Python objects are never loaded."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from genbench.data.files.arrays import standard_names
from genbench.data.files.contents import check_memory, unpacked
from genbench.data.files.kinds import label_file, printable
from genbench.data.idx import read_idx
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COPIES = 3
"""Counts the copies of an array that are held at once while it becomes a data set, beside the file's own."""


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays by name, once their names and sizes have been found to be of use."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.removesuffix(".npy"): member for member in archive.namelist()}
            standard_names(str(path), members)
            check_memory(path, sum(_size(path, archive, member) for member in members.values()))
            return {name: _member(path, archive, member) for name, member in members.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise DataError(
            f"{path} is not a sound NPZ file ({error}); get it again, or write it with numpy.savez"
        ) from None


def read_npy(path: Path) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Return the array x of the file and y of the file beside it that holds labels by its name; and a note of that file."""
    return _with_labels(path, _npy)


def read_idx_files(path: Path) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Return the array x of the file and y of the file beside it that holds labels by its name; and a note of that file."""
    return _with_labels(path, read_idx)


def _with_labels(path: Path, read: Any) -> tuple[dict[str, NDArray[Any]], list[str]]:
    arrays, beside = {"x": read(path)}, label_file(path)
    if beside is None:
        return arrays, []
    return arrays | {"y": read(beside)}, [f"labels from the file {printable(beside.name)} beside it"]


def _npy(path: Path) -> NDArray[Any]:
    with unpacked(path) as file:
        shape, dtype = _header(path, file)
    check_memory(path, (1 + COPIES) * math.prod(shape) * dtype.itemsize)
    with unpacked(path) as file:
        return _array(f"{path}", file)


def _size(path: Path, archive: zipfile.ZipFile, member: str) -> int:
    """Return the bytes that an array will take with what is made of it, told from its header."""
    with archive.open(member) as file:
        shape, dtype = _header(path, file)
    return (1 + COPIES) * math.prod(shape) * dtype.itemsize


def _header(path: Path, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
        return shape, dtype
    except ValueError:
        raise DataError(f"{path} holds a damaged array; get the file again, or write it with numpy.savez") from None


def _member(path: Path, archive: zipfile.ZipFile, member: str) -> NDArray[Any]:
    with archive.open(member) as file:
        return _array(f"{path}: the array {member.removesuffix('.npy')!r}", file)


def _array(where: str, file: IO[bytes]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    except ValueError as error:
        if str(error).startswith("Object arrays"):
            raise DataError(
                f"{where} holds Python objects, which are not loaded; make it numbers with .astype(float), or labels "
                "text with .astype(str), and write it again"
            ) from None
        raise DataError(f"{where} is damaged; get the file again, or write it with numpy.savez") from None
    return array.astype(array.dtype.newbyteorder("="), copy=False)
