"""Pairs of seeds are used where the other models of the family say that seeds have something in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_runs import make_run, measured
from scipy import stats

from genbench.results import compare
from genbench.results.sharing import break_even, correlations, mean_of_other_models

SEEDS = 10


def test_correlations_are_pearsons() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 8)), rng.normal(size=(3, 8))
    expected = [stats.pearsonr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(correlations(a, b), expected)
    flat = np.ones((1, 8))
    assert correlations(flat, flat) == [1]
    assert np.isnan(correlations(flat, b[:1])).all()
    assert np.isnan(correlations(a[:, :2], b[:, :2])).all()


def test_the_mean_leaves_out_all_rows_of_the_model_itself() -> None:
    values = np.array([0.1, 0.2, 0.4, 0.9, np.nan, 0.5])
    families = np.array([0, 0, 0, 0, 0, 1])
    models = np.array(["a", "a", "b", "c", "c", "a"], dtype=object)
    found = mean_of_other_models(values, families, models)
    np.testing.assert_allclose(found[:5], [0.65, 0.65, 0.4, 0.7 / 3, 0.7 / 3])
    assert np.isnan(found[5])  # its family has no other model


@pytest.mark.parametrize("level", [0.05, 0.005])
def test_break_even_is_where_both_find_as_much(level: float) -> None:
    """At the break-even the half-widths are the same in units of a seed: what a shift must exceed to be found."""
    worth = float(break_even(SEEDS, SEEDS, SEEDS, np.array([level]))[0])
    paired = stats.t.isf(level / 2, SEEDS - 1) * np.sqrt(1 - worth)
    assert 0 < worth < 0.5
    assert paired == pytest.approx(stats.t.isf(level / 2, 2 * SEEDS - 2))
    assert break_even(3, 3, 3, np.array([level]))[0] > 0.5  # few seeds lose most by being paired


def names_of_tests(tmp_path: Path, common: float, own_shift: float = 0.0, **options: str) -> dict[str, str]:
    """Which test each of five models gets whose seeds correlate so much between the runs."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=(5, SEEDS))
    b = common * a + np.sqrt(1 - common**2) * rng.normal(size=a.shape)
    b[0] = own_shift + a[0] if own_shift else b[0]
    for name, values in (("a", a), ("b", b)):
        make_run(tmp_path / name, {(f"m{i}", "d"): [measured("nll", row)] for i, row in enumerate(values)})
    return dict(compare(tmp_path / "a", tmp_path / "b", **options)[["model", "test"]].to_numpy())


def test_the_other_models_decide(tmp_path: Path) -> None:
    assert set(names_of_tests(tmp_path / "much", 0.9).values()) == {"paired t"}
    nothing = names_of_tests(tmp_path / "nothing", 0.0)
    assert set(nothing.values()) == {"permutation"}
    alone = names_of_tests(tmp_path / "own", 0.0, own_shift=1.0)
    assert alone["m0"] == nothing["m0"]  # whatever its own values are
    asked = names_of_tests(tmp_path / "asked", 0.0, test="t")
    assert set(asked.values()) == {"paired t"}
