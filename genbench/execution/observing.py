"""Tells the plugins that observe jobs of each that ended: each plugin in a process of its own, beside the run."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from genbench.plugins.channel import Channel
from genbench.plugins.events import one_line
from genbench.plugins.guarded import GOODBYE_SECONDS, Guarded, PluginEnded
from genbench.plugins.hooks import GROUP, OBSERVES, implementations
from genbench.plugins.registry import Plugin
from genbench.text import plain

LONGEST_LOG = 2**20
"""Bytes of what an observer prints that are kept."""


@contextmanager
def observed_by(plugins: Sequence[Plugin], logs: Path, seconds: float) -> Iterator[Observers]:
    """Have the plugins told of jobs within the block, each for at most ``seconds`` a job.

    When the block ends they have as long again for what they were not yet told; when it ends by an error, none. What they
    print goes to files in the folder ``logs``.
    """
    observers = Observers([_Observer(plugin, logs / f"{plugin.name}.log", seconds) for plugin in plugins])
    try:
        yield observers
        observers.finish(time.monotonic() + seconds)
    finally:
        observers.stop()


@dataclass(frozen=True)
class Observers:
    """The observing plugins of a run."""

    each: Sequence[_Observer]

    def tell(self, job: dict[str, Any], result: dict[str, Any]) -> None:
        """Hand a job and its result to every plugin, without waiting for any."""
        for observer in self.each:
            observer.tell({"job": job, "result": result})

    def new_warnings(self) -> list[str]:
        """Return what went wrong since the last call: in a whole run one line for a plugin at most."""
        return [warning for observer in self.each for warning in observer.new_warnings()]

    def finish(self, deadline: float) -> None:
        """Wait until all plugins know of all jobs, or until the deadline of the monotonic clock."""
        for observer in self.each:
            observer.no_more()
        for observer in self.each:
            observer.finish(deadline)

    def stop(self) -> None:
        """End the processes of all plugins."""
        for observer in self.each:
            observer.let_go()
        for observer in self.each:
            observer.join(2 * GOODBYE_SECONDS)

    def have_printed(self) -> bool:
        """Return whether there is anything in the logs."""
        return any(observer.printed for observer in self.each)


@dataclass
class _Observer:
    """One plugin. A thread takes one job after another from a queue, sends it to the plugin's process and waits for the
    answer, so that neither the run nor another plugin has to."""

    plugin: Plugin
    log: Path
    seconds: float
    printed: int = 0
    """Bytes in the log."""
    _jobs: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)
    _warnings: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    _warned: bool = False
    _given_up: bool = False
    _guarded: Guarded | None = None
    _thread: threading.Thread | None = None

    def tell(self, call: dict[str, Any]) -> None:
        if self._guarded is None and not self._given_up:
            self._start()
        if not self._given_up:
            self._jobs.put(call)

    def _start(self) -> None:
        try:
            self._guarded = Guarded("genbench.execution.observing:observe", self._keep)
        except OSError as error:
            self._give_up(f"no process could be started for it: {error.strerror}")
            return
        self._thread = threading.Thread(target=self._work, args=(self._guarded,), daemon=True)
        self._thread.start()

    def _work(self, guarded: Guarded) -> None:
        with guarded:
            try:
                guarded.send(self.plugin.module, self.seconds)
                while (call := self._jobs.get()) is not None:
                    guarded.send(call, self.seconds)
                    if error := guarded.receive(time.monotonic() + self.seconds):
                        self._warn(str(error))
                guarded.no_more()
                with suppress(PluginEnded):  # as it should now
                    guarded.receive(time.monotonic() + self.seconds)
            except TimeoutError:
                self._give_up(f"it was stopped after {self.seconds:g} s")
            except PluginEnded as end:
                self._give_up(str(end))

    def _give_up(self, reason: str) -> None:
        self._given_up = True
        self._warn(f"{reason}; it is told of no further job of this run")

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            self._warnings.put(plain(f"plugin {self.plugin.name}: {OBSERVES}: {reason}"))

    def new_warnings(self) -> Iterator[str]:
        with suppress(queue.Empty):
            while True:
                yield self._warnings.get_nowait()

    def no_more(self) -> None:
        self._jobs.put(None)

    def finish(self, deadline: float) -> None:
        self.join(max(0.0, deadline - time.monotonic()) + 1)  # a call that began last may take as long, and ends first
        if self._thread is not None and self._thread.is_alive():
            waiting = self._jobs.qsize()
            self._give_up(f"it was stopped {self.seconds:g} s after the last job, {waiting} jobs before its end")

    def let_go(self) -> None:
        self.no_more()
        if self._guarded is not None:
            self._guarded.let_go()

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _keep(self, printed: bytes) -> None:
        kept = printed[: LONGEST_LOG - self.printed]
        with suppress(OSError):  # a full disk costs the log, not the run
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab" if self.printed else "wb") as log:
                log.write(kept)
        self.printed += len(kept)


def observe(connection: socket.socket) -> None:
    """Call, in a plugin's process, its hook with each job that is sent, and answer with the error that it raised."""
    channel = Channel(connection)
    value = channel.receive()
    try:
        hooks, _ = implementations(EntryPoint("", value, GROUP).load())
        hook = hooks[OBSERVES]
    except BaseException as error:
        channel.send(plain(f"importing {value} failed: {one_line(error)}"))
        os._exit(0)
    while (call := channel.receive()) is not None:
        try:
            hook(job=call["job"], result=call["result"])
        except BaseException as error:
            channel.send(plain(one_line(error)))
        else:
            channel.send("")
