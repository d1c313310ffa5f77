"""Whether log p(x) tells shifted examples, against a library's area under the curve and known cases."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import FakeModel, Flat, Normal, make_context
from sklearn.metrics import roc_auc_score

from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.shift_detection import auroc_row, evaluate, placements
from genbench.measurement import Measurement

RNG = np.random.default_rng(0)
ROW = Measurement("log_prob_auroc", "covariate", None, "", "higher", status="failed")


def test_the_area_is_scikit_learns_also_with_ties_and_minus_infinity():
    higher, lower = RNG.integers(0, 6, 80).astype(float), RNG.integers(-2, 4, 50).astype(float)
    higher[:5], lower[:9] = -np.inf, -np.inf
    below, above = placements(higher, lower)
    finite = np.concatenate([higher, lower]).clip(min=-1e9)
    expected = roc_auc_score(np.repeat([1, 0], [80, 50]), finite)
    assert below.mean() == pytest.approx(expected)
    assert above.mean() == pytest.approx(expected)


@pytest.mark.parametrize("distance", [0.0, 1.0, 2.5])
def test_the_interval_covers_the_true_area(distance):
    from scipy.stats import norm

    true = norm.cdf(distance / np.sqrt(2))
    rows = [auroc_row(ROW, RNG.normal(distance, 1, (1, 60)), RNG.normal(0, 1, (1, 60))) for _ in range(300)]
    assert np.mean([row.ci_low <= true <= row.ci_high for row in rows]) > 0.91


def test_sets_that_are_wholly_apart_have_an_interval_all_the_same():
    row = auroc_row(ROW, np.ones((1, 30)), np.zeros((1, 20)))
    assert row.value == 1
    assert row.ci_low < 0.95
    assert (row.seeds, row.n) == (1, 20)
    assert auroc_row(ROW, np.zeros((2, 30)), np.ones((2, 20))).value == 0


def rows_of(model, x, data=None):
    data = data or DataSpec("points", x.shape[1:], "real")
    return {row.estimator: row for row in evaluate(make_context([model(data)], x, data=data))}


def test_a_true_density_sees_noise_and_a_flat_one_sees_nothing():
    x = RNG.normal(size=(900, 5))
    seen, blind = rows_of(Normal, x), rows_of(Flat, x)
    assert set(seen) == {"covariate", "uniform-noise"}
    assert seen["uniform-noise"].value > 0.9
    assert seen["covariate"].value == pytest.approx(0.5, abs=0.15)  # the density is symmetric along the component
    assert blind["uniform-noise"].value == blind["covariate"].value == 0.5
    assert (seen["uniform-noise"].seeds, seen["uniform-noise"].n) == (1, 450)


class Bound(FakeModel):
    def log_prob_bound(self, x, draws, k):
        return -x.flatten(1).square().sum(1)


def test_images_are_corrupted_and_a_bound_is_named_so():
    data = DataSpec("grey", (1, 6, 6), "unit", levels=17)
    x = np.zeros((60, 1, 6, 6))
    x[:, :, 0, 0] = RNG.random((60, 1))
    rows = rows_of(Bound, x, data)
    assert len(rows) == 14
    assert {row.metric for row in rows.values()} == {"bound_auroc"}
    assert rows["noise[0.4]"].value == 1
    assert rows["occlusion[0.75]"].value < 0.5  # what is black is the likeliest


def test_a_model_without_a_likelihood():
    with pytest.raises(Unavailable, match="neither log_prob nor"):
        rows_of(FakeModel, RNG.normal(size=(50, 2)))
