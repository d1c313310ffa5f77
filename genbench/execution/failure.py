"""From an exception to what is recorded of it."""

from __future__ import annotations

import traceback

import torch

from genbench.errors import DivergedError
from genbench.execution.result import Failure
from genbench.measurement import Status

ALLOCATION_FAILED = ("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc")


def failure_of(stage: str, error: BaseException, seed: int | None = None) -> Failure:
    text = " ".join(str(error).split()) or type(error).__name__
    reason = text if isinstance(error, DivergedError) else f"{type(error).__name__}: {text}"
    trace = "".join(traceback.format_exception(error))
    return Failure(stage=stage, status=_status(error), reason=reason, seed=seed, traceback=trace)


def _status(error: BaseException) -> Status:
    if isinstance(error, DivergedError | FloatingPointError):
        return "diverged"
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return "out_of_memory"
    if isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in ALLOCATION_FAILED):
        return "out_of_memory"
    return "failed"
