"""Types in words, as a user of the command line would say them: "a whole number, at least 1, or none"."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from genbench.labels import as_text

WORDS: dict[Any, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    bool: ("true or false", "values true or false"),
    Path: ("a path", "paths"),
    type(None): ("none", "none"),
    None: ("none", "none"),
    Any: ("any value", "values"),
    inspect.Parameter.empty: ("any value", "values"),
}
LISTS = (list, tuple, set, frozenset, Sequence, Iterable, AbstractSet)
BOUNDS = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "lt": "below {}",
    "multiple_of": "a multiple of {}",
    "pattern": "of the form {}",
}
LENGTHS = {"min_length": "at least {}", "max_length": "at most {}"}


def described(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """Say in words what values a type with its constraints allows.

    Knows numbers, texts, paths, truth values, choices (``Literal`` and enumerations), unions, lists, mappings, and the
    constraints that pydantic has for them; any other class is told by its name.
    """
    annotation, metadata = _unwrapped(annotation, metadata)
    if get_origin(annotation) in (Union, types.UnionType):
        return _alternatives(
            [described(one, metadata) for one in get_args(annotation) if one is not type(None)], annotation
        )
    if get_origin(annotation) is Literal:
        return _choice(get_args(annotation))
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return _choice([member.value for member in annotation])
    kind = get_origin(annotation) or annotation
    bounds = _bounds(metadata, _things(kind))
    if kind in LISTS:
        return _with(_list_of(kind, get_args(annotation)), bounds)
    if kind in (dict, Mapping):
        return _with("a mapping, as JSON", bounds)
    return _with(_word(annotation)[0], bounds)


def _unwrapped(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Take a type out of ``Annotated``, a named alias or a ``NewType``."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _unwrapped(inner, (*more, *metadata))
    for attribute in ("__value__", "__supertype__"):
        if hasattr(annotation, attribute) and not inspect.isclass(annotation):
            return _unwrapped(getattr(annotation, attribute), metadata)
    return annotation, metadata


def _word(annotation: Any) -> tuple[str, str]:
    """Give the words for one value and for many."""
    if annotation in WORDS:
        return WORDS[annotation]
    name = getattr(annotation, "__name__", str(annotation)).replace("typing.", "")
    return f"a value of type {name}", f"{name} values"


def _alternatives(parts: list[str], annotation: Any) -> str:
    words = list(dict.fromkeys([*parts, *(["none"] if type(None) in get_args(annotation) else [])]))
    *before, last = words
    if not before:
        return last
    return f"{', '.join(before)}{',' if any(',' in part for part in words) else ''} or {last}"


def _choice(values: Iterable[Any]) -> str:
    words = [as_text(value) or "an empty text" for value in values]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def _list_of(kind: Any, inner: tuple[Any, ...]) -> str:
    if not inner or inner == ((),):
        return "a list"
    if kind is tuple and inner[-1] is not Ellipsis:
        return f"a list of {len(inner)}: {'; '.join(map(described, inner))}"
    element, metadata = _unwrapped(inner[0], ())
    try:
        many = WORDS[element][1]
    except (KeyError, TypeError):
        return f"a list, each {described(inner[0])}"
    return f"a list of {_with(many, _bounds(metadata, _things(element)), ', each ')}"


def _with(words: str, bounds: str, link: str = ", ") -> str:
    return f"{words}{link}{bounds}" if bounds else words


def _things(kind: Any) -> str:
    return "characters" if kind is str else "elements"


def _bounds(metadata: Iterable[Any], things: str) -> str:
    found: list[str] = []
    for constraint in _flat(metadata):
        for attribute, words in BOUNDS.items():
            bound = getattr(constraint, attribute, None)
            if bound is not None:
                found.append(words.format(as_text(getattr(bound, "pattern", bound))))
        for attribute, words in LENGTHS.items():
            length = getattr(constraint, attribute, None)
            if length:
                found.append(f"of {words.format(length)} {things}")
    return " and ".join(dict.fromkeys(found))


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    """Yield the constraints, also those within a ``Field``."""
    for constraint in metadata:
        inner = getattr(constraint, "metadata", None)
        if isinstance(inner, list):
            yield from _flat(inner)
        else:
            yield constraint
