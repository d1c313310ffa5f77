"""Hyperparameters and options: the keyword arguments of a constructor or loader are the schema."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from genbench.errors import HyperparameterError, did_you_mean

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Parameter:
    """One keyword argument as ``genbench info`` shows it."""

    name: str
    type: str
    default: str
    allowed: str


def schema(function: Callable[..., Any]) -> type[BaseModel]:
    """The keyword-only arguments of a function (a class stands for its ``__init__``) as a pydantic model.

    A constructor that takes ``**inherited`` hands it to its base class, whose keyword arguments are then among its own.
    Numbers must be finite, unless a type says ``Field(allow_inf_nan=True)``.
    """
    fields: dict[str, Any] = {}
    for target in _functions(function):
        hints = get_type_hints(target, include_extras=True)
        for name, parameter in inspect.signature(target).parameters.items():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name not in fields:
                default = ... if parameter.default is inspect.Parameter.empty else parameter.default
                fields[name] = (hints.get(name, Any), default)
    config = ConfigDict(extra="forbid", protected_namespaces=(), arbitrary_types_allowed=True, allow_inf_nan=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name such as "copy" hides a method of BaseModel
        return create_model(getattr(function, "__name__", "Options"), __config__=config, **fields)


def check_schema(owner: str, function: Callable[..., Any], error: type[Exception]) -> None:
    """Raise ``error`` for an argument that looks like a hyperparameter and could not be set: one that is not keyword-only,
    or has no type by which a text could be converted. The data, or a loader's source, come by position."""
    first, *_ = targets = list(_functions(function))
    by_position = [
        parameter for parameter in inspect.signature(first).parameters.values() if parameter.kind in POSITIONAL
    ]
    for parameter in by_position[2 if inspect.isclass(function) else 1 :]:
        raise error(f"{owner}: {parameter.name} is not keyword-only; put a star before it: *, {_typed(parameter)}")
    for target in targets:
        for parameter in inspect.signature(target).parameters.values():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.annotation is inspect.Parameter.empty:
                raise error(f"{owner}: {parameter.name} has no type; give it one, such as {_typed(parameter)}")


def _typed(parameter: inspect.Parameter) -> str:
    """The parameter with its type, or one that goes with its default."""
    if parameter.annotation is not inspect.Parameter.empty:
        return str(parameter)
    if parameter.default is inspect.Parameter.empty:
        return str(parameter.replace(annotation=float))
    return str(parameter.replace(annotation=float | None if parameter.default is None else type(parameter.default)))


def _functions(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The function itself; of a class its ``__init__``, and those of its bases for as long as each takes ``**inherited``."""
    if not inspect.isclass(function):
        yield function
        return
    for owner in function.__mro__:
        if constructor := vars(owner).get("__init__"):
            yield constructor
            kinds = [parameter.kind for parameter in inspect.signature(constructor).parameters.values()]
            if inspect.Parameter.VAR_KEYWORD not in kinds:
                return


def validate(
    owner: str, function: Callable[..., Any], given: dict[str, Any], noun: str = "hyperparameter"
) -> dict[str, Any]:
    """All keyword arguments of ``function``: those given, checked and converted, and the defaults of the others.

    Values may be strings from a command line. Raises :class:`HyperparameterError`, which names the owner, the
    parameter (called ``noun``), what was given and what is allowed.
    """
    model = schema(function)
    described = {parameter.name: parameter for parameter in parameters(function)}
    for name in given:
        if name not in described:
            raise HyperparameterError(f"{owner} has no {noun} {name!r}{did_you_mean(name, described)}")
    try:
        checked = model.model_validate({name: _from_text(value) for name, value in given.items()})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "missing":
            raise HyperparameterError(f"{owner}: {name} must be given ({described[name].type})") from None
        finite = "and finite" if first["type"] == "finite_number" else ""
        allowed = " ".join(part for part in (described[name].type, described[name].allowed, finite) if part)
        several = f", such as {name}=[{given[name]}]" if first["type"] in ("tuple_type", "list_type") else ""
        message = f"{owner}: {name}={given[name]} is not allowed; {name} is {allowed}{several}"
        raise HyperparameterError(message) from None
    return {name: getattr(checked, name) for name in model.model_fields}


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """The keyword-only arguments with their types, defaults and bounds, as text."""
    shown = []
    for name, field in schema(function).model_fields.items():
        default = "required" if field.is_required() else repr(field.default)
        shown.append(Parameter(name, _type_name(field.annotation), default, _bounds(field.metadata)))
    return shown


def parse_assignments(text: str) -> dict[str, str]:
    """``a=1,b=[2,3]`` to ``{"a": "1", "b": "[2,3]"}``; commas inside brackets do not separate."""
    values: dict[str, str] = {}
    for part in _split_outside_brackets(text):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise HyperparameterError(f"{part!r} is not of the form key=value")
        values[name.strip()] = value.strip()
    return values


def _split_outside_brackets(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[({") - (character in "])}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _from_text(value: Any) -> Any:
    """A list (its quotes may be left out), ``null`` or ``none`` written as text; pydantic converts numbers itself."""
    if not isinstance(value, str):
        return value
    if value.lower() in ("none", "null"):
        return None
    if value.startswith(("[", "{")):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return [part.strip() for part in value[1:-1].split(",")] if value[0] + value[-1] == "[]" else value
    return value


def _type_name(annotation: Any) -> str:
    name = annotation.__name__ if inspect.isclass(annotation) else str(annotation)
    return name.replace("typing.", "").replace("NoneType", "None")


def _bounds(metadata: list[Any]) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "multiple_of": "a multiple of", "min_length": "length >="}
    found = []
    for constraint in metadata:
        for attribute, sign in signs.items():
            bound = getattr(constraint, attribute, None)
            if bound is not None:
                found.append(f"{sign} {bound}")
    return " and ".join(found)
