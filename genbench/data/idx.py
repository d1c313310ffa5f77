"""IDX files, the format of MNIST: magic number, sizes as big-endian 32-bit integers, then bytes."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08


def read_bytes(path: Path) -> bytes:
    """The file's contents, unpacked if it is gzipped; raises :class:`DataError` if it is missing, empty or damaged."""
    try:
        raw = path.read_bytes()
        contents = gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except EOFError:
        raise DataError(f"{path} is a truncated gzip file; get it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a sound gzip file ({error}); get it again") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if not contents:
        raise DataError(f"{path} is empty")
    return contents


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes, gzipped or plain."""
    contents = read_bytes(path)
    if len(contents) < 4 or contents[:2] != b"\0\0" or contents[2] != UNSIGNED_BYTE or contents[3] == 0:
        start = contents[:4].hex()
        raise DataError(f"{path} starts with {start}, not with the magic number of an IDX file of bytes (000008..)")
    header = 4 + 4 * contents[3]
    if len(contents) < header:
        raise DataError(f"{path} is truncated: its header has {len(contents)} of {header} bytes")
    shape = struct.unpack(f">{contents[3]}I", contents[4:header])
    expected = header + int(np.prod(shape, dtype=np.int64))
    if len(contents) != expected:
        problem = "truncated" if len(contents) < expected else "longer than its header says"
        raise DataError(f"{path} is {problem}: {len(contents)} bytes, but sizes {shape} need {expected}")
    return np.frombuffer(contents, dtype=np.uint8, offset=header).reshape(shape)


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """An array of unsigned bytes as an IDX file."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
