"""Data sets whose loaders fail, or leave the process that they run in in disorder."""

from __future__ import annotations

import itertools
import os
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch

from genbench import Dataset, DataSpec, Split

COUNT = itertools.count()


def points(name: str, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(150, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int64)
    splits = [Split(x[part], y[part]) for part in (slice(0, 90), slice(90, 120), slice(120, 150))]
    return Dataset(DataSpec(name, (2,), "real", classes=2), *splits)


def sound(source):
    return points("sound")


def differs(source):
    return points("differs", seed=random.SystemRandom().randrange(2**31))


def exits(source):
    os._exit(0)


def callsexit(source):
    sys.exit(0)


def interrupts(source):
    raise KeyboardInterrupt


def hangs(source):
    time.sleep(600)


def takesallmemory(source):
    return [np.ones(1 << 27) for _ in range(1000)]


def givesnothing(source):
    return None


def crashes(source):
    os.abort()


def untidy(source):
    """Loads well, and leaves all kinds of settings changed: the concern of its own jobs alone."""
    torch.set_default_dtype(torch.float64)
    np.seterr(all="raise")
    os.chdir("/")
    sys.stdout = None
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    os.environ["GENBENCH_CACHE"] = str(Path("/nowhere"))
    return points("untidy")
