"""What becomes known of a plugin, step by step, in a form that travels between processes."""

from __future__ import annotations

import traceback
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genbench.text import plain

LONGEST_TRACEBACK = 20_000


class Event(BaseModel):
    """One step: a ``stage`` begins, a ``record`` was yielded, a ``problem`` was found, the plugin ``observes`` jobs, or all
    is ``done``. A stream of events that ends without ``done`` was cut short in its last stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["stage", "record", "problem", "observes", "done"]
    text: str = ""
    """The stage's name, or the problem in one line."""
    traceback: str = ""
    hook: str = ""
    fields: dict[str, Any] = {}
    """The fields of a record that the hook yielded."""


def problem(message: str, error: BaseException | None = None) -> Event:
    """Make the event for a problem, with the traceback of the error behind it."""
    if error is None:
        return Event(kind="problem", text=plain(message))
    return Event(kind="problem", text=plain(f"{message}: {one_line(error)}"), traceback=_traceback(error))


def _traceback(error: BaseException) -> str:
    lines = "".join(traceback.format_exception(error))[-LONGEST_TRACEBACK:]
    return lines.encode(errors="replace").decode()


def one_line(error: BaseException) -> str:
    """Say what an error is, with the first fault of a record that was refused."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{error.title}: {place}: {first['msg']}, given {first.get('input')!r}"
    try:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    except BaseException:  # its __str__ fails as well
        return type(error).__name__
