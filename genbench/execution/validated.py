"""Models and data sets as they are known once their options were validated: one label, however they were written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from genbench.errors import GenbenchError
from genbench.execution.job import DatasetRef, ModelRef
from genbench.execution.survey import DatasetCard, ModelCard
from genbench.identity.contents import contents_named
from genbench.labels import label_of, split_label

Ref = TypeVar("Ref", ModelRef, DatasetRef)


def validated_models(models: Sequence[tuple[ModelRef, ModelCard]]) -> list[tuple[ModelRef, ModelCard]]:
    """Give the models with their validated hyperparameters; one that could not be imported stays as it was written.

    Raises :class:`GenbenchError` if two are the same.
    """
    known = [
        (
            model
            if card.error
            else model.model_copy(update={**_changes(model, card), "hyperparameters": card.options}),
            card,
        )
        for model, card in models
    ]
    _refuse_same("model", [model for model, _ in models], [model for model, _ in known])
    return known


def validated_datasets(datasets: Sequence[tuple[DatasetRef, DatasetCard]]) -> list[tuple[DatasetRef, DatasetCard]]:
    """Give the data sets with their validated options; raises :class:`GenbenchError` if two are the same."""
    known = [
        (dataset.model_copy(update={**_changes(dataset, card), "options": card.options}), card)
        for dataset, card in datasets
    ]
    _refuse_same("data set", [dataset for dataset, _ in datasets], [dataset for dataset, _ in known])
    return known


def _changes(written: ModelRef | DatasetRef, card: ModelCard | DatasetCard) -> dict[str, Any]:
    """Make the label of those of the options given that are not the defaults, in the order of the signature."""
    name, given = split_label(written.label)
    return {
        "label": label_of(name, {option: card.settings[option] for option in card.options if option in given}),
        "settings": card.settings,
        "contents": {**written.contents, **contents_named(card.settings)},
    }


def _refuse_same(kind: str, written: Sequence[Ref], known: Sequence[Ref]) -> None:
    written_as: dict[str, str] = {}
    for before, after in zip(written, known, strict=True):
        if after.label in written_as:
            other = written_as[after.label]
            raise GenbenchError(f"{other!r} and {before.label!r} are the same {kind}, {after.label!r}; name it once")
        written_as[after.label] = before.label
