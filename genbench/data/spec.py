"""What a model and an evaluation may know of a data set without seeing an example."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Support = Literal["real", "unit", "binary", "categorical", "mixed"]


@dataclass(frozen=True)
class Column:
    """One feature of a table: continuous, or one of ``categories`` values coded 0, 1, ..., categories - 1."""

    name: str
    categories: int = 0

    @property
    def is_categorical(self) -> bool:
        return self.categories > 0


@dataclass(frozen=True)
class DataSpec:
    """The form of a data set.

    support  ``real``: any number. ``unit``: in [0, 1]. ``binary``: 0 or 1. ``categorical``: codes 0, 1, ... in every
             column. ``mixed``: a table with continuous and categorical columns.
    shape    of one example: ``(d,)`` for points and tables, ``(channels, height, width)`` for images.
    classes  how many labels there are, 0 if the data are unlabelled; labels are 0, ..., classes - 1.
    levels   how many values a ``unit`` feature can take: the value is ``level / (levels - 1)``. None if it is continuous.
    columns  one for each feature of a table; empty for images and synthetic points.
    """

    name: str
    shape: tuple[int, ...]
    support: Support
    classes: int = 0
    levels: int | None = None
    columns: tuple[Column, ...] = ()
    class_names: tuple[str, ...] = ()

    @property
    def dim(self) -> int:
        """How many numbers one example has."""
        return math.prod(self.shape)

    @property
    def is_image(self) -> bool:
        return len(self.shape) == 3

    @property
    def is_discrete(self) -> bool:
        """Whether a distribution over the data is a probability mass, not a density."""
        return self.support in ("binary", "categorical") or self.levels is not None

    @property
    def categories(self) -> tuple[int, ...]:
        """For each feature, how many categories it has; 0 for a continuous one. (d,)"""
        if self.support == "binary":
            return (2,) * self.dim
        if self.columns:
            return tuple(column.categories for column in self.columns)
        return (0,) * self.dim
