"""Whether it is worth pairing the seeds of two runs: what the same seed has in common in both.

Pairs cancel what a seed brings to both runs, and cost half of the degrees of freedom. Of a row's own values one must not
ask whether they do: a chance that makes the differences small would also choose the test that finds them large. The rows of
other models, whose values are independent of it, may be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_PAIRS = 3
"""For a correlation that says anything."""


def correlations(a: Floats, b: Floats) -> Floats:
    """Pearson's correlation (rows,) of the values (rows, seeds) that the same seeds have in both runs; NaN without spread
    and of fewer than :data:`LEAST_PAIRS` seeds. Rows that are equal correlate fully."""
    if a.shape[1] < LEAST_PAIRS:
        return np.full(len(a), np.nan)
    x, y = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.where((a == b).all(axis=1), 1.0, found)


def mean_of_other_models(values: Floats, families: NDArray[np.int64], models: NDArray[np.object_]) -> Floats:
    """Of each row, the mean of the values (rows,) in its family's rows of other models; NaN where there are none."""
    frame = pd.DataFrame({"family": families, "model": models, "value": values})
    in_family, own = (frame.groupby(by)["value"] for by in (["family"], ["family", "model"]))
    total, count = (in_family.transform(how) - own.transform(how) for how in ("sum", "count"))
    return np.asarray((total / count.where(count > 0)).to_numpy())


def break_even(first: int, second: int, common: int, level: Floats) -> Floats:
    """The correlation above which ``common`` pairs find more, at this ``level`` (rows,), than ``first`` and ``second`` seeds
    that are not paired.

    A paired test has the smaller standard error, by the root of 1 less the correlation, and the larger critical value.
    """
    paired, unpaired = stats.t.isf(level / 2, common - 1), stats.t.isf(level / 2, first + second - 2)
    return np.asarray(1 - (unpaired / paired) ** 2)
