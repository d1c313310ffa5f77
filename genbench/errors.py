"""Errors whose message carries the fix.

``GenbenchError`` and its kin are what a *user* can mend: the command line prints them as one line and exits with 2.
``ModelError`` and its kin are what a *model* did wrong: they become a row, a log and exit code 1.
Anything else is a fault of genbench and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class GenbenchError(Exception):
    """What a user did wrong, in one line: the thing, what was expected, the nearest fix."""


class UnknownNameError(GenbenchError):
    """A name that nothing answers to, with the nearest one that exists."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no {kind} is called {name!r}{did_you_mean(name, known)}")

    def __reduce__(self) -> tuple[type[GenbenchError], tuple[str]]:
        return GenbenchError, (str(self),)  # the arguments that made the message do not travel between processes


class HyperparameterError(GenbenchError):
    """A hyperparameter or option that its owner does not take, or a value that it does not allow."""


class ProtocolError(GenbenchError):
    """A protocol file or setting that does not fit."""


class DataError(GenbenchError):
    """Data that are missing, damaged or of a form that cannot be used."""


class RunFolderError(GenbenchError):
    """A run folder that cannot be written to, or read, as asked."""


class RunFolderWarning(UserWarning):
    """A damaged or foreign file of a run folder that was left out, in one line that names it and the way on."""


class ModelError(Exception):
    """What a model did wrong while it was fitted or asked for something."""


class ModelOutputError(ModelError):
    """A model returned something of the wrong shape or type."""


class DivergedError(ModelError):
    """A model's loss or output stopped being finite."""


class Unavailable(ModelError):
    """Raised by a capability that the model lacks on this particular data; the evaluation is skipped with the reason."""


SIMILAR = 0.65
"""Names that are spelt alike have a larger ratio (difflib's) than this, "spiral" and "pima" have 0.6."""
TELLING = 3
"""Letters of which it is told what longer name they are a part of; names of more letters may be a part of what was given."""
MOST_NAMES = 40
"""Known names that are listed."""


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the known name spelt most alike, or that ``name`` is a part of or has as one; else
    nothing."""
    lowered = {candidate.lower(): candidate for candidate in sorted(known)}
    nearest = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=SIMILAR)
    if not nearest and len(name) >= TELLING:
        nearest = [one for one in lowered if name.lower() in one or (len(one) > TELLING and one in name.lower())]
    return f"; did you mean {lowered[nearest[0]]!r}?" if nearest else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The :func:`nearest_hint`; else what there is."""
    names = sorted(known)
    if hint := nearest_hint(name, names):
        return hint
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"; there is: {', '.join(names[:MOST_NAMES])}{more}" if names else "; there is none"


def check_choice(what: str, given: object, allowed: Sequence[str], error: type[Exception] = GenbenchError) -> None:
    """Raise ``error`` for a word that is none of those allowed."""
    if given not in allowed:
        *words, last = [word or "''" for word in allowed]
        raise error(f"{what} {given!r} is not known; expected {', '.join(words)} or {last}")
