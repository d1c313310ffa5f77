"""Where a learning curve seems to end, how fast it gets there, and from how many examples on it is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genbench.curve_statistics import WITHIN, Estimate, power_law
from genbench.measurement import Measurement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ESTIMATOR = "power-law"


def power_law_rows(row: Measurement, sizes: Sequence[int], errors: NDArray[np.float64]) -> Iterator[Measurement]:
    """``asymptotic_error`` and ``rate`` of the power law fitted to errors (splits, sizes), and from how many examples on the
    error is within 0.01 of that asymptote; ``row`` has the names. What the curve does not show has no value."""
    row = replace(row, estimator=ESTIMATOR, unit="", better="lower")
    fit = power_law(sizes, errors)
    yield valued(replace(row, metric="asymptotic_error"), fit.asymptote)
    yield valued(replace(row, metric="rate", better="higher"), fit.rate)
    if fit.asymptote.value is not None:
        yield valued(replace(row, metric=f"examples_within_{WITHIN:g}", unit="examples"), fit.examples_within)


def valued(row: Measurement, estimate: Estimate) -> Measurement:
    """The row with the estimate's value, and its interval if that has both ends."""
    if estimate.value is None:
        return replace(row, status="skipped", reason="the curve has no such point")
    both = estimate.low is not None and estimate.high is not None
    low, high = (estimate.low, estimate.high) if both else (None, None)
    return replace(row, value=estimate.value, ci_low=low, ci_high=high, status="ok")
