"""IDX files, the format of MNIST: magic number, sizes as big-endian 32-bit integers, then the numbers."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.files.contents import read_bytes
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08
TYPES = {UNSIGNED_BYTE: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""What the third byte of the magic number says of the numbers."""


def read_idx(path: Path) -> NDArray[Any]:
    """Return the array of an IDX file, compressed or plain; raises :class:`DataError` if it is damaged."""
    contents = read_bytes(path)
    if len(contents) < 4 or contents[:2] != b"\0\0" or contents[2] not in TYPES or contents[3] == 0:
        start = contents[:4].hex()
        raise DataError(f"{path} starts with {start}, not with the magic number of an IDX file (of bytes: 000008..)")
    header = 4 + 4 * contents[3]
    if len(contents) < header:
        raise DataError(f"{path} is truncated: its header has {len(contents)} of {header} bytes")
    shape, dtype = struct.unpack(f">{contents[3]}I", contents[4:header]), np.dtype(TYPES[contents[2]])
    expected = header + math.prod(shape) * dtype.itemsize
    if len(contents) != expected:
        problem = "truncated" if len(contents) < expected else "longer than its header says"
        raise DataError(f"{path} is {problem}: {len(contents)} bytes, but sizes {shape} need {expected}")
    array = np.frombuffer(contents, dtype=dtype, offset=header).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """An array of unsigned bytes as an IDX file."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
