"""Naive Bayes against scikit-learn and against the closed form of its log-odds."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, tensor
from sklearn.datasets import load_iris, load_wine
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, GaussianNB

from genbench import DataSpec
from genbench.signature import parameters


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_gaussian_posterior_and_joint_equal_scikit_learns(load) -> None:
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)[:-20]  # one class has fewer examples than the others
    y = y[:-20]
    model = fit(MODELS["naive_bayes"], DataSpec("set", x.shape[1:], "real", classes=3), x, y)
    reference = GaussianNB().fit(x.astype(np.float64), y)
    np.testing.assert_allclose(
        model.log_joint(tensor(x)), reference.predict_joint_log_proba(x.astype(np.float64)), rtol=1e-7
    )
    np.testing.assert_allclose(
        model.predict_log_proba(tensor(x)), reference.predict_log_proba(x.astype(np.float64)), atol=1e-7
    )


@pytest.mark.parametrize("smoothing", [0.3, 1.0])
def test_bernoulli_equals_scikit_learns(smoothing: float) -> None:
    spec, x, y = example_data("binary", 80, (1, 3, 3))
    model = fit(MODELS["naive_bayes"], spec, x[:50], y[:50], smoothing=smoothing)
    reference = BernoulliNB(alpha=smoothing).fit(x[:50].reshape(50, -1), y[:50])
    np.testing.assert_allclose(
        model.log_joint(tensor(x)), reference.predict_joint_log_proba(x.reshape(80, -1)), rtol=1e-9
    )


@pytest.mark.parametrize("smoothing", [0.3, 1.0])
def test_categorical_equals_scikit_learns(smoothing: float) -> None:
    spec, x, y = example_data("categorical", 80, (5,))
    model = fit(MODELS["naive_bayes"], spec, x[:50], y[:50], smoothing=smoothing)
    reference = CategoricalNB(alpha=smoothing, min_categories=list(spec.categories)).fit(x[:50].astype(int), y[:50])
    np.testing.assert_allclose(model.log_joint(tensor(x)), reference.predict_joint_log_proba(x.astype(int)), rtol=1e-9)


def test_mixed_columns_add_up() -> None:
    spec, x, y = example_data("mixed", 90, (4,))
    joint = fit(MODELS["naive_bayes"], spec, x, y).log_joint(tensor(x))
    gaussian = GaussianNB().fit(x[:, :1].astype(np.float64), y).predict_joint_log_proba(x[:, :1].astype(np.float64))
    categorical = CategoricalNB(min_categories=list(spec.categories[1:])).fit(x[:, 1:].astype(int), y)
    expected = gaussian + categorical.predict_joint_log_proba(x[:, 1:].astype(int)) - np.log(1 / 3)
    np.testing.assert_allclose(joint, expected, rtol=1e-7)


def test_shared_variances_give_linear_log_odds_with_the_known_weights() -> None:
    rng = np.random.default_rng(0)
    y = (np.arange(200) % 4 == 0).astype(int)
    x = (rng.normal(size=(200, 4)) * [1, 2, 3, 0.1] + y[:, None] * [1, -1, 0, 0.2]).astype(np.float32)
    model = fit(MODELS["naive_bayes_shared"], DataSpec("set", (4,), "real", classes=2), x, y, variance_smoothing=0.0)
    mean = np.stack([x[y == k].astype(np.float64).mean(axis=0) for k in (0, 1)])
    variance = ((x - mean[y]) ** 2).mean(axis=0)
    weights = (mean[1] - mean[0]) / variance
    bias = np.log(50 / 150) - ((mean[1] ** 2 - mean[0] ** 2) / (2 * variance)).sum()
    far = rng.normal(size=(50, 4)).astype(np.float32) * 100
    log_joint = model.log_joint(tensor(far))
    np.testing.assert_allclose(log_joint[:, 1] - log_joint[:, 0], far @ weights + bias, rtol=1e-6, atol=1e-6)


def test_posteriors_are_accurate_in_logs_far_from_the_data() -> None:
    x, y = np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([0, 1, 0, 1])
    model = fit(MODELS["naive_bayes_shared"], DataSpec("line", (1,), "real", classes=2), x, y, variance_smoothing=0.0)
    posterior = model.predict_log_proba(tensor([[1000.0]]))
    assert posterior[0, 0] == pytest.approx(-(2 * 1.5 / 0.25) * 1000, rel=1e-9)
    assert posterior[0, 1] == pytest.approx(0, abs=1e-12)


def test_unit_data_get_more_smoothing_and_the_bounds_are_shown() -> None:
    real, unit = DataSpec("a", (2,), "real", classes=2), DataSpec("b", (2,), "unit", classes=2)
    assert MODELS["naive_bayes"](real).variance_smoothing == 1e-9
    assert MODELS["naive_bayes"](unit).variance_smoothing == 0.1
    assert MODELS["naive_bayes_shared"](unit).variance_smoothing == 1e-9
    assert [(p.name, p.default) for p in parameters(MODELS["naive_bayes"])] == [
        ("smoothing", "1"),
        ("variance_smoothing", "none"),
    ]
