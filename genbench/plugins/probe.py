"""Asks third-party plugins what they bring, each in a process of its own, all at the same time."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from pydantic import ValidationError

from genbench.plugins.channel import Channel
from genbench.plugins.events import Event, problem
from genbench.plugins.guarded import Guarded, PluginEnded
from genbench.plugins.hooks import MOST_RECORDS, after, events_of
from genbench.plugins.time_limit import VARIABLE
from genbench.text import plain

KEPT_OUTPUT = 4096
"""Bytes of what a plugin printed last that are shown where it ended before it had answered."""


@dataclass(frozen=True)
class Answer:
    """What became known of a plugin, and how long that took."""

    events: tuple[Event, ...]
    seconds: float


def ask(values: Sequence[str], limit: float) -> list[Answer]:
    """Ask the plugins that these entry points name; none may take longer than ``limit`` seconds."""
    with ExitStack() as stack:
        questions = [_Question(value, limit, stack) for value in values]
        with ThreadPoolExecutor(max(1, len(questions))) as threads:
            try:
                return list(threads.map(_Question.answer, questions))
            finally:  # all of them before the first is waited for; after Ctrl-C, so that the threads end
                for question in questions:
                    question.let_go()


def answer(connection: socket.socket) -> None:
    """Send, in a plugin's process, the events of the entry point that is asked for."""
    channel = Channel(connection)
    for event in events_of(channel.receive(), BaseException):
        channel.send(event.model_dump(exclude_defaults=True))
    os._exit(0)  # without waiting for threads that it left


class _Question:
    """One plugin's process, which the stack ends."""

    def __init__(self, value: str, limit: float, stack: ExitStack) -> None:
        self.value, self.limit = value, limit
        self.printed = b""
        self.started = time.monotonic()
        self.guarded: Guarded | None = None
        try:
            self.guarded = stack.enter_context(Guarded("genbench.plugins.probe:answer", self._keep))
        except OSError as error:
            self.fault = f"no process could be started for it: {error.strerror}"

    def let_go(self) -> None:
        if self.guarded is not None:
            self.guarded.let_go()

    def _keep(self, printed: bytes) -> None:
        self.printed = (self.printed + printed)[-KEPT_OUTPUT:]

    def answer(self) -> Answer:
        events: list[Event] = []
        try:
            if self.guarded is None:
                raise PluginEnded(self.fault)
            self.guarded.send(self.value, self.limit)
            while not events or events[-1].kind != "done":
                events.append(Event.model_validate(self.guarded.receive(self.started + self.limit)))
                if len(events) > 4 * MOST_RECORDS:
                    raise PluginEnded("its process sent more than any plugin can bring")
        except TimeoutError:
            fix = f"if it only needs more time, set {VARIABLE} to more seconds"
            events.append(self._cut_short(events, f"it was stopped after {self.limit:g} s; {fix}"))
        except PluginEnded as end:
            events.append(self._cut_short(events, str(end)))
        except ValidationError:
            events.append(self._cut_short(events, "its process sent something that cannot be read"))
        return Answer(tuple(events), time.monotonic() - self.started)

    def _cut_short(self, events: Sequence[Event], how: str) -> Event:
        """Say in which stage the plugin was and how many records it had brought in it."""
        stage, records = f"importing {self.value}", 0
        for event in events:
            if event.kind == "stage":
                stage, records = event.text, 0
            records += event.kind == "record"
        printed = "\n".join(plain(line) for line in self.printed.decode("utf-8", "replace").splitlines())
        return problem(f"{stage} failed{after(records)}: {how}").model_copy(update={"traceback": printed})
