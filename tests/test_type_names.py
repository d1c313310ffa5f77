"""Types as a user would say them."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, Union

import pytest
from pydantic import Field, PositiveInt, StringConstraints, conint

from genbench.type_names import described

AtLeastOne = Annotated[int, Field(ge=1)]


class Colour(enum.Enum):
    RED = "red"
    TWO = 2


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "a whole number"), (float, "a number"), (str, "a text"), (bool, "true or false"), (Path, "a path"),
        (Any, "any value"), (None, "none"),
        (AtLeastOne, "a whole number, at least 1"),
        (AtLeastOne | None, "a whole number, at least 1, or none"),
        (Optional[AtLeastOne], "a whole number, at least 1, or none"),  # noqa: UP045
        (Annotated[int | None, Field(ge=1)], "a whole number, at least 1, or none"),
        (int | None, "a whole number or none"), (Union[int, str, None], "a whole number, a text or none"),  # noqa: UP007
        (Annotated[float, Field(gt=0, lt=1)], "a number, above 0 and below 1"),
        (Annotated[int, Field(multiple_of=2, le=8)], "a whole number, at most 8 and a multiple of 2"),
        (PositiveInt, "a whole number, above 0"), (conint(ge=1, le=3), "a whole number, at least 1 and at most 3"),
        (Annotated[float, Field(allow_inf_nan=True)], "a number"),
        (Literal["a", "b"], "one of a, b"), (Literal["a"] | None, "a or none"), (Literal[1, None], "one of 1, none"),
        (float | Literal["auto"], "a number or auto"), (Colour, "one of red, 2"),
        (tuple[int, ...], "a list of whole numbers"), (list[float] | None, "a list of numbers or none"),
        (tuple[AtLeastOne, ...], "a list of whole numbers, each at least 1"), (set[str], "a list of texts"),
        (Annotated[tuple[int, ...], Field(min_length=1)], "a list of whole numbers, of at least 1 elements"),
        (tuple[int, float], "a list of 2: a whole number; a number"), (list, "a list"), (tuple[()], "a list"),
        (list[Literal["a", "b"]], "a list, each one of a, b"), (dict[str, int], "a mapping, as JSON"),
        (Annotated[str, StringConstraints(pattern="^a$")], "a text, of the form ^a$"),
        (Annotated[str, Field(max_length=3)], "a text, of at most 3 characters"),
        (NewType("Width", int), "a whole number"), (complex, "a value of type complex"),
    ],
    ids=str,
)  # fmt: skip
def test_words(annotation: Any, words: str) -> None:
    assert described(annotation) == words
