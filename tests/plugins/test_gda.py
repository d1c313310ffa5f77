"""Gaussian discriminant analysis against scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, tensor
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from genbench import DataSpec, ModelError
from genbench_classical.shrinkage import DEFAULT, SHRINKAGES

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


def correlated(rows: int, correlation: float, dim: int = 12) -> tuple[DataSpec, np.ndarray, np.ndarray]:
    """Two classes with the same mean whose features correlate with opposite signs, so that naive Bayes is at a loss; or,
    without correlation, two classes with other means and no correlations to be found."""
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 2
    z = rng.normal(size=(rows, dim))
    z[:, 1::2] = correlation * np.where(y == 0, 1, -1)[:, None] * z[:, ::2] + np.sqrt(1 - correlation**2) * z[:, 1::2]
    x = z + (0.5 * y[:, None] if correlation == 0 else 0)
    return DataSpec("made", (dim,), "real", classes=2), x.astype(np.float32), y


@pytest.mark.parametrize(("rows", "correlation", "expected"), [(2000, 0.9, {0.001, 0.01, 0.1}), (60, 0.0, {0.4, 1.0})])
def test_the_shrinkage_is_chosen_to_suit_the_data(rows: int, correlation: float, expected: set[float]) -> None:
    spec, x, y = correlated(rows + 4000, correlation)
    chosen = fit(MODELS["gda"], spec, x[:rows], y[:rows])
    assert chosen.chosen_shrinkage in expected
    error, errors = (
        [(model.predict_log_proba(tensor(x[rows:])).argmax(1) != y[rows:]).mean() for model in models]
        for models in (
            [chosen],
            [fit(MODELS["gda"], spec, x[:rows], y[:rows], shrinkage=share) for share in SHRINKAGES],
        )
    )
    assert error[0] <= min(errors) + 0.01
    assert error[0] < max(errors) - 0.05


def test_the_choice_reads_neither_the_validation_split_nor_the_seed() -> None:
    spec, x, y = real_set(load_wine)
    one, other = (fit(MODELS["gda"], spec, x, y, validation=x[:seed], seed=seed) for seed in (5, 9))
    assert one.chosen_shrinkage == other.chosen_shrinkage
    np.testing.assert_array_equal(one.predict_log_proba(tensor(x)), other.predict_log_proba(tensor(x)))


def test_a_shrinkage_that_is_given_is_kept_and_a_shared_covariance_has_its_own() -> None:
    spec, x, y = real_set(load_wine)
    assert fit(MODELS["gda"], spec, x, y, shrinkage=0.25).chosen_shrinkage == 0.25
    assert fit(MODELS["gda_shared"], spec, x, y).chosen_shrinkage == 0.01
    assert fit(MODELS["gda_shared"], spec, x, y, shrinkage=None).chosen_shrinkage in SHRINKAGES


@pytest.mark.parametrize("rows", [3, 4, 5, 7])
def test_with_hardly_any_examples_it_still_fits(rows: int) -> None:
    spec, x, y = example_data("real", rows)
    model = fit(MODELS["gda"], spec, x, y)
    assert np.isfinite(model.predict_log_proba(tensor(x))).all()
    assert model.chosen_shrinkage == (DEFAULT if rows == 3 else model.chosen_shrinkage)
