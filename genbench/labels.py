"""How a model or data set with options is written: ``vae:latent=8,hidden=[64,32]``.

A label has one spelling, and anything that means the same finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import PurePath
from typing import Any

from genbench.errors import GenbenchError, HyperparameterError

NAME_AND_OPTIONS = re.compile(r"^(?P<name>.+?)(?::(?P<options>\s*\w+\s*=.*))?$", re.DOTALL)
NONE = ("none", "null")
EXACT = 1e16
"""Below it, every whole number that a float holds is written without an exponent."""


def split_label(text: str) -> tuple[str, dict[str, str]]:
    """Give the name and the options of ``NAME[:key=value,...]``."""
    match = NAME_AND_OPTIONS.match(text)
    if match is None:
        raise GenbenchError("an empty name was given; expected NAME or NAME:key=value,...")
    try:
        return match["name"], parse_assignments(match["options"]) if match["options"] else {}
    except HyperparameterError as error:
        raise HyperparameterError(f"{match['name']}: {error}") from None


def label_of(name: str, options: Mapping[str, Any]) -> str:
    """Write the name with its options."""
    return name + (":" + ",".join(f"{key}={as_text(value)}" for key, value in options.items()) if options else "")


def parse_assignments(text: str) -> dict[str, str]:
    """``a=1,b=[2,3]`` to ``{"a": "1", "b": "[2,3]"}``; commas inside brackets do not separate."""
    values: dict[str, str] = {}
    for part in _split_outside_brackets(text):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name:
            raise HyperparameterError(f"{part!r} is not of the form key=value")
        if name in values:
            raise HyperparameterError(f"{name!r} is given twice, as {values[name]} and as {value}; give it once")
        values[name] = value
    return values


def as_text(value: Any) -> str:
    """Write a value as a user would: ``0.002``, ``4`` (also for 4.0), ``none``, ``true``, ``[64,32]``.

    Equal values have one text. What has no such form (a function) is told by its name.
    """
    plain = _plain(value)
    if isinstance(plain, list):
        bare = f"[{','.join(map(as_text, plain))}]"
        return bare if from_text(bare) == plain else _as_json(plain)
    if isinstance(plain, dict):
        return _as_json(plain)
    if isinstance(plain, bool):
        return str(plain).lower()
    return "none" if plain is None else str(plain)


def _plain(value: Any) -> Any:
    """Give what JSON has for the value; whole numbers are integers."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, dict):
        return {as_text(key): _plain(one) for key, one in value.items()}
    if value is None or isinstance(value, str | int):
        return value
    return str(value) if isinstance(value, PurePath) else str(getattr(value, "__qualname__", type(value).__qualname__))


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def find_label(text: str, known: Mapping[str, Mapping[str, str]]) -> str | None:
    """Find the label that means the same as ``text``, among the known ones; None if there is none.

    ``known`` has the texts of all options by label, also of those that have their default, as far as they are recorded.
    """
    if text in known:
        return text
    name, options = split_label(text)
    wanted = _comparable(options)
    for label, every in known.items():
        known_name, named = _parts(label)
        values = _comparable({**every, **named})
        if name == known_name and named.keys() <= options.keys() and wanted.items() <= values.items():
            return label
    return None


def known_labels(jobs: Iterable[Mapping[str, Any]], kind: str) -> dict[str, Mapping[str, str]]:
    """Give the labels of recorded jobs with the texts of all options; ``kind`` is ``model`` or ``dataset``."""
    return {str(job.get(kind, "")): job.get("settings", {}).get(kind, {}) for job in jobs}


def labels_meant(texts: Iterable[str], known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Replace each text by the known label that means the same; one that means none stays as it is."""
    return [find_label(text, known) or text for text in texts]


def same_meaning(text: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Give what two spellings of one label have in common, as far as the texts tell: defaults are not known here."""
    name, options = _parts(text)
    return name, frozenset(_comparable(options).items())


def _parts(label: str) -> tuple[str, dict[str, str]]:
    """Split a recorded label, which another version may have made."""
    try:
        return split_label(label)
    except GenbenchError:
        return label, {}


def from_text(value: Any) -> Any:
    """Read a list (its quotes may be left out), ``null`` or ``none`` from a text; other texts stay as they are.

    A number within a list stays a text too, unless it is written as Python writes it: nothing is lost of ``[01,1e3]``
    where texts are wanted, and where numbers are, pydantic converts it.
    """
    if not isinstance(value, str):
        return value
    if value.lower() in NONE:
        return None
    if value.startswith(("[", "{")):
        try:
            return json.loads(value, parse_int=_integer, parse_float=_float, parse_constant=str)
        except (json.JSONDecodeError, RecursionError):
            return [part.strip() for part in value[1:-1].split(",")] if value[0] + value[-1] == "[]" else value
    return value


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 20 and str(int(text)) == text else text


def _float(text: str) -> float | str:
    return float(text) if repr(float(text)) == text else text


def _comparable(options: Mapping[str, str]) -> dict[str, str]:
    """Write the options so that numbers of any spelling come out alike, whether or not numbers are meant."""
    return {name: as_text(_number(from_text(text))) for name, text in options.items()}


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if value is None or isinstance(value, bool | dict):
        return value
    try:
        return str(Decimal(str(value)).normalize())
    except InvalidOperation:
        return value.lower() if value.lower() in ("true", "false") else value


def _split_outside_brackets(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[({") - (character in "])}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
