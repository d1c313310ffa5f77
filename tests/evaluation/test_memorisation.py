"""Memorisation: copies are found, fresh samples are not accused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, by_metric, make_context
from scipy import stats

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.evaluation.memorisation import _mann_whitney_z, data_copying_z, evaluate, memorisation_rows
from genbench.evaluation.sample_sets import Sets

D, N = 5, 400
RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.normal(size=(1000, D)).astype(np.float32), RNG.normal(size=(N, D)).astype(np.float32)
POINTS = DataSpec("points", (D,), "real")


def fresh(n, draws):
    return draws.normal(n, D)


def memorised(n, draws):
    return torch.from_numpy(TRAIN)[draws.integers(len(TRAIN), n)]


def nearly(n, draws):
    """A third of the samples are training examples with a little noise."""
    copies = memorised(n, draws) + 0.05 * draws.normal(n, D)
    return torch.where(draws.uniform(n, 1) < 1 / 3, copies, fresh(n, draws))


def underfitted(n, draws):
    return 2 * draws.normal(n, D)


def one_point(n, draws):
    return torch.full((n, D), 0.1)


def measure(draw, seeds=3):
    return by_metric(evaluate(make_context([Sampler(POINTS, draw=draw)] * seeds, TEST, train=Split(TRAIN))))


def test_fresh_samples_are_not_accused():
    rows = measure(fresh)
    assert rows["memorised_share"].value == pytest.approx(rows["held_out_share"].value, abs=0.06)
    assert rows["exact_copies"].value == 0
    assert rows["data_copying_p_value"].value > 0.05
    assert abs(rows["data_copying_z"].value) < 3
    assert rows["memorised_share"].estimator == "nn[features]"


@pytest.mark.parametrize("draw", [memorised, nearly])
def test_copies_are_flagged(draw):
    rows = measure(draw)
    assert rows["memorised_share"].ci_low > rows["held_out_share"].ci_high
    assert rows["data_copying_z"].ci_high < 0
    assert rows["data_copying_p_value"].value < 1e-3


def test_a_memoriser_copies_exactly():
    rows = measure(memorised)
    assert rows["exact_copies"].value == rows["memorised_share"].value == 1


def test_underfitting_is_the_other_end():
    rows = measure(underfitted)
    assert rows["memorised_share"].value < rows["held_out_share"].ci_low
    assert rows["data_copying_z"].value > 5
    assert rows["data_copying_p_value"].value > 0.99


def test_one_point_is_compared_where_it_is():
    rows = measure(one_point)
    assert all(row.status == "ok" for row in rows.values())


def test_too_few_examples_to_compare():
    context = make_context([Sampler(POINTS, draw=fresh)], TEST[:8], train=Split(TRAIN))
    rows = by_metric(evaluate(context))
    assert rows["data_copying_z"].status == rows["data_copying_p_value"].status == "skipped"
    assert rows["memorised_share"].status == "ok"


def test_z_equals_scipys_in_one_cell_and_is_standard_normal():
    x, y = RNG.integers(0, 9, 40).astype(float), RNG.integers(2, 9, 30).astype(float)
    reference = stats.mannwhitneyu(x, y, use_continuity=False, method="asymptotic")
    assert 2 * stats.norm.sf(abs(_mann_whitney_z(x, y))) == pytest.approx(reference.pvalue, rel=1e-9)
    assert _mann_whitney_z(np.zeros(5), np.zeros(7)) == 0
    cells = np.arange(200) % 4
    scores = [data_copying_z(cells, *RNG.normal(size=(1, 200)), cells, RNG.normal(size=200)) for _ in range(500)]
    assert stats.kstest(scores, "norm").pvalue > 0.001


def test_the_interval_of_z_holds_the_test_examples():
    """Two seeds with the very same samples: what is left is the randomness of the test examples."""
    rng = np.random.default_rng(0)
    train, real, fake = rng.normal(size=(300, 2)), rng.normal(size=(200, 2)), rng.normal(size=(200, 2))
    sets = Sets(real, [fake, fake], np.arange(200) * 10 // 200, 300, "features")
    row = next(row for row in memorisation_rows(sets, train) if row.metric == "data_copying_z")
    assert row.ci_high - row.ci_low > 1
