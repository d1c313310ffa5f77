"""How long a plugin may take."""

from __future__ import annotations

import os

from genbench.errors import GenbenchError

SECONDS = 120.0
"""Far more than an import of torch from a cold disk takes."""
VARIABLE = "GENBENCH_PLUGIN_SECONDS"


def time_limit() -> float:
    """Return the seconds that a plugin may take: ``$GENBENCH_PLUGIN_SECONDS``, else 120."""
    text = os.environ.get(VARIABLE) or str(SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise GenbenchError(f"{VARIABLE}={text!r} is no time limit; expected a number of seconds above 0, e.g. 300")
    return seconds
