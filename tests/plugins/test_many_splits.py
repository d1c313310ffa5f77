"""Fits side by side against the models' own fits and scikit-learn's, split by split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from fitting import MODELS, example_data, fit, tensor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from threadpoolctl import threadpool_limits

from genbench import DataSpec
from genbench.data import bundled_tables, uci
from genbench.data.dataset import Dataset, Split
from genbench.data.digits import digits
from genbench.data.source import DataSource
from genbench.evaluation.side_by_side import predictions_of_many
from genbench.evaluation.subsets import subset_order
from genbench_classical.newton import logistic_weights

CLASSIFIERS = ["naive_bayes", "naive_bayes_shared", "gda", "gda_shared", "logistic_regression"]
BUNDLED = {"breast_cancer": bundled_tables.breast_cancer, "wine": bundled_tables.wine, "iris": bundled_tables.iris}
TIE = 1e-6
"""Log-odds below which rounding may decide."""


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in a job: on a busy machine more of them wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(threads)


def orders_of(y: np.ndarray, splits: int, largest: int) -> np.ndarray:
    return np.stack([subset_order(y, index)[:largest] for index in range(splits)])


def many(name: str, data: Dataset, orders: np.ndarray, sizes: list[int]) -> list[np.ndarray]:
    """Log-probabilities of the test examples (splits, t, classes), for each size."""
    found = predictions_of_many(
        MODELS[name](data.spec), data.spec, data.train.to_torch(), orders, sizes, tensor(data.test.x)
    )
    parts: list[list[np.ndarray]] = [[] for _ in sizes]
    for _, index, log_proba in found:
        parts[index].append(log_proba)
    return [np.concatenate(part) for part in parts]


def assert_same_errors(one: np.ndarray, other: np.ndarray, y: np.ndarray) -> None:
    """Of two models on each test example, ties apart."""
    ordered = np.sort(other, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > TIE
    assert clear.mean() > 0.95
    assert ((one.argmax(axis=1) != y)[clear] == (other.argmax(axis=1) != y)[clear]).all()


@pytest.mark.parametrize("support", ["real", "unit", "binary", "categorical", "mixed"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_split_is_the_models_own_fit(name: str, support: str) -> None:
    spec, x, y = example_data(support, 90, (4,))
    if MODELS[name].refuses(spec):
        pytest.skip("takes no such data")
    data = Dataset(spec, Split(x[:60], y[:60]), Split(x, y), Split(x[60:], y[60:]))
    orders, sizes = orders_of(y[:60], 3, 50), [3, 4, 12, 50]
    for size, log_proba in zip(sizes, many(name, data, orders, sizes), strict=True):
        for order, got in zip(orders, log_proba, strict=True):
            own = fit(MODELS[name], spec, x[order[:size]], y[order[:size]]).predict_log_proba(tensor(x[60:]))
            np.testing.assert_allclose(np.exp(got), np.exp(own), atol=2e-4)


@pytest.mark.parametrize("name", BUNDLED)
def test_errors_equal_scikit_learns_on_every_split(name: str) -> None:
    data = BUNDLED[name](DataSource())
    sizes = [data.spec.classes, 15, 40, 90]
    orders = orders_of(data.train.y, 8, 90)
    bayes, logistic = (many(model, data, orders, sizes) for model in ("naive_bayes", "logistic_regression"))
    test = np.asarray(data.test.x, dtype=np.float64)
    for index, size in enumerate(sizes):
        for split, order in enumerate(orders):
            x, y = data.train.x[order[:size]].astype(np.float64), data.train.y[order[:size]]
            if size > data.spec.classes:  # one example a class has no variances in scikit-learn's
                reference = GaussianNB().fit(x, y).predict_joint_log_proba(test)
                assert_same_errors(bayes[index][split], reference, data.test.y)
            shift, scale = x.mean(axis=0), np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
            solver = LogisticRegression(solver="newton-cg", tol=1e-9, max_iter=1000).fit((x - shift) / scale, y)
            reference = solver.predict_log_proba((test - shift) / scale)
            assert_same_errors(logistic[index][split], reference, data.test.y)
            np.testing.assert_allclose(np.exp(logistic[index][split]), np.exp(reference), atol=1e-5)


def test_shared_covariance_equals_scikit_learns() -> None:
    data = bundled_tables.wine(DataSource())
    orders, sizes = orders_of(data.train.y, 5, 100), [60, 100]
    model = MODELS["gda_shared"](data.spec, shrinkage=0.0, variance_smoothing=0.0)
    found = predictions_of_many(model, data.spec, data.train.to_torch(), orders, sizes, tensor(data.test.x))
    for _, index, log_proba in found:
        for order, got in zip(orders[:, : sizes[index]], log_proba, strict=True):
            reference = LinearDiscriminantAnalysis(solver="lsqr").fit(data.train.x[order], data.train.y[order])
            np.testing.assert_allclose(np.exp(got), reference.predict_proba(data.test.x), atol=1e-5)


@pytest.mark.parametrize(("m", "d", "classes", "C"), [(60, 8, 2, 1.0), (12, 30, 2, 10.0), (60, 8, 4, 1.0),
                                                      (20, 30, 4, 1.0), (40, 5, 2, 1e4)])  # fmt: skip
def test_coefficients_equal_scikit_learns(m: int, d: int, classes: int, C: float) -> None:
    rng = np.random.default_rng(m)
    x, y = rng.standard_normal((6, m, d)), np.tile(np.arange(m) % classes, (6, 1))
    x[..., 0] += y
    start = torch.as_tensor(rng.standard_normal((6, 1 if classes == 2 else classes, d + 1)))
    weights = logistic_weights(torch.as_tensor(x), torch.as_tensor(y), classes, C, start).numpy()
    for features, labels, found in zip(x, y, weights, strict=True):
        solver = LogisticRegression(C=C, solver="newton-cg", tol=1e-11, max_iter=10_000).fit(features, labels)
        np.testing.assert_allclose(found[:, :-1], solver.coef_, atol=1e-4 * max(1, np.abs(solver.coef_).max()))
        shift = found[:, -1] - solver.intercept_  # a constant for all classes changes nothing
        np.testing.assert_allclose(shift, shift.mean() if classes > 2 else 0, atol=1e-4)


def test_equal_numbers_in_a_class_have_no_variance() -> None:
    """Where sums of squares lose it all to rounding, 1e-9 of smoothing would decide by rounding."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.standard_normal(60), np.r_[np.full(58, 0.1234567), 30.0, 31.0]]).astype(np.float32)
    y = np.arange(60) % 2
    data = Dataset(DataSpec("set", (2,), "real", classes=2), Split(x, y), Split(x, y), Split(x, y))
    orders = np.arange(60)[None]
    for log_proba in many("naive_bayes", data, orders, [40]):
        own = fit(MODELS["naive_bayes"], data.spec, x[:40], y[:40]).predict_log_proba(tensor(x))
        np.testing.assert_allclose(np.exp(log_proba[0]), np.exp(own), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pima", "ionosphere", "sonar", "vote", "lymphography", "adult", "digits"])
def test_every_split_of_real_sets(name: str, shared_data: Path) -> None:
    source = DataSource((shared_data,))
    data = digits(source) if name == "digits" else getattr(uci, name)(source).limit_train(1000)
    sizes = [size for size in (10, 50, 300) if size <= len(data.train)]
    orders = orders_of(data.train.y, 10, sizes[-1])
    for model in CLASSIFIERS:
        if MODELS[model].refuses(data.spec) or len(np.unique(data.train.y)) < data.spec.classes:
            continue
        for size, log_proba in zip(sizes, many(model, data, orders, sizes), strict=True):
            for order, got in zip(orders[:, :size], log_proba, strict=True):
                own = fit(MODELS[model], data.spec, data.train.x[order], data.train.y[order])
                np.testing.assert_allclose(np.exp(got), np.exp(own.predict_log_proba(tensor(data.test.x))), atol=1e-3)
