"""Gaussian discriminant analysis against scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, tensor
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from genbench import DataSpec, ModelError

PLAIN = {"shrinkage": 0.0, "variance_smoothing": 0.0}


def real_set(load) -> tuple[DataSpec, np.ndarray, np.ndarray]:
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)
    return DataSpec("set", x.shape[1:], "real", classes=3), x[:-20], y[:-20]


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_shared_covariance_equals_linear_discriminant_analysis(load) -> None:
    spec, x, y = real_set(load)
    model = fit(MODELS["gda_shared"], spec, x, y, **PLAIN)
    reference = LinearDiscriminantAnalysis(solver="lsqr").fit(x.astype(np.float64), y)
    with np.errstate(divide="ignore"):
        expected = reference.predict_log_proba(x.astype(np.float64))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x))), np.exp(expected), atol=1e-6)


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_class_covariances_equal_quadratic_discriminant_analysis(load) -> None:
    spec, x, y = real_set(load)
    model = fit(MODELS["gda"], spec, x, y, **PLAIN)
    reference = QuadraticDiscriminantAnalysis().fit(x.astype(np.float64), y)
    # maximum likelihood divides by n, which scikit-learn does only since version 1.7
    rotated = [x[y == k].astype(np.float64) @ rotation for k, rotation in enumerate(reference.rotations_)]
    reference.scalings_ = [members.var(axis=0) for members in rotated]
    expected = reference.predict_proba(x.astype(np.float64))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x))), expected, atol=1e-6)


def test_the_joint_density_is_that_of_scipy() -> None:
    spec, x, y = real_set(load_iris)
    joint = fit(MODELS["gda"], spec, x, y, **PLAIN).log_joint(tensor(x))
    for k in range(3):
        members = x[y == k].astype(np.float64)
        density = multivariate_normal(members.mean(axis=0), np.cov(members.T, ddof=0))
        np.testing.assert_allclose(
            joint[:, k], density.logpdf(x.astype(np.float64)) + np.log((y == k).mean()), rtol=1e-6
        )


@pytest.mark.parametrize(("full", "naive"), [("gda", "naive_bayes"), ("gda_shared", "naive_bayes_shared")])
@pytest.mark.parametrize("support", ["real", "unit"])
def test_shrunk_all_the_way_it_is_naive_bayes(full: str, naive: str, support: str) -> None:
    spec, x, y = example_data(support, 60)
    one, two = fit(MODELS[full], spec, x, y, shrinkage=1.0), fit(MODELS[naive], spec, x, y)
    np.testing.assert_allclose(one.log_joint(tensor(x)), two.log_joint(tensor(x)), rtol=1e-7)


def test_a_singular_covariance_names_the_hyperparameters_to_raise() -> None:
    with pytest.raises(ModelError, match="raise one of them"):
        fit(MODELS["gda"], DataSpec("same", (2,), "real", classes=2), np.zeros((4, 2)), [0, 1, 0, 1], **PLAIN)
