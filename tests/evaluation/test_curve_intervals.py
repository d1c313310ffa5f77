"""How often the intervals of curves, rankings, judges and probes hold the truth, on simulated data of which it is known."""

from __future__ import annotations

import curve_interval_cases
import label_interval_cases
import pytest
from repetitions import held

CASES = curve_interval_cases.CASES | label_interval_cases.CASES
REPETITIONS = 1000
CHEAP = 4000
"""Repetitions of what takes no time; a correlation of ranks has so few values that 1,000 are not enough."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth(name: str) -> None:
    case = CASES[name]
    repetitions = CHEAP if name.startswith("rank") else REPETITIONS
    assert not case.outside(held(case.run, repetitions, case.truths))
