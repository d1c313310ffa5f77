"""Keyword arguments as the schema of hyperparameters."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from genbench.errors import HyperparameterError
from genbench.signature import Parameter, check_schema, parameters, parse_assignments, validate


class Example:
    def __init__(
        self,
        data: Any,
        *,
        latent: Annotated[int, Field(ge=1, le=64)] = 8,
        rate: Annotated[float, Field(gt=0)] = 0.1,
        loss: Literal["l1", "l2"] = "l2",
        sizes: tuple[int, ...] = (32, 16),
        bias: bool = True,
        cap: int | None = None,
        json: str = "",
    ) -> None: ...


class Heir(Example):
    def __init__(self, data: Any, *, depth: int = 1, **inherited: Any) -> None:
        super().__init__(data, **inherited)


class ByPosition:
    def __init__(self, data: Any, width: int = 3, *, k: int = 1) -> None: ...


def required(data: Any, *, k: int) -> None: ...


def by_position(source, noise=0.1): ...


def without_type(source, *, noise=0.1, size=None): ...


def unbounded(
    source: Any, *, size: float | None = 1.0, most: Annotated[float, Field(allow_inf_nan=True)] = 1.0
) -> None: ...


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"latent": "64"}, {"latent": 64}),
        ({"rate": "1e-3"}, {"rate": 1e-3}),
        ({"rate": "2"}, {"rate": 2.0}),
        ({"loss": "l1"}, {"loss": "l1"}),
        ({"sizes": "[4,2,1]"}, {"sizes": (4, 2, 1)}),
        ({"bias": "false"}, {"bias": False}),
        ({"cap": "none"}, {"cap": None}),
        ({"cap": "3"}, {"cap": 3}),
        ({"json": "a=b"}, {"json": "a=b"}),
        ({"latent": 3, "sizes": (1,)}, {"latent": 3, "sizes": (1,)}),
    ],
)
def test_values_are_converted_and_defaults_added(given: dict[str, Any], expected: dict[str, Any]) -> None:
    defaults = {"latent": 8, "rate": 0.1, "loss": "l2", "sizes": (32, 16), "bias": True, "cap": None, "json": ""}
    assert validate("model 'm'", Example, given) == {**defaults, **expected}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"latnet": "8"}, "model 'm' has no hyperparameter 'latnet'; did you mean 'latent'?"),
        ({"data": "8"}, "model 'm' has no hyperparameter 'data'"),
        ({"latent": "0"}, "model 'm': latent=0 is not allowed; latent is int >= 1 and <= 64"),
        ({"latent": "65"}, "latent=65 is not allowed"),
        ({"latent": "8.5"}, "latent=8.5 is not allowed; latent is int"),
        ({"latent": "eight"}, "latent=eight is not allowed"),
        ({"latent": ""}, "latent= is not allowed"),
        ({"rate": "0"}, "rate=0 is not allowed; rate is float > 0"),
        ({"loss": "l3"}, "loss=l3 is not allowed; loss is Literal['l1', 'l2']"),
        ({"sizes": "[1,x]"}, "sizes=[1,x] is not allowed"),
        ({"bias": "maybe"}, "bias=maybe is not allowed; bias is bool"),
    ],
)
def test_mistakes_name_owner_parameter_value_and_what_is_allowed(given: dict[str, str], message: str) -> None:
    with pytest.raises(HyperparameterError) as caught:
        validate("model 'm'", Example, given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sound", [Example, Heir, required])
def test_a_sound_schema(sound: Any) -> None:
    check_schema("m", sound, ValueError)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (ByPosition, "m: width is not keyword-only; put a star before it: *, width: 'int' = 3"),
        (by_position, "m: noise is not keyword-only; put a star before it: *, noise: float = 0.1"),
        (without_type, "m: noise has no type; give it one, such as noise: float = 0.1"),
    ],
)
def test_arguments_that_could_not_be_set(function: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_schema("m", function, ValueError)


@pytest.mark.parametrize("value", ["1e400", "-inf", "nan", float("inf")])
def test_numbers_are_finite_unless_declared(value: Any) -> None:
    message = rf"model 'm': size={value} is not allowed; size is float \| None and finite"
    with pytest.raises(HyperparameterError, match=message):
        validate("model 'm'", unbounded, {"size": value})
    assert validate("model 'm'", unbounded, {"most": "inf"})["most"] == float("inf")


def test_one_of_several_says_how_to_write_them() -> None:
    def load(source: Any, *, ignore: tuple[str, ...] = ()) -> None: ...

    with pytest.raises(HyperparameterError, match=r"ignore=a is not allowed; .*, such as ignore=\[a\]$"):
        validate("data set 'd'", load, {"ignore": "a"}, noun="option")


def test_a_missing_required_one() -> None:
    with pytest.raises(HyperparameterError, match=r"data set 'd': k must be given \(int\)"):
        validate("data set 'd'", required, {}, noun="option")
    with pytest.raises(HyperparameterError, match="has no option 'q'"):
        validate("data set 'd'", required, {"q": "1"}, noun="option")


def test_parameters_as_text() -> None:
    shown = {parameter.name: parameter for parameter in parameters(Example)}
    assert shown["latent"] == Parameter("latent", "int", "8", ">= 1 and <= 64")
    assert shown["rate"] == Parameter("rate", "float", "0.1", "> 0")
    assert shown["cap"] == Parameter("cap", "int | None", "None", "")
    assert parameters(required) == [Parameter("k", "int", "required", "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", {"a": "1"}),
        ("a=1,b=x", {"a": "1", "b": "x"}),
        ("a=[1,2],b=(3,4)", {"a": "[1,2]", "b": "(3,4)"}),
        ("a=[[1,2],[3]]", {"a": "[[1,2],[3]]"}),
        (" a = 1 , b = 2 ", {"a": "1", "b": "2"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
    ],
)
def test_assignments(text: str, expected: dict[str, str]) -> None:
    assert parse_assignments(text) == expected


@pytest.mark.parametrize("text", ["a", "a=1,", "=1", "a=1,,b=2"])
def test_assignments_that_are_none(text: str) -> None:
    with pytest.raises(HyperparameterError, match="is not of the form key=value"):
        parse_assignments(text)
