"""Evaluations that each harm, in a way of their own, the job that they run in; and one that is sound, the last of them."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from typing import Any

import numpy as np
import torch

from genbench import Measurement


def evaluation(function: Any) -> Any:
    return function


@evaluation
def loops(context):
    while True:
        time.sleep(1)


@evaluation
def leaves(context):
    os._exit(0)


@evaluation
def leavesloudly(context):
    os._exit(70)


@evaluation
def callsexit(context):
    yield Measurement("number", "exact", 1.0)
    sys.exit(3)


@evaluation
def isinterrupted(context):
    raise KeyboardInterrupt


@evaluation
def crashes(context):
    os.kill(os.getpid(), signal.SIGSEGV)


@evaluation
def changestestsplit(context):
    context.test.x[...] = 0
    context.test.y[...] = 0
    yield Measurement("number", "exact", 1.0)


@evaluation
def changesmodels(context):
    for fitted in context.models:
        for name in vars(fitted.model):
            setattr(fitted.model, name, None)
    yield Measurement("number", "exact", 1.0)


@evaluation
def changessettings(context):
    torch.set_default_dtype(torch.float64)
    np.seterr(all="raise")
    os.chdir("/")
    sys.stdout = None
    yield Measurement("number", "exact", 1.0)


@evaluation
def yieldsforever(context):
    for i in itertools.count():
        yield Measurement("number", "exact", 1.0, n=i)


@evaluation
def takesallmemory(context):
    return [np.ones(1 << 28) for _ in range(1000)]


@evaluation
def yieldsrubbish(context):
    yield "a number"


@evaluation
def yieldsnothing(context):
    return None


@evaluation
def leavesathread(context):
    threading.Thread(target=time.sleep, args=(600,)).start()
    yield Measurement("number", "exact", 1.0)


@evaluation
def forks(context):
    os.fork()
    yield Measurement("number", "exact", 1.0)


@evaluation
def sound(context):
    yield Measurement("number", "exact", float(context.test.x.sum()), n=len(context.test))
