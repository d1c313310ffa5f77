"""Modes found, and seeds that collapsed: told in one way in every table that has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Modes
from genbench.errors import Unavailable
from genbench.evaluation.class_modes import classes_as_modes
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.mode_histogram import expected_modes
from genbench.evaluation.sample_sets import scaled, with_value
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


def known_modes(context: EvaluationContext) -> Modes:
    """The modes of the data, else its classes. Raises :class:`Unavailable` if there are neither."""
    if context.modes is not None:
        return context.modes
    if context.data.classes == 0:
        raise Unavailable("the data set knows no modes and has no labels")
    return classes_as_modes(context)


def samples_needed(context: EvaluationContext, modes: Modes) -> int:
    """``protocol.mode_samples``, or as many as published tables of the data set use."""
    return getattr(modes, "samples", None) or context.protocol.mode_samples


def modes_hit(assigned: NDArray[np.int64], good: NDArray[np.bool_], modes: Modes) -> int:
    """How many modes have at least one of the samples, of high quality where that can be told; both arguments (n,) are what
    ``modes.assign`` says of them."""
    return len(np.unique(assigned[good] if modes.has_quality else assigned))


def modes_found(row: Measurement, found: NDArray[np.int64], count: int) -> Measurement:
    """The row with the mean number, of ``count`` modes, that each seed found (S,). The interval of several is that of a
    share of the modes: seeds that all find every mode are too few to exclude one that does not."""
    return scaled(with_value(row, found / count, trials=count if len(found) > 1 else None), count)


def collapsed_seeds(row: Measurement, found: NDArray[np.int64], modes: Modes) -> Measurement:
    """The row with the share of seeds that found (S,) less than half as many modes as ``row.n`` samples of the truth would
    on average."""
    assert row.n is not None
    collapsed = np.mean(found < expected_modes(modes.weights, row.n) / 2)
    return with_value(replace(row, better="lower"), np.array([collapsed]), trials=len(found))
