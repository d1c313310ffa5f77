"""From an exception to what is recorded of it."""

from __future__ import annotations

import traceback

from genbench.errors import DivergedError
from genbench.evaluation.missing import status_of
from genbench.execution.result import Failure


def failure_of(stage: str, error: BaseException, seed: int | None = None) -> Failure:
    """Return what is recorded of an exception at a stage of the job."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # an exception that cannot even be printed
        text = ""
    text = text or type(error).__name__
    reason = text if isinstance(error, DivergedError) else f"{type(error).__name__}: {text}"
    trace = "".join(traceback.format_exception(error))
    return Failure(stage=stage, status=status_of(error), reason=reason, seed=seed, traceback=trace)
