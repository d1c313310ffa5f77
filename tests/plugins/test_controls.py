"""The controls against what can be computed by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, pairs, tensor

from genbench import DataSpec, Draws, Split, Unavailable
from genbench.data.levels import bits_per_dim
from genbench.evaluation.fitted import Fitted, training_data
from genbench.signature import parameters
from genbench_baselines.one_percent import one_percent


def test_uniform_over_levels_costs_the_logarithm_of_their_number() -> None:
    spec = DataSpec("digits", (1, 8, 8), "unit", levels=17)
    x = np.random.default_rng(0).integers(17, size=(20, 1, 8, 8)) / 16
    fitted = Fitted(fit(MODELS["uniform"], spec, x), spec, 0)
    assert bits_per_dim(-fitted.log_prob(x).mean(), 64) == pytest.approx(math.log2(17))
    assert set(np.unique(np.rint(fitted.sample(200, "test") * 16))) == set(range(17))


def test_uniform_over_a_box_is_twice_as_wide_as_the_data() -> None:
    model = fit(MODELS["uniform"], DataSpec("box", (2,), "real"), [[0, 0], [1, 4]])
    inside, outside = model.log_prob(tensor([[-0.4, 5.9], [-0.6, 0]]))
    assert inside == pytest.approx(-math.log(2 * 8))
    assert outside == -math.inf
    samples = np.asarray(model.sample(20_000, Draws(0)))
    np.testing.assert_allclose([samples.min(axis=0), samples.max(axis=0)], [[-0.5, -2], [1.5, 6]], atol=0.01)


@pytest.mark.parametrize("support", ["binary", "categorical"])
def test_independent_is_the_product_of_smoothed_frequencies(support: str) -> None:
    spec, x, _ = example_data(support, 50, (4,))
    expected = np.zeros(50)
    for column, categories in zip(x.T.astype(int), spec.categories, strict=True):
        expected += np.log((np.bincount(column, minlength=categories) + 1) / (50 + categories))[column]
    np.testing.assert_allclose(fit(MODELS["independent"], spec, x).log_prob(tensor(x)), expected, rtol=1e-9)


def test_independent_has_no_impossible_value_on_the_line() -> None:
    model = fit(MODELS["independent"], DataSpec("line", (1,), "real"), np.random.default_rng(0).normal(size=(100, 1)))
    density = model.log_prob(tensor([[0.0], [6.0], [60.0]]))
    assert np.isfinite(density).all()
    assert (np.diff(density) < 0).all()


def test_independent_approaches_the_truth_where_features_are_independent() -> None:
    rng = np.random.default_rng(0)
    x, test = rng.normal(size=(20_000, 2)), rng.normal(size=(5_000, 2))
    truth = -0.5 * (test**2).sum(axis=1) - math.log(2 * math.pi)
    gap = truth - fit(MODELS["independent"], DataSpec("plane", (2,), "real"), x).log_prob(tensor(test))
    assert 0 < gap.mean() < 0.05


def test_memoriser_repeats_training_examples_of_the_label_asked_for() -> None:
    spec, x, y = example_data("unit", 30, (1, 2, 2))
    model = fit(MODELS["memoriser"], spec, x, y)
    asked = np.arange(90) % 3
    samples = model.sample(90, Draws(0), tensor(asked).long())
    origin = [np.flatnonzero((x == sample).all(axis=(1, 2, 3)))[0] for sample in samples]
    np.testing.assert_array_equal(y[origin], asked)
    free = {np.flatnonzero((x == sample).all(axis=(1, 2, 3)))[0] for sample in model.sample(300, Draws(1))}
    assert len(free) == 30


def test_one_point_is_the_training_example_next_to_the_mean() -> None:
    model = fit(MODELS["one_point"], DataSpec("line", (1,), "real"), [[0.0], [1], [2], [9]])
    assert np.unique(model.sample(50, Draws(0))).tolist() == [2]


def test_held_out_repeats_the_validation_split_only_once_all_are_drawn() -> None:
    spec, x, y = example_data("unit", 30, (1, 2, 2))
    model = fit(MODELS["held_out"], spec, 0 * x, y, x)
    drawn = model.sample(75, Draws(0)).reshape(75, 4)
    rows, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_allclose(rows, np.unique(x.reshape(30, 4), axis=0))
    assert set(counts) == {2, 3}
    assert len(np.unique(drawn[:30], axis=0)) == 30


@pytest.mark.parametrize(("name", "support"), pairs("log_prob", "sample"))
def test_one_percent_of_any_density_loses_at_most_log_100_nats(name: str, support: str) -> None:
    spec, x, y = example_data(support, 100, (4,))
    plain, mixed = fit(MODELS[name], spec, x, y), fit(one_percent(MODELS[name]), spec, x, y)
    loss = np.asarray(plain.log_prob(tensor(x))) - mixed.log_prob(tensor(x))
    assert (loss <= math.log(100) + 1e-6).all()
    assert mixed.sample(20, Draws(0), tensor(y[:20]).long()).shape == (20, 4)


def test_one_percent_is_noise_and_keeps_its_hyperparameters() -> None:
    spec, x, _ = example_data("real", 500, (8,))
    mixed = fit(MODELS["gaussian_1_percent"], spec, x, ridge=1e-3)
    assert [parameter.name for parameter in parameters(MODELS["gaussian_1_percent"])] == ["ridge"]
    assert mixed.model.ridge == 1e-3
    samples = np.asarray(mixed.sample(20_000, Draws(0)))
    np.testing.assert_allclose(samples.var(axis=0), np.ptp(x, axis=0) ** 2 / 3, rtol=0.05)  # a box twice as wide
    share = np.mean(mixed.model.log_prob(tensor(samples)) > mixed.model.log_prob(tensor(x)).min())
    assert 0.005 < share < 0.02


def test_one_percent_of_a_density_on_levels_is_noise_over_them() -> None:
    spec = DataSpec("digits", (1, 3, 3), "unit", levels=17)
    x = np.random.default_rng(0).integers(4, 7, size=(200, 1, 3, 3)) / 16
    train = training_data(MODELS["gaussian"], spec, Split(x), "train")
    plain, mixed = (Fitted(fit(MODELS[name], spec, train.x), spec, 0) for name in ("gaussian", "gaussian_1_percent"))
    assert (plain.log_prob(x) - mixed.log_prob(x) <= math.log(100)).all()
    assert set(np.unique(np.rint(mixed.sample(200, "test") * 16))) == set(range(17))


def test_memoriser_has_the_worst_likelihood_where_it_has_one() -> None:
    spec, x, _ = example_data("binary", 100, (6,))
    model, uniform = (fit(MODELS[name], spec, x) for name in ("memoriser", "uniform"))
    everything = np.array(list(product([0, 1], repeat=6)))
    log_q = model.log_prob(tensor(everything))
    assert np.exp(log_q).sum() == pytest.approx(1, abs=1e-12)
    seen = {tuple(row) for row in x.astype(int)}
    new = np.array([tuple(row) not in seen for row in everything])
    assert new.any()
    np.testing.assert_allclose(log_q[new], uniform.log_prob(tensor(everything[new])) + math.log(1e-6))
    row = x[:1]
    share = (x == row).all(axis=1).mean()
    assert np.exp(model.log_prob(tensor(row))) == pytest.approx(share, abs=1e-5)
    with pytest.raises(Unavailable, match="no density"):
        fit(MODELS["memoriser"], DataSpec("line", (1,), "real"), [[0.0], [1]]).log_prob(tensor([[0.0]]))


def test_class_prior_predicts_the_smoothed_frequencies_everywhere() -> None:
    spec, x, _ = example_data("real", 7)
    model = fit(MODELS["class_prior"], spec, x, [0, 0, 0, 0, 2, 2, 2])
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x))), np.tile([0.5, 0.1, 0.4], (7, 1)))
