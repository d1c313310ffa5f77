"""What the main process asks of a worker, and what comes back; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genbench import errors
from genbench.errors import GenbenchError
from genbench.execution.child import Death, Failed, Message
from genbench.execution.job import DatasetRef


@dataclass(frozen=True)
class Task:
    """A function to call in a child process of its own.

    target     ``"package.module:function"``. It returns one message (a pydantic model or a dict of JSON values) or yields
               several.
    arguments  its arguments; the data set, loaded, comes before them if there is one.
    dataset    the data set that it works on.
    seconds    how long it may take; loading the data set may take as long again.
    memory     bytes of the host's memory that it may take, and loading the data set as many.
    device     where it computes: on ``"cuda"`` the driver reserves more memory than it uses.
    log        the file that its output goes to; without one it is thrown away.
    """

    target: str
    arguments: tuple[Any, ...] = ()
    dataset: DatasetRef | None = None
    seconds: float = 600.0
    memory: int | None = None
    device: str = "cpu"
    log: Path | None = None


class TaskDied(Exception):
    """The process that ran a task ended before the task did."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.reason)
        self.death = death


@dataclass
class Outcome:
    """What a task sent, and how it died or what it raised if it did not end well."""

    messages: list[Message] = field(default_factory=list)
    end: Death | Failed | None = None

    def raise_problem(self) -> None:
        """Raise :class:`TaskDied` for a task that died; raise again the error that a task raised."""
        if isinstance(self.end, Death):
            raise TaskDied(self.end)
        if self.end is not None:
            if not self.end.error:
                raise RuntimeError(self.end.reason)
            kind = getattr(errors, self.end.error)
            takes_text = kind.__init__ is Exception.__init__  # one that is made of other arguments becomes its base
            raise (kind if takes_text else GenbenchError)(self.end.reason)

    def message(self) -> Message:
        """Return the one message of a task; raise as :meth:`raise_problem` does."""
        self.raise_problem()
        (message,) = self.messages
        return message
