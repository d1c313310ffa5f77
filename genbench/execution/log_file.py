"""A log that cannot fill the disk."""

from __future__ import annotations

from pathlib import Path

KEPT_BYTES = 1 << 20
"""Kept of the beginning, and as much of the end."""


class LogFile:
    """Writes output to a file: all of it, or of a long one the beginning and the end with a line between them that says how
    much was left out."""

    def __init__(self, path: Path, kept: int = KEPT_BYTES) -> None:
        self._file = path.open("wb", buffering=0)
        self._room, self._kept, self._left_out = kept, kept, 0
        self._tail = bytearray()

    def write(self, data: bytes) -> None:
        """Add output; a full disk costs the log, not the job."""
        head, rest = data[: self._room], data[self._room :]
        self._room -= len(head)
        self._put(head)
        self._tail += rest
        if len(self._tail) > 2 * self._kept:  # cut now and then, not at each write
            self._cut()

    def close(self) -> None:
        self._cut()
        if self._left_out:
            self._put(f"\n[... {self._left_out} bytes are left out here ...]\n".encode())
        self._put(bytes(self._tail))
        self._file.close()

    def _cut(self) -> None:
        excess = max(0, len(self._tail) - self._kept)
        self._left_out += excess
        del self._tail[:excess]

    def _put(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError:
            return
