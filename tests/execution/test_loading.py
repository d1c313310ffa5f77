"""A model class that declares what is not in the contract is refused by name, without harm to its neighbours."""

from __future__ import annotations

import pytest

from genbench import Model
from genbench.execution.job import ModelRef
from genbench.execution.survey import survey_model


class Sound(Model):
    supports = ("real", "mixed")  # type: ignore[assignment]

    def fit(self, train, validation, context):
        pass


class SupportsText(Sound):
    supports = "real"


class SupportsMisspelt(Sound):
    supports = frozenset({"rael"})


class AttributesText(Sound):
    fitted_attributes = "mean"


class GivesLogits(Sound):
    discriminator_gives = "logits"


class BoundWithBrackets(Sound):
    bound_variant = "a],exact["


class BoundOfNumbers(Sound):
    bound_variant = 3


class ByPosition(Sound):
    def __init__(self, data, width: int = 3):
        super().__init__(data)


WORDS = 'expected at most 60 letters, digits, spaces, hyphens and underscores, such as "label-marginal"'
FAULTS = {
    SupportsText: """SupportsText.supports is 'real'; expected several names, such as frozenset({"real"})""",
    SupportsMisspelt: "SupportsMisspelt.supports has 'rael'; did you mean 'real'?",
    AttributesText: """AttributesText.fitted_attributes is 'mean'; expected several names, such as ("mean",)""",
    GivesLogits: "GivesLogits.discriminator_gives 'logits' is not known; expected log_odds or critic",
    BoundWithBrackets: f"""BoundWithBrackets.bound_variant is 'a],exact['; {WORDS}""",
    BoundOfNumbers: f"BoundOfNumbers.bound_variant is 3; {WORDS}",
    ByPosition: "ByPosition: width is not keyword-only; put a star before it: *, width: 'int' = 3",
}


def error_of(model: type[Model]) -> str:
    target = f"{__name__}:{model.__name__}"
    reference = ModelRef(
        name="m", label="m", target=target, plugin="p", distribution="p", version="1", code="", control=False
    )
    return survey_model(reference, {}).error


def test_a_sound_model_has_no_error() -> None:
    assert error_of(Sound) == ""


@pytest.mark.parametrize("model", FAULTS)
def test_a_faulty_declaration_is_one_line(model: type[Model]) -> None:
    assert error_of(model) == f"ModelError: {FAULTS[model]}"
