"""A process for a plugin's code: whatever that code does, genbench goes on, and nothing of it is left behind."""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

LONGEST_LINE = 64 * 2**20
"""Bytes; a longer line on the channel is none of ours."""
GOODBYE_SECONDS = 5.0
"""What a guardian may take to kill what is below it."""


class PluginEnded(Exception):
    """The plugin's process ended, or cannot be talked to, before it had answered; the text says how."""


class Guarded:
    """Runs ``"package.module:function"`` with a socket to this process, in a child that is killed, with all that it started,
    when the block ends or this process dies.

    The child reads nothing on its standard input. What it prints goes to ``output``, piece by piece, while this process
    waits for it.
    """

    def __init__(self, target: str, output: Callable[[bytes], object]) -> None:
        self._output = output
        self._pending = b""
        self._channel, theirs = socket.socketpair()
        inherited = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, 3)  # not a standard stream's number, if one was closed
        read, write = os.pipe()
        # The same search path, and none but that: not the folder that genbench was called in.
        boot = f"import sys; sys.path[:] = {sys.path!r}; from genbench.plugins.guardian import main; main()"
        with theirs, socket.socket(fileno=inherited), os.fdopen(write, "wb") as printed:
            self._guardian = subprocess.Popen(
                [sys.executable, "-P", "-c", boot, str(inherited), target],
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
                pass_fds=[inherited],
                start_new_session=True,
            )
        os.set_blocking(read, False)
        self._printed = os.fdopen(read, "rb", buffering=0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._printed, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()
        self.wait()

    def send(self, value: Any, seconds: float) -> None:
        """Send one JSON value; raises :class:`PluginEnded` or TimeoutError if it cannot be handed over."""
        self._channel.settimeout(seconds)
        try:
            self._channel.sendall(json.dumps(value).encode() + b"\n")
        except TimeoutError:
            raise
        except OSError:
            raise PluginEnded("its process has ended") from None

    def no_more(self) -> None:
        """Tell the plugin's process that nothing more will be sent."""
        with suppress(OSError):  # it has ended already
            self._channel.shutdown(socket.SHUT_WR)

    def receive(self, deadline: float) -> Any:
        """Return the next JSON value that the child sent.

        Raises :class:`PluginEnded` if there will be none, and TimeoutError at the ``deadline`` of the monotonic clock.
        """
        while line := self._next_line(deadline):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                raise PluginEnded("its process sent something that cannot be read") from None
            if isinstance(value, dict) and "ended" in value:
                raise PluginEnded(_how(value["ended"]))
            return value
        raise PluginEnded("its process was killed")

    def _next_line(self, deadline: float) -> bytes:
        """Return the next line that is not empty, or nothing at the end."""
        while True:
            line, newline, rest = self._pending.partition(b"\n")
            if newline:
                self._pending = rest
                if line:
                    return line
            elif len(line) > LONGEST_LINE or not self._read(deadline):
                return b""

    def _read(self, deadline: float) -> bool:
        """Wait for more on the channel, and pass on what is printed meanwhile; return False at the channel's end."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        ready = [key.fileobj for key, _ in self._selector.select(left)]
        if self._printed in ready and not self._pass_on():
            self._selector.unregister(self._printed)
        if self._channel not in ready:
            return True
        try:
            received = self._channel.recv(2**16)
        except OSError:
            received = b""
        self._pending += received
        return bool(received)

    def _pass_on(self) -> bool:
        """Pass on what was printed; return False if that is all there will ever be."""
        printed = self._printed.read(2**16)
        if printed:
            self._output(printed)
        return printed != b""

    def let_go(self) -> None:
        """Have everything below the guardian killed, without waiting for it."""
        assert self._guardian.stdin is not None
        self._guardian.stdin.close()

    def wait(self) -> None:
        """Wait until nothing is left of the child."""
        try:
            self._guardian.wait(GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self._guardian.send_signal(signal.SIGKILL)  # the plugin's process dies with it
            self._guardian.wait()
        if not self._printed.closed:
            self._pass_on()
        self._selector.close()
        self._channel.close()
        self._printed.close()


def _how(code: object) -> str:
    if not isinstance(code, int):
        return "its process was stopped"
    if code >= 0:
        return f"its process ended by itself with exit status {code}"
    name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
    return f"its process was killed by {name}"
