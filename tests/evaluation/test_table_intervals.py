"""How often the intervals of all tables hold the truth, on simulated data of which it is known."""

from __future__ import annotations

import pytest
from interval_cases import CASES
from repetitions import held

REPETITIONS = 1000


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth(name: str) -> None:
    case = CASES[name]
    assert not case.outside(held(case.run, REPETITIONS, case.truths))
