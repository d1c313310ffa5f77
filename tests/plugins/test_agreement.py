"""Each split of the fits side by side against an independent reference fitted to the same subset, on real sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from fitting import MODELS
from many_splits import assert_same_errors, many, orders_of
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from threadpoolctl import threadpool_limits

from genbench import DataSpec, as_rows, one_hot
from genbench.data import bundled_tables, uci
from genbench.data.dataset import Dataset
from genbench.data.digits import digits
from genbench.data.source import DataSource
from genbench_classical.scaling import scaled_columns

Reference = Callable[[np.ndarray, np.ndarray, np.ndarray, DataSpec], np.ndarray]
"""(x, y, test, data) to log p(y | x) of the test examples, up to what all classes share."""


def scaling(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x.mean(axis=0), np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)


def standardised(x: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shift, scale = scaling(x)
    return (x - shift) / scale, (test - shift) / scale


def as_given(x: np.ndarray, test: np.ndarray, data: DataSpec) -> tuple[np.ndarray, np.ndarray]:
    """Continuous features standardised unless they are ``unit``; categorical ones as indicators."""
    if data.support == "real":
        return standardised(x, test)
    if data.support == "mixed":
        shift, scale = scaling(x)
        numbers = np.array(data.categories) == 0
        x, test = (np.where(numbers, (part - shift) / scale, part) for part in (x, test))
    return one_hot(x, data), one_hot(test, data)


def naive_bayes(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    if data.support == "mixed":
        return of_both_kinds(naive_bayes, x, y, test, data)
    if data.support == "categorical":
        return CategoricalNB(alpha=1.0, min_categories=list(data.categories)).fit(x, y).predict_joint_log_proba(test)
    smoothing = 0.1 if data.support == "unit" else 1e-9
    return GaussianNB(var_smoothing=smoothing).fit(x, y).predict_joint_log_proba(test)


def of_both_kinds(reference: Reference, x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    """Given the class, the continuous columns are independent of the categorical ones."""
    joint = -np.log(np.bincount(y) / len(y))
    for model, support in ((reference, "real"), (naive_bayes, "categorical")):
        of = (np.array(data.categories) == 0) == (support == "real")
        columns = tuple(column for column, chosen in zip(data.columns, of, strict=True) if chosen)
        spec = DataSpec("part", (int(of.sum()),), support, classes=data.classes, columns=columns)
        joint = joint + model(x[:, of], y, test[:, of], spec)
    return joint


def naive_bayes_shared(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    if data.support == "mixed":
        return of_both_kinds(naive_bayes_shared, x, y, test, data)
    means = np.stack([x[y == k].mean(axis=0) for k in range(data.classes)])
    variance = ((x - means[y]) ** 2).mean(axis=0) + 1e-9 * x.var(axis=0).max()
    return -0.5 * ((test[:, None] - means) ** 2 / variance).sum(axis=2) + np.log(np.bincount(y) / len(y))


def gda(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    columns = []
    for k in range(data.classes):
        of = x[y == k]
        covariance = 0.8 * np.cov(of.T, ddof=0) + np.diag(0.2 * of.var(axis=0) + 1e-3 * x.var(axis=0).max())
        columns.append(multivariate_normal(of.mean(axis=0), covariance).logpdf(test) + np.log(len(of)))
    return np.stack(columns, axis=1)


def gda_shared(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    return LinearDiscriminantAnalysis(solver="lsqr").fit(x, y).predict_log_proba(test)


def logistic_regression(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    features, test = as_given(x, test, data)
    return converged(features, y).predict_log_proba(test)


def nearest_neighbours(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    """Of examples as far as the fifth, each takes an equal share of the votes that the nearer ones leave."""
    distance = distances(*as_given(x, test, data), data)
    k = min(5, len(x))
    limit = np.sort(distance, axis=1)[:, k - 1 : k]
    nearer, tied = distance < limit, distance == limit
    counted = nearer + tied * (k - nearer.sum(axis=1, keepdims=True)) / tied.sum(axis=1, keepdims=True)
    copies = (distance == 0) * (distance == 0).any(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        votes = np.where(copies.any(axis=1, keepdims=True), copies, 1 / distance) * counted
    shares = votes @ np.eye(data.classes)[y]
    return np.log(shares / shares.sum(axis=1, keepdims=True) + 1e-3)


def distances(features: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    """(t, m), equal where only rounding differs; two categories that differ are at distance 1."""
    widths = np.array([c if c > 2 else 1 for c in data.categories])
    return np.round(cdist(test, features, "sqeuclidean", w=np.repeat(np.where(widths > 1, 0.5, 1.0), widths)), 9) ** 0.5


def kernel_density(x: np.ndarray, y: np.ndarray, test: np.ndarray, data: DataSpec) -> np.ndarray:
    features, test = as_given(x, test, data)
    kernels = -cdist(test, features, "sqeuclidean") / (2 * 0.5**2)
    return np.stack([logsumexp(kernels[:, y == k], axis=1) for k in range(data.classes)], axis=1)


def converged(x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    return LogisticRegression(solver="newton-cg", tol=1e-9, max_iter=1000).fit(x, y)


CASES: dict[str, tuple[Reference, dict[str, object]]] = {
    "naive_bayes": (naive_bayes, {}),
    "naive_bayes_shared": (naive_bayes_shared, {}),
    "gda": (gda, {"shrinkage": 0.2, "variance_smoothing": 1e-3}),
    "gda_shared": (gda_shared, {"shrinkage": 0.0, "variance_smoothing": 0.0}),
    "logistic_regression": (logistic_regression, {}),
    "nearest_neighbours": (nearest_neighbours, {"weights": "distance"}),
    "kernel_density": (kernel_density, {"bandwidth": 0.5}),
}


def assert_agreement(name: str, data: Dataset, splits: int, sizes: list[int]) -> None:
    """The same errors and the same log-odds on every single split."""
    reference, hyperparameters = CASES[name]
    model = MODELS[name](data.spec, **hyperparameters)
    if type(model).refuses(data.spec):
        pytest.skip("takes no such data")
    least = {"gda_shared": 2 * data.spec.dim}.get(name, 2 * data.spec.classes)  # a regular covariance; variances
    sizes = [size for size in sizes if size >= least]
    rows, test = as_rows(data.train.x), as_rows(data.test.x)
    orders = orders_of(data.train.y, splits, sizes[-1]) if sizes else np.zeros((0, 0), dtype=int)
    if name == "gda_shared" and not (sizes and all(np.ptp(rows[one[: sizes[0]]], axis=0).all() for one in orders)):
        pytest.skip("its covariance is singular: too few examples, or a feature that is constant in a split")
    with threadpool_limits(1):
        for size, found in zip(sizes, many(model, data, orders, sizes), strict=True):
            for order, log_proba in zip(orders[:, :size], found, strict=True):
                if np.bincount(data.train.y[order]).min() < 2 and name in ("naive_bayes", "gda"):
                    continue  # of a class with one example they take the shared variances
                expected = reference(rows[order], data.train.y[order], test, data.spec)
                assert_same_errors(log_proba, expected, data.test.y, 0.25 if name == "nearest_neighbours" else 0.1)
                if name != "nearest_neighbours":  # smoothed votes
                    log_odds = expected - logsumexp(expected, axis=1, keepdims=True)
                    np.testing.assert_allclose(np.exp(log_proba), np.exp(log_odds), atol=2e-4)  # float32 examples


def assert_same_coefficients(data: Dataset, splits: int, sizes: list[int]) -> None:
    """On features as they are penalised, to 1e-4."""
    model = MODELS["logistic_regression"](data.spec)
    rows = one_hot(data.train.x, data.spec)
    orders, y = orders_of(data.train.y, splits, sizes[-1]), data.train.y
    found = model.weights_of_splits(torch.as_tensor(rows), torch.as_tensor(y), torch.as_tensor(orders), sizes)
    for size, weights in zip(sizes, found, strict=True):
        for order, slopes in zip(orders[:, :size], weights[..., :-1].numpy(), strict=True):
            x = rows[order]
            shift, scale = scaling(x)
            numbers = scaled_columns(data.spec)
            shift, scale = np.where(numbers, shift, 0.0), np.where(numbers, scale, 1.0)
            x = (x - shift) / scale
            np.testing.assert_allclose(slopes * scale, converged(x, y[order]).coef_, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dataset", ["iris", "wine", "breast_cancer"])
def test_bundled_tables(dataset: str, name: str) -> None:
    data = getattr(bundled_tables, dataset)(DataSource())
    assert_agreement(name, data, 4, [2 * data.spec.classes, 20, 90])


@pytest.mark.parametrize("dataset", ["iris", "breast_cancer"])
def test_coefficients_of_logistic_regression(dataset: str) -> None:
    data = getattr(bundled_tables, dataset)(DataSource())
    assert_same_coefficients(data, 5, [data.spec.classes, 20, 90])


UCI = ("pima", "ionosphere", "sonar", "boston", "liver", "optdigits", "adult", "vote", "promoters", "lymphography",
       "breast_cancer_ljubljana", "lenses")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dataset", UCI)
def test_uci_sets(dataset: str, name: str, shared_data: Path) -> None:
    data = getattr(uci, dataset)(DataSource((shared_data,))).limit_train(1000)
    assert_agreement(name, data, 5, [size for size in (10, 40, 150, 300) if size < len(data.train)])


@pytest.mark.slow
@pytest.mark.parametrize("dataset", UCI)
def test_coefficients_on_uci_sets(dataset: str, shared_data: Path) -> None:
    data = getattr(uci, dataset)(DataSource((shared_data,))).limit_train(1000)
    assert_same_coefficients(data, 5, [size for size in (10, 40, 150) if size < len(data.train)])


@pytest.mark.slow
def test_digits() -> None:
    data = digits(DataSource())
    assert_agreement("logistic_regression", data, 5, [20, 100, 500])
    assert_same_coefficients(data, 3, [20, 100, 500])
