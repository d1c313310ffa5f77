"""Runs a function in a forked child process: hears what it reports, says how it ended, and leaves nothing of it behind.

The child starts as a copy of this process, so that whatever it changes (arrays, modules, settings, limits, the working
directory) is gone when it ends. It must not have used CUDA, which does not survive a fork.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import stat
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import psutil

from genbench.errors import GenbenchError
from genbench.execution.lifeline import die_with_direct_parent
from genbench.measurement import Status

Message = dict[str, Any]
READ = 1 << 16
_exit = os._exit
"""Bound here, since a plugin may patch it, and a child must never return."""
POLL_SECONDS = 0.02
"""How often the child's end is asked for where the system cannot tell it (no ``pidfd``)."""
REAP_SECONDS = 5.0
_CHANNELS: list[int] = []
"""The line on which this process reports, if it is a child: not for its own children."""
UNREADABLE = "what its process reported cannot be read"


@dataclass(frozen=True)
class Death:
    """How a child ended that did not come to its end."""

    status: Status
    reason: str


@dataclass(frozen=True)
class MoreTime:
    """Sent in place of a message: the child may take so many seconds more."""

    seconds: float


@dataclass(frozen=True)
class Failed:
    """What a child raised: the name of the class if it is one of :mod:`genbench.errors`, else "", and the reason."""

    error: str
    reason: str


def failed_of(error: BaseException) -> Failed:
    """Return what an exception says, in one line."""
    name, text = type(error).__name__, " ".join(str(error).split())
    if isinstance(error, GenbenchError):
        return Failed(name, text)
    return Failed("", f"{name}: {text}" if text else name)


class Channel:
    """Reports from a child to the process that forked it. What the child forks in its turn reports nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._owner = descriptor, os.getpid()
        _CHANNELS[:] = [descriptor]

    def send(self, message: Message | MoreTime) -> None:
        """Report a message of JSON values, or ask for more time."""
        if isinstance(message, MoreTime):
            self._write("more_time", message.seconds)
        else:
            self._write("message", message)

    def fail(self, failed: Failed) -> None:
        """Report what the child raised, its last word."""
        self._write("error", [failed.error, failed.reason])

    def finish(self) -> None:
        """Report that all is said."""
        self._write("done", None)

    def run_out_of_memory(self) -> None:
        """Report what the child is about to die of."""
        self._write("out_of_memory", None)

    def close_other_lines(self) -> None:
        """Close every pipe and socket that this process inherited, so that whoever writes where it should not disturbs
        neither the worker nor the main process."""
        for descriptor in range(3, max(int(path.name) for path in Path("/dev/fd").iterdir()) + 1):
            with suppress(OSError):
                mode = os.fstat(descriptor).st_mode
                if descriptor != self._descriptor and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
                    os.close(descriptor)
        tracker: Any = vars(resource_tracker).get("_resource_tracker")
        if tracker is not None:
            tracker._fd = tracker._pid = None  # a model that needs the helper of multiprocessing starts its own

    def _write(self, kind: str, content: Any) -> None:
        if os.getpid() == self._owner:
            line = memoryview(json.dumps([kind, content]).encode() + b"\n")
            while line:
                line = line[os.write(self._descriptor, line) :]


def run_child(
    body: Callable[[Channel], None],
    seconds: float,
    on_message: Callable[[Message], None],
    on_output: Callable[[bytes], object] | None = None,
) -> Death | Failed | None:
    """Run ``body`` in a child for at most ``seconds``; return None if it ended well, else how it died or what it raised.

    Each message that it sends is given to ``on_message``. What the child and its descendants print goes to ``on_output``, or
    where it went before. When the child has ended, its descendants are killed.
    """
    replies, reply_end = os.pipe()
    output, output_end = os.pipe() if on_output else (None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads, which here only wait
        pid = os.fork()
    if pid == 0:
        for descriptor in (replies, output, *_CHANNELS):
            if descriptor is not None:
                os.close(descriptor)
        _be_child(body, reply_end, output_end)
    for descriptor in (reply_end, output_end):
        if descriptor is not None:
            os.close(descriptor)
    watch = _Watch(pid, replies, output, on_message, on_output)
    try:
        return watch.until_ended(seconds)
    finally:
        _kill(pid)
        watch.close()


def _be_child(body: Callable[[Channel], None], replies: int, output: int | None) -> None:
    """Run the body in the new process and end it; never returns."""
    os.setsid()  # a group of its own, which is killed as a whole
    die_with_direct_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if output is not None:
        _redirect(os.open(os.devnull, os.O_RDONLY), 0)
        _redirect(output, 1, 2)
    channel = Channel(replies)
    pid = os.getpid()
    try:
        body(channel)
        channel.finish()
    except BaseException as error:  # sys.exit and KeyboardInterrupt in a plugin's code, too
        with suppress(OSError):
            channel.fail(failed_of(error))
    finally:
        if os.getpid() == pid:
            _flush()
        _exit(0)


def _redirect(source: int, *targets: int) -> None:
    for target in targets:
        os.dup2(source, target)
    os.close(source)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a plugin may have closed or replaced it
            stream.flush()


class _Watch:
    """Reads what a child sends and prints until it has ended or its time is spent."""

    def __init__(
        self,
        pid: int,
        replies: int,
        output: int | None,
        on_message: Callable[[Message], None],
        on_output: Callable[[bytes], object] | None,
    ) -> None:
        self._pid, self._replies, self._output = pid, replies, output
        self._on_message, self._on_output = on_message, on_output
        self._buffer = b""
        self._done = self._out_of_memory = False
        self._end: Death | Failed | None = None
        self._selector = selectors.DefaultSelector()
        self._open = {descriptor for descriptor in (replies, output) if descriptor is not None}
        for descriptor in self._open:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._pidfd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        if self._pidfd is not None:
            self._selector.register(self._pidfd, selectors.EVENT_READ)

    def until_ended(self, seconds: float) -> Death | Failed | None:
        self._deadline, self._allowed = time.monotonic() + seconds, seconds
        while not self._done:
            left = self._deadline - time.monotonic()
            if left <= 0:
                return Death("timeout", f"the time limit of {self._allowed:g} s was reached")
            for key, _ in self._selector.select(left if self._pidfd is not None else min(left, POLL_SECONDS)):
                self._read(int(key.fd))
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._read(self._replies)
                return self._end if self._done else self._death(os.waitstatus_to_exitcode(status))
        return self._end

    def close(self) -> None:
        """Take in what was printed last; what still holds the pipe after the child's group was killed is not waited for."""
        if self._output is not None:
            self._read(self._output)
        self._selector.close()
        for descriptor in (self._replies, self._output, self._pidfd):
            if descriptor is not None:
                os.close(descriptor)

    def _read(self, descriptor: int) -> None:
        if descriptor == self._pidfd or descriptor not in self._open:
            return
        with suppress(BlockingIOError):
            while data := os.read(descriptor, READ):
                if descriptor == self._replies:
                    self._take_in(data)
                elif self._on_output is not None:
                    self._on_output(data)
            self._open.discard(descriptor)  # its other end is closed
            self._selector.unregister(descriptor)

    def _take_in(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            try:
                kind, content = json.loads(line)
            except (ValueError, TypeError):  # a plugin changed how JSON is written, or wrote to the pipe
                self._done, self._end = True, Death("failed", UNREADABLE)
                return
            if kind == "message":
                self._on_message(content)
            elif kind == "more_time":
                self._deadline += content
            elif kind == "out_of_memory":
                self._out_of_memory = True
            else:
                self._done, self._end = True, Failed(*content) if kind == "error" else None

    def _death(self, code: int) -> Death:
        if self._out_of_memory:
            return Death("out_of_memory", "the memory limit was reached")
        return Death("failed", how_it_ended(code))


def how_it_ended(code: int) -> str:
    """Say in a few words what an exit status means, e.g. ``the process was killed by SIGSEGV``."""
    if code >= 0:
        return f"the process ended by itself with exit status {code}"
    names = {number.value: number.name for number in signal.Signals}
    hint = " (by hand, or by a system short of memory)" if -code == signal.SIGKILL else ""
    return f"the process was killed by {names.get(-code, f'signal {-code}')}{hint}"


def _kill(pid: int) -> None:
    """Kill the child, its group, and those of its descendants that left the group."""
    strays: list[psutil.Process] = []
    with suppress(psutil.Error):
        strays = psutil.Process(pid).children(recursive=True)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    for stray in strays:
        with suppress(psutil.Error):
            stray.kill()
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (on Linux), so that :func:`end_orphans` finds it."""
    if sys.platform == "linux":
        import ctypes

        PR_SET_CHILD_SUBREAPER = 36
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_orphans() -> None:
    """Kill and reap every descendant of this process."""
    deadline = time.monotonic() + REAP_SECONDS
    with suppress(ChildProcessError):  # there is none left
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                for orphan in psutil.Process().children(recursive=True):
                    with suppress(psutil.Error):
                        orphan.kill()
                time.sleep(0.001)


def keep_for_children() -> None:
    """Exempt everything that is there now from garbage collection, which would copy the memory shared with children."""
    gc.collect()
    gc.freeze()
