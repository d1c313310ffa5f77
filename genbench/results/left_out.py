"""What was left out, told together where the same holds for several models on the same data sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class LeftOut(NamedTuple):
    """``what`` is an evaluation, or "" for whole pairs."""

    what: str
    reason: str
    models: tuple[str, ...]
    datasets: tuple[str, ...]

    def __str__(self) -> str:
        pairs = " on ".join(", ".join(names) for names in (self.models, self.datasets) if any(names))
        return f"{' of '.join(part for part in (self.what, pairs) if part)}: {self.reason}"


def together(entries: Iterable[tuple[str, str, str, str]]) -> list[LeftOut]:
    """From (what, reason, model, data set): each of the models met each of the data sets, and nothing is told twice."""
    datasets: dict[tuple[str, str, str], dict[str, None]] = {}
    for what, reason, model, dataset in entries:
        datasets.setdefault((what, reason, model), {})[dataset] = None
    models: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (what, reason, model), found in datasets.items():
        models.setdefault((what, reason, tuple(found)), []).append(model)
    return [LeftOut(what, reason, tuple(names), found) for (what, reason, found), names in models.items()]
