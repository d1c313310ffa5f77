"""The process between genbench and a plugin's code: it ends the plugin's process and all that this one started.

:class:`genbench.plugins.guarded.Guarded` starts it with a channel (a socket) and with standard input as its lifeline. It
forks the plugin's process, which does the work, and waits. When that process ends, or the lifeline is closed because
genbench wants no more or has died, whatever is left below it is killed. Its last line on the channel says how it went.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> None:
    """Run ``"package.module:function"`` with the channel in a process of its own; the arguments are the channel's
    descriptor and that name."""
    channel, target = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    _linux_prctl(PR_SET_CHILD_SUBREAPER, 1)  # what the plugin's process leaves behind becomes a child of this one
    plugin = os.fork()
    if plugin == 0:
        _become_the_plugins_process()
        os.close(woken)
        os.close(wake)
        _work(channel, target)
        return
    status = _wait(plugin, woken)
    _kill_descendants(plugin)
    ended = {"ended": None if status is None else os.waitstatus_to_exitcode(status)}
    with suppress(OSError):  # genbench has died, or listens no more
        channel.settimeout(1)
        channel.sendall(b"\n" + json.dumps(ended).encode() + b"\n")
    os._exit(0)


def _become_the_plugins_process() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    guardian = os.getppid()
    _linux_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guardian:
        os._exit(0)
    os.setsid()  # so that a plugin that kills its process group kills itself alone
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what was printed outlives the process


def _work(channel: socket.socket, target: str) -> None:
    from genbench.targets import resolve

    resolve(target)(channel)


def _wait(plugin: int, woken: int) -> int | None:
    """Wait for the plugin's process and return its status; None if the lifeline was closed before."""
    while True:
        ready, _, _ = select.select([sys.stdin, woken], [], [])
        if sys.stdin in ready:
            return None
        os.read(woken, 4096)
        ended, status = os.waitpid(plugin, os.WNOHANG)
        if ended:
            return status


def _kill_descendants(plugin: int) -> None:
    """Kill the plugin's process group first, then, as long as there are any, all children, to which orphans are added."""
    with suppress(OSError):
        os.killpg(plugin, signal.SIGKILL)
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        import psutil  # takes a while, and most plugins start nothing

        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _linux_prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
