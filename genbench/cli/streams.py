"""Standard input, output and errors, whatever was made of them: closed, full, a pipe that nobody reads, no UTF-8."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import typer

BROKEN_PIPE = 141
"""Is the exit status by which a shell tells of SIGPIPE."""
CANNOT_WRITE = 2


def prepare() -> None:
    """Give closed streams a place to go, and characters that a stream has no bytes for a spelling."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which else the next file would get
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """Write a line to standard error, if anybody is there to read it."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        typer.echo(line, err=True)


def finish(code: int) -> int:
    """Write out what is left; return the exit code, which tells of lost output if of nothing else."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        of_output = lost(error)
        return code or of_output
    return code


def lost(error: Exception) -> int:
    """Tell that the output could not be written; say nothing of a pipe that nobody reads any more, as before ``| head``.

    What is left of it goes nowhere, or the interpreter would try once more at its end, and print a traceback.
    """
    for stream in (sys.stdout, sys.stderr) if isinstance(error, BrokenPipeError) else (sys.stdout,):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    say(f"genbench: the output could not be written: {getattr(error, 'strerror', None) or error}")
    return CANNOT_WRITE
