"""Hyperparameters and options: the keyword arguments of a constructor or loader are the schema."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import to_jsonable_python

from genbench.errors import HyperparameterError, did_you_mean
from genbench.labels import as_text, from_text
from genbench.text import plain
from genbench.type_names import described

SHOWN = 80
"""Characters of a value that a message repeats."""
SIZES = {"finite_number": ", and finite", "int_parsing_size": ", within 64 bits"}
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Parameter:
    """One keyword argument as ``genbench info`` shows it."""

    name: str
    default: str
    allowed: str
    """Its type and bounds in words."""


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
    config = ConfigDict(
        extra="forbid",
        protected_namespaces=(),
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
    )
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
    """Check and convert what is given, and add the defaults of the other keyword arguments of ``function``.

    Values may be strings from a command line. Raises :class:`HyperparameterError`, which names the owner, the
    parameter (called ``noun``), what was given and what is allowed.
    """
    model = schema(function)
    known = {parameter.name: parameter for parameter in parameters(function)}
    for name in given:
        if name not in known:
            raise HyperparameterError(f"{owner} has no {noun} {plain(name, SHOWN)!r}{did_you_mean(name, known)}")
    try:
        checked = model.model_validate({name: from_text(value) for name, value in given.items()})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "missing":
            raise HyperparameterError(f"{owner}: {name} must be given ({known[name].allowed})") from None
        size = SIZES.get(first["type"], "")
        several = f", such as {name}=[{given[name]}]" if first["type"] in ("tuple_type", "list_type") else ""
        raise _refusal(owner, known[name], given[name], size + several) from None
    for name in given:
        if _is_too_large(getattr(checked, name)):
            raise _refusal(owner, known[name], given[name], SIZES["int_parsing_size"])
    return {name: getattr(checked, name) for name in model.model_fields}


def settings(function: Callable[..., Any], values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Tell apart which of the validated values differ from their defaults, as JSON has them, and write all as texts.

    Both are in the order of the signature. A default is compared as it would be had it been given.
    """
    fields = schema(function).model_fields
    differing = {
        name: to_jsonable_python(value, fallback=as_text)
        for name, value in values.items()
        if fields[name].is_required() or as_text(value) != as_text(fields[name].default)
    }
    return differing, {name: as_text(value) for name, value in values.items()}


def _refusal(owner: str, parameter: Parameter, given: Any, more: str) -> HyperparameterError:
    value = plain(given if isinstance(given, str) else as_text(given), SHOWN)
    return HyperparameterError(
        f"{owner}: {parameter.name}={value} is not allowed; {parameter.name} is {parameter.allowed}{more}"
    )


def _is_too_large(value: Any) -> bool:
    """Tell whether a whole number, or one in a list, has more than 64 bits, which no tensor can hold."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_is_too_large, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """Describe the keyword-only arguments, with their defaults, types and bounds as text."""
    return [
        Parameter(
            name,
            "required" if field.is_required() else as_text(field.default),
            described(field.annotation, tuple(field.metadata)),
        )
        for name, field in schema(function).model_fields.items()
    ]
