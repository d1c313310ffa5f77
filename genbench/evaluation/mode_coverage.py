"""Modes found by a model (Srivastava et al. 2017, VEEGAN; Lin et al. 2018, PacGAN)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import rel_entr

from genbench.data.dataset import Modes
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.intervals import UNBOUNDED, set_interval
from genbench.evaluation.missing import missing
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Histogram:
    """How many samples of one seed fell to each mode (modes,), and how many were drawn."""

    counts: NDArray[np.int64]
    drawn: int

    @classmethod
    def of(cls, x: NDArray[np.float32], modes: Modes) -> Histogram:
        """Only samples of high quality count, where ``modes`` can tell, as in the code of PacGAN."""
        assigned, good = modes.assign(x)
        counted = assigned[good] if modes.has_quality else assigned
        return cls(np.bincount(counted, minlength=len(modes.weights)), len(x))


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """From ``protocol.mode_samples`` samples a seed:

    ``modes_found``   modes with at least one sample of high quality;
    ``high_quality``  share of samples of high quality (near a mode), where the data set can tell;
    ``reverse_kl``    KL of the histogram of modes of these samples from the true shares, nats: log(modes) if all are in one.
    """
    modes, n = context.modes, context.protocol.mode_samples
    assert modes is not None, "declared by data_needs"
    histograms = [Histogram.of(model.sample(n, "mode_coverage"), modes) for model in context.models]
    row = Measurement("", modes.name, None, seeds=len(histograms), n=n, examples=context.train_size, status="failed")

    found = np.array([np.count_nonzero(histogram.counts) for histogram in histograms])
    yield _with_value(
        replace(row, metric="modes_found", unit="modes", better="higher"), found, bounds=(0, len(modes.weights))
    )
    if modes.has_quality:
        good = np.array([histogram.counts.sum() / histogram.drawn for histogram in histograms])
        yield _with_value(replace(row, metric="high_quality", better="higher"), good, trials=n)
    yield _reverse_kl(replace(row, metric="reverse_kl", unit="nats", better="lower"), histograms, modes)


def _reverse_kl(row: Measurement, histograms: list[Histogram], modes: Modes) -> Measurement:
    empty = sum(histogram.counts.sum() == 0 for histogram in histograms)
    if empty:
        return missing(row, f"no sample of high quality, so no histogram, with {empty} of {row.seeds} seeds")
    values = np.array([rel_entr(h.counts / h.counts.sum(), modes.weights).sum() for h in histograms])
    return _with_value(row, values, bounds=(0, -math.log(modes.weights.min())))


def _with_value(
    row: Measurement,
    values: NDArray[np.float64],
    bounds: tuple[float, float] = UNBOUNDED,
    trials: int | None = None,
) -> Measurement:
    low, high = set_interval(values, bounds=bounds, trials=trials)
    return replace(row, value=float(values.mean()), ci_low=low, ci_high=high, status="ok")
