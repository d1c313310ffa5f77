"""Models that each try, in a way of their own, to end the process that they run in, its parent, or the run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import torch

from genbench import Model
from genbench.errors import DataError, GenbenchError, RunFolderError

ENDS: dict[str, Callable[..., Any]] = {}


def end(function: Callable[..., Any]) -> Callable[..., Any]:
    ENDS[function.__name__] = function
    return function


class Ending(Model):
    deterministic_fit = True
    end: Callable[..., Any]

    def fit(self, train: Any, validation: Any, context: Any) -> None:
        type(self).end()

    def log_prob(self, x: Any) -> Any:
        return -x.square().flatten(1).sum(1)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even its text can be had")


class Base(BaseException):
    pass


@end
def exits70():
    os._exit(70)


@end
def exits71():
    os._exit(71)


@end
def exits0():
    os._exit(0)


@end
def callsexit():
    sys.exit()


@end
def interrupts():
    raise KeyboardInterrupt


@end
def raisesbase():
    raise Base("from below")


@end
def raisesgeneratorexit():
    raise GeneratorExit


@end
def raisesstopiteration():
    raise StopIteration


@end
def raisesunspeakable():
    raise Unspeakable


@end
def raisesgenbench():
    raise GenbenchError("as if the user had erred")


@end
def raisesrunfolder():
    raise RunFolderError("as if the disk were full")


@end
def raisesdata():
    raise DataError("as if the data were damaged")


@end
def aborts():
    os.abort()


@end
def killsitself():
    os.kill(os.getpid(), signal.SIGKILL)


@end
def killsitsgroup():
    os.killpg(0, signal.SIGKILL)


@end
def killsitsparent():
    os.kill(os.getppid(), signal.SIGKILL)


@end
def terminatesitsparent():
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(60)


@end
def interruptsitsparent():
    os.kill(os.getppid(), signal.SIGINT)
    os.kill(os.getppid(), signal.SIGHUP)
    raise KeyboardInterrupt


@end
def stops():
    os.kill(os.getpid(), signal.SIGSTOP)


@end
def closeseverything():
    os.closerange(0, 4096)


@end
def writeseverywhere():
    for descriptor in range(1, 256):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"garbage\n" * 100)
    raise ValueError("after garbage")


@end
def writeshalfamessage():
    for descriptor in range(3, 256):
        with contextlib.suppress(OSError):
            os.write(descriptor, b'["message", {"fitted": ')
    os._exit(1)


@end
def limitscpu():
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    while True:
        pass


@end
def limitsfiles():
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    raise ValueError("after lowering a limit")


@end
def limitsmemory():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))
    torch.zeros(10_000_000)


@end
def recurses():
    sys.setrecursionlimit(10**9)
    threading.stack_size(1 << 16)

    def deeper(n):
        return deeper(n + 1)

    deeper(0)


@end
def readsnull():
    ctypes.string_at(0)


@end
def forksandwaits():
    if os.fork():
        os.wait()
    else:
        time.sleep(600)


for _name, _function in ENDS.items():
    globals()[_name.title()] = type(_name.title(), (Ending,), {"end": staticmethod(_function)})
