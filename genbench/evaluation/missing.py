"""A measurement that could not be made: a row with a status and a reason."""

from __future__ import annotations

from dataclasses import replace

import torch

from genbench.errors import DivergedError, Unavailable
from genbench.measurement import Measurement, Status

ALLOCATION_FAILED = ("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc")
"""What torch says on a CPU without memory, in an error of no particular type."""


def status_of(error: BaseException) -> Status:
    """The status of what ``error`` ended."""
    if isinstance(error, Unavailable):
        return "skipped"
    if isinstance(error, DivergedError | FloatingPointError):
        return "diverged"
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return "out_of_memory"
    if isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in ALLOCATION_FAILED):
        return "out_of_memory"
    return "failed"


def missing(measurement: Measurement, reason: str, status: Status = "failed") -> Measurement:
    """The same row without its value, and why."""
    return replace(measurement, value=None, ci_low=None, ci_high=None, per_seed=(), status=status, reason=reason)
