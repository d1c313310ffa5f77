"""Models for the tests of the harness: two that behave, and others each broken in one way."""

from __future__ import annotations

import ctypes
import mmap
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from genbench import DataError, DataSpec, Draws, EvaluationContext, FitContext, Measurement, Model, Split

GIB = 2**30


class Steady(Model):
    """A Gaussian with unit variance around a mean that depends a little on the seed."""

    def __init__(self, data: DataSpec, *, scale: Annotated[float, Field(gt=0)] = 1.0, pause: float = 0.0) -> None:
        super().__init__(data)
        self.scale, self.pause = scale, pause

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        time.sleep(self.pause)
        self.mean = train.x.mean(0) + 0.01 * context.draws.normal(*self.data.shape)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.mean + self.scale * draws.normal(n, *self.data.shape)

    def log_prob(self, x: Tensor) -> Tensor:
        return torch.distributions.Normal(self.mean, self.scale).log_prob(x).flatten(1).sum(1)

    def state(self) -> dict[str, Tensor]:
        return {"mean": self.mean}


class Careless(Steady):
    """Draws from the global generators, as many a plugin will."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.mean = train.x.mean(0) + torch.randn(self.data.shape) + float(np.random.standard_normal())  # noqa: NPY002


class Segfault(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        ctypes.string_at(0)


class Hang(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        time.sleep(3600)


class HangInC(Steady):
    """Never gives the interpreter back, so that no Python signal handler and no other thread runs."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        re.match(r"(a+)+$", "a" * 60 + "b")


class GreedyAtOnce(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        np.ones(100 * GIB // 8)


class GreedyByAndBy(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.hoard = [np.ones(GIB // 32) for _ in range(400)]


class GreedyShared(Steady):
    """Takes memory in a way that no limit on the data segment sees."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.hoard = []
        for _ in range(400):
            block = mmap.mmap(-1, GIB // 16)
            for start in range(0, GIB // 16, mmap.PAGESIZE):
                block[start] = 1
            self.hoard.append(block)


class NotANumber(Steady):
    def log_prob(self, x: Tensor) -> Tensor:
        return torch.full((len(x),), torch.nan)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return torch.full((n, *self.data.shape), torch.nan)


class LogsNotANumber(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        context.log(7, loss=float("nan"))


class WrongShape(Steady):
    def log_prob(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), 3)


class OneSeedRaises(Steady):
    """Fails for the second of the seeds alone."""

    fits = 0

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        type(self).fits += 1
        if type(self).fits == 2:
            raise ValueError("the matrix is singular")
        super().fit(train, validation, context)


class Exits(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        sys.exit(3)


class ExitsWhenSampled(Steady):
    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        sys.exit("no samples today")


class Vanishes(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        os._exit(0)


class VanishesLoudly(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        os._exit(9)


class Chatty(Steady):
    """Prints more than a pipe holds, from Python and from below it, bytes that are no text among them."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        for line in range(10_000):
            print(f"chatter {line}")
        os.write(1, b"\xff\xfe from below\n")
        os.write(2, b"an error from below\n")
        super().fit(train, validation, context)


class Forks(Steady):
    """Leaves a child that goes on as if it were the worker."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        os.fork()
        super().fit(train, validation, context)


class Interrupts(Steady):
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        raise KeyboardInterrupt


class BadInit(Steady):
    def __init__(self, data: DataSpec) -> None:
        raise RuntimeError("no weights")


class BadRefuses(Steady):
    @classmethod
    def refuses(cls, data: DataSpec) -> str | None:
        return 5  # type: ignore[return-value]


class StrangeError(Steady):
    """Raises an error that cannot travel between processes."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        class LocalError(Exception):
            def __init__(self, one: int, two: int) -> None:
                super().__init__(f"{one} and {two}\nin two lines")

        raise LocalError(1, 2)


class DataErrors(Steady):
    """Raises what genbench itself raises for a user's mistake."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.mean = train.x.mean(0)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        raise DataError("the model does not like the data")


class Sleeper(Steady):
    """Takes its time, so that a test can strike meanwhile."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        time.sleep(1.5)
        super().fit(train, validation, context)


class WithChild(Steady):
    """Starts a process that is in no group of ours, and does not end it."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        time.sleep(5)
        super().fit(train, validation, context)


class NoModel:
    """Not a subclass of Model."""


def numpy_numbers(context: EvaluationContext) -> Iterable[Measurement]:
    value = context.models[0].log_prob(context.test.x).mean()
    yield Measurement("numpy_number", "exact", np.float32(value), n=np.int64(len(context.test)), better="higher")
    yield Measurement(
        "torch_number", "exact", torch.tensor(1.5), ci_low=np.float32(1.0), ci_high=torch.tensor(2.0), seeds=np.int32(2)
    )
