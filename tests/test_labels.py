"""One spelling of each label, which every other spelling finds."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest

from genbench.errors import GenbenchError, HyperparameterError
from genbench.labels import as_text, find_label, from_text, label_of, parse_assignments, same_meaning, split_label


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.002, "0.002"), (1e-5, "1e-05"), (4.0, "4"), (4, "4"), (-0.0, "0"), (1e16, "1e+16"), (0.1, "0.1"),
        (True, "true"), (None, "none"), ("adam", "adam"), (Path("a/b"), "a/b"), (Colour.RED, "red"), (float("inf"), "inf"),
        ((64, 32), "[64,32]"), ([0.5, 1.0], "[0.5,1]"), ((), "[]"), ([[1, 2], [3]], "[[1,2],[3]]"),
        ([True, None], "[true,null]"),
        (["a", "b"], "[a,b]"), (["01"], "[01]"), (["1"], '["1"]'), (["a,b"], '["a,b"]'), (frozenset({3, 1}), "[1,3]"),
        ({"a": 1.5}, '{"a":1.5}'), (as_text, "as_text"), (object(), "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_values_as_texts(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    "value",
    [[64, 32], [0.5, 1], ["a", "b"], ["01", "1e3"], ["1"], ["a,b"], [[1, 2], [3]], [True, None], {"a": 1.5}, None, []],
)
def test_a_text_is_read_as_it_was_written(value: Any) -> None:
    assert from_text(as_text(value)) == value


def test_numbers_in_lists_lose_nothing() -> None:
    long = "9" * 5000
    assert from_text("[1e3,1.50,01]") == ["1e3", "1.50", "01"]
    assert from_text("[1e3,1.50,1,0.5]") == ["1e3", "1.50", 1, 0.5]
    assert from_text(f"[{long}]") == [long]
    assert from_text("[" * 5000) == "[" * 5000


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


@pytest.mark.parametrize("text", ["vae:lr=1,lr=2", "vae:lr=1, lr =1", "vae:lr=1,latent=2,lr=1"])
def test_a_name_given_twice(text: str) -> None:
    with pytest.raises(HyperparameterError, match=r"^vae: 'lr' is given twice, as 1 and as [12]; give it once$"):
        split_label(text)


def test_an_empty_name() -> None:
    with pytest.raises(GenbenchError, match="an empty name was given"):
        split_label("")


KNOWN = {
    "vae": {"latent": "none", "lr": "0.002"},
    "vae:latent=2,lr=0.01": {"latent": "2", "lr": "0.01"},
    "vae:hidden=[64,32]": {"latent": "none", "lr": "0.002", "hidden": "[64,32]"},
    "gan": {},
    "table:target=9007199254740993": {},
    "odd:a=1,a=2": {},
    "": {},
}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("vae", "vae"), ("vae:lr=0.002", "vae"), ("vae:lr=2e-3", "vae"), ("vae:latent=None", "vae"),
        ("vae:lr=.01,latent=02", "vae:latent=2,lr=0.01"), ("vae:latent=2.0,lr=1E-2", "vae:latent=2,lr=0.01"),
        ("vae:hidden=[64, 32.0]", "vae:hidden=[64,32]"), ("gan", "gan"), ("odd:a=1,a=2", "odd:a=1,a=2"),
        ("vae:latent=2", None), ("vae:lr=0.01", None), ("vae:lr=0.0020000001", None), ("vae:depth=1", None), ("vea", None),
        ("gan:lr=0.002", None), ("table:target=9007199254740992", None), ("vae:hidden=[64]", None),
    ],
)  # fmt: skip
def test_a_label_is_found_under_every_spelling(text: str, label: str | None) -> None:
    assert find_label(text, KNOWN) == label


def test_spellings_are_compared_without_a_record() -> None:
    assert same_meaning("vae:latent=02,lr=2e-3") == same_meaning("vae:lr=0.002,latent=2")
    assert same_meaning("vae:latent=2") != same_meaning("vae:latent=3")
    assert same_meaning("") == ("", frozenset())
    assert same_meaning("odd:a=1,a=2") == ("odd:a=1,a=2", frozenset())


def test_a_label_has_its_options_behind_a_colon() -> None:
    assert label_of("vae", {}) == "vae"
    assert label_of("vae", {"latent": 2, "lr": 0.01, "hidden": (64, 32)}) == "vae:latent=2,lr=0.01,hidden=[64,32]"
