"""Logistic regression: the optimum, convergence, invariance, accuracy in logs."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, tensor
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from genbench import DataSpec, ModelError


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_it_equals_scikit_learns_on_standardised_features(load) -> None:
    x, y = load(return_X_y=True)
    spec = DataSpec("set", x.shape[1:], "real", classes=y.max() + 1)
    x = x.astype(np.float32)
    model = fit(MODELS["logistic_regression"], spec, x, y)
    reference = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000, tol=1e-6)).fit(
        x.astype(np.float64), y
    )
    np.testing.assert_allclose(
        np.exp(model.predict_log_proba(tensor(x))), reference.predict_proba(x.astype(np.float64)), atol=1e-4
    )


def test_categorical_columns_become_indicators() -> None:
    spec, x, y = example_data("categorical", 90, (4,))
    model = fit(MODELS["logistic_regression"], spec, x, y)
    encoder = OneHotEncoder(categories=[range(c) for c in spec.categories], drop="if_binary")
    reference = make_pipeline(encoder, LogisticRegression(max_iter=10_000, tol=1e-6)).fit(x, y)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x))), reference.predict_proba(x), atol=1e-4)


def test_units_of_the_features_do_not_matter() -> None:
    spec, x, y = example_data("real", 90)
    one = fit(MODELS["logistic_regression"], spec, x, y).predict_log_proba(tensor(x))
    scaled = x * np.float32([1e-3, 1, 1e4])
    two = fit(MODELS["logistic_regression"], spec, scaled, y).predict_log_proba(tensor(scaled))
    np.testing.assert_allclose(one, two, atol=1e-3)


def test_log_probabilities_do_not_underflow() -> None:
    spec, x, y = example_data("real", 90)
    far = fit(MODELS["logistic_regression"], spec, x, y, C=1e3).predict_log_proba(tensor(x * 1e5))
    assert np.isfinite(far).all()
    assert far.min() < -800


def test_too_few_iterations_are_an_error_and_not_a_warning() -> None:
    spec, x, y = example_data("real", 90)
    with pytest.raises(ModelError, match="max_iter=1; raise it"):
        fit(MODELS["logistic_regression"], spec, x, y, max_iter=1)
