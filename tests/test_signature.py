"""Keyword arguments as the schema of hyperparameters."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from genbench.errors import HyperparameterError
from genbench.signature import Parameter, check_schema, parameters, settings, validate


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
        ({"latent": "0"}, "model 'm': latent=0 is not allowed; latent is a whole number, at least 1 and at most 64"),
        ({"latent": "65"}, "latent=65 is not allowed"),
        ({"latent": "8.5"}, "latent=8.5 is not allowed; latent is a whole number"),
        ({"latent": "eight"}, "latent=eight is not allowed"),
        ({"latent": ""}, "latent= is not allowed"),
        ({"rate": "0"}, "rate=0 is not allowed; rate is a number, above 0"),
        ({"loss": "l3"}, "loss=l3 is not allowed; loss is one of l1, l2"),
        ({"sizes": "[1,x]"}, "sizes=[1,x] is not allowed"),
        ({"bias": "maybe"}, "bias=maybe is not allowed; bias is true or false"),
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
    message = rf"model 'm': size={value} is not allowed; size is a number or none, and finite"
    with pytest.raises(HyperparameterError, match=message):
        validate("model 'm'", unbounded, {"size": value})
    assert validate("model 'm'", unbounded, {"most": "inf"})["most"] == float("inf")


def test_one_of_several_says_how_to_write_them() -> None:
    def load(source: Any, *, ignore: tuple[str, ...] = ()) -> None: ...

    with pytest.raises(HyperparameterError, match=r"ignore=a is not allowed; .*, such as ignore=\[a\]$"):
        validate("data set 'd'", load, {"ignore": "a"}, noun="option")


def test_a_missing_required_one() -> None:
    with pytest.raises(HyperparameterError, match=r"data set 'd': k must be given \(a whole number\)"):
        validate("data set 'd'", required, {}, noun="option")
    with pytest.raises(HyperparameterError, match="has no option 'q'"):
        validate("data set 'd'", required, {"q": "1"}, noun="option")


def test_parameters_as_text() -> None:
    shown = {parameter.name: parameter for parameter in parameters(Example)}
    assert shown["latent"] == Parameter("latent", "8", "a whole number, at least 1 and at most 64")
    assert shown["rate"] == Parameter("rate", "0.1", "a number, above 0")
    assert shown["cap"] == Parameter("cap", "none", "a whole number or none")
    assert parameters(required) == [Parameter("k", "required", "a whole number")]


LONG = "9" * 5000


def many(data: Any, *, size: int = 1, sizes: list[int] = [1], table: dict[str, int] = {}, name: str = "") -> None: ...  # noqa: B006


@pytest.mark.parametrize(
    "number", ["9223372036854775808", "-9223372036854775809", "99999999999999999999", "1" + "0" * 400]
)
@pytest.mark.parametrize("form", ["size={}", "sizes=[1,{}]", 'table={{"a":{}}}'])
def test_whole_numbers_have_64_bits(number: str, form: str) -> None:
    name, _, value = form.format(number).partition("=")
    with pytest.raises(
        HyperparameterError, match=rf"^model 'm': {name}=.* is not allowed; .*, within 64 bits$"
    ) as caught:
        validate("model 'm'", many, {name: value})
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("name", ["size", "sizes"])
def test_numbers_of_more_digits_than_python_reads(name: str) -> None:
    with pytest.raises(HyperparameterError, match="is not allowed") as caught:
        validate("model 'm'", many, {name: LONG if name == "size" else f"[{LONG}]"})
    assert len(str(caught.value)) < 250


def test_numbers_of_64_bits_and_texts_of_any_digits() -> None:
    given = {"size": "9223372036854775807", "sizes": "[-9223372036854775808]", "name": LONG}
    assert validate("model 'm'", many, given) == {"size": 2**63 - 1, "sizes": [-(2**63)], "table": {}, "name": LONG}


@pytest.mark.parametrize("text", ["[1,02,1e3,1.50,a]", '["1","02","1e3","1.50","a"]'])
def test_a_list_of_texts_may_hold_numbers(text: str) -> None:
    def load(source: Any, *, names: tuple[str, ...] = ()) -> None: ...

    assert validate("d", load, {"names": text}) == {"names": ("1", "02", "1e3", "1.50", "a")}
    assert validate("d", load, {"names": "[1,1e3,0.5]"}) == {"names": ("1", "1e3", "0.5")}


@pytest.mark.parametrize(
    ("given", "differing"),
    [
        ({}, {}),
        ({"latent": "08"}, {}),
        ({"rate": "1e-1"}, {}),
        ({"sizes": "[32, 16]"}, {}),
        ({"bias": "yes", "cap": "None"}, {}),
        ({"rate": "1", "latent": "3"}, {"latent": 3, "rate": 1.0}),
        ({"sizes": "[]"}, {"sizes": []}),
    ],
)
def test_settings_tell_what_is_no_default(given: dict[str, str], differing: dict[str, Any]) -> None:
    found, every = settings(Example, validate("model 'm'", Example, given))
    assert found == differing
    assert list(found) == [name for name in every if name in found]
    assert list(every) == ["latent", "rate", "loss", "sizes", "bias", "cap", "json"]
    assert every["loss"] == "l2"


def test_a_default_of_another_type_is_the_default_all_the_same() -> None:
    def load(source: Any, *, rate: float = 1, sizes: tuple[int, ...] = [4, 2], size: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013

    assert settings(load, validate("d", load, {"rate": "1.0", "sizes": "[4,2]"}))[0] == {}
