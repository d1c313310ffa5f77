"""How damaged and foreign files of a run folder are told: in one line that names the file, what is wrong, the way on."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genbench.errors import RunFolderError, RunFolderWarning
from genbench.results.schema import ResultFile, RunFile
from genbench.text import plain

RESULT = "result.json"
LONGEST = 200
"""Characters of what a parser says."""


class Damaged(Exception):
    """What is wrong with a file, in a few words, without its name."""


def warn(line: str) -> None:
    """Tell of something that was left out; a command tells each line once."""
    warnings.warn(line, RunFolderWarning, stacklevel=2)


def read_run_file(path: Path) -> dict[str, Any]:
    """Return run.json; raises :class:`RunFolderError` if there is none, or if it is damaged."""
    try:
        return _validated(path, RunFile)
    except FileNotFoundError:
        raise RunFolderError(f"{path.parent} holds no run (there is no run.json); give the folder of one") from None
    except Damaged as damage:
        raise RunFolderError(
            f"{path} is damaged: {damage}; give the command of the run again, which writes it anew and keeps what is "
            "finished"
        ) from None


def result_in(job: Path) -> tuple[dict[str, Any] | None, str]:
    """Return the result.json of a job's folder, or None, and what is wrong with it in a line with the way on, or ""."""
    path = job / RESULT
    try:
        result = _validated(path, ResultFile)
        if result["key"] == path.absolute().parent.name:
            return result, ""
        damage = f"is that of job {result['key']}"
    except FileNotFoundError:
        damage = "is missing"
    except Damaged as error:
        damage = f"is damaged: {error}"
    return None, f"{path} {damage}; its job counts as not done, and the command of the run does it again"


def _validated(path: Path, form: type[RunFile] | type[ResultFile]) -> dict[str, Any]:
    try:
        return form.model_validate_json(path.read_bytes()).as_dict()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(error.strerror or "it cannot be read") from None
    except ValidationError as error:
        raise Damaged(in_words(error)) from None


def in_words(error: ValidationError) -> str:
    """Say where in the file the first problem is, and what it is."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(plain(part, LONGEST // 4) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return plain(f"{place}: {what}" if place else what, LONGEST)
