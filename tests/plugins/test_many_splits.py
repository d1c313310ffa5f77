"""Fits side by side against the models' own fits and scikit-learn's, split by split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from fitting import MODELS, example_data, fit, tensor
from many_splits import many, orders_of
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from genbench import DataSpec, Unavailable
from genbench.data.dataset import Dataset, Split
from genbench_classical.newton import _inverse_of_mean, logistic_weights
from genbench_classical.penalty import STRENGTHS, chosen_strengths

CASES: dict[str, dict[str, Any]] = {
    "naive_bayes": {},
    "naive_bayes_shared": {},
    "gda": {},
    "gda_shared": {},
    "gda_shared:shrinkage": {"shrinkage": None},
    "logistic_regression": {},
    "logistic_regression:C": {"C": None},
    "nearest_neighbours": {},
    "nearest_neighbours:weights": {"weights": "distance", "neighbours": 3},
    "kernel_density": {"bandwidth": 0.4},
}
"""Classifiers fitted side by side, with hyperparameters."""


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in a job: on a busy machine more of them wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("support", ["real", "unit", "binary", "categorical", "mixed"])
@pytest.mark.parametrize("case", CASES)
def test_every_split_is_the_models_own_fit(case: str, support: str) -> None:
    spec, x, y = example_data(support, 90, (4,))
    model, hyperparameters = MODELS[case.partition(":")[0]], CASES[case]
    if model.refuses(spec):
        pytest.skip("takes no such data")
    if "C" in hyperparameters and support != "mixed":
        pytest.skip("35 fits for each; one support will do")
    data = Dataset(spec, Split(x[:60], y[:60]), Split(x, y), Split(x[60:], y[60:]))
    orders, sizes = orders_of(y[:60], 2, 50), [3, 4, 12, 50]
    for size, log_proba in zip(sizes, many(model(spec, **hyperparameters), data, orders, sizes), strict=True):
        for order, got in zip(orders, log_proba, strict=True):
            own = fit(model, spec, x[order[:size]], y[order[:size]], **hyperparameters)
            np.testing.assert_allclose(np.exp(got), np.exp(own.predict_log_proba(tensor(x[60:]))), atol=2e-4)


def test_a_bandwidth_to_be_chosen_is_chosen_subset_by_subset() -> None:
    spec, x, y = example_data("real", 30)
    data = Dataset(spec, *[Split(x, y)] * 3)
    with pytest.raises(Unavailable, match="give a bandwidth"):
        many(MODELS["kernel_density"](spec), data, orders_of(y, 2, 10), [10])


@pytest.mark.parametrize(("m", "d", "classes", "C"), [(60, 8, 2, 1.0), (12, 30, 2, 10.0), (60, 8, 4, 1.0),
                                                      (20, 30, 4, 1.0), (40, 5, 2, 1e4), (50, 5, 6, 1.0),
                                                      (200, 8, 4, 1.0), (200, 6, 3, 1e3)])  # fmt: skip
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


def test_coefficients_where_the_mean_hessian_is_singular_but_for_rounding() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 200, 5)), np.tile(np.arange(200) % 3, (6, 1))
    x[..., 0] += y
    x, y = torch.as_tensor(x[..., [0, 0, 1, 2, 3, 4]]), torch.as_tensor(y)
    assert _inverse_of_mean(x, torch.zeros(6, 3, 7, dtype=torch.float64), 1e6) is None
    twice, once = logistic_weights(x, y, 3, 1e6), logistic_weights(x[..., 1:], y, 3, 1e6)
    torch.testing.assert_close(twice[..., 0], twice[..., 1], rtol=0, atol=1e-4)
    torch.testing.assert_close(twice[..., 0] + twice[..., 1], once[..., 0], rtol=0, atol=1e-3)


def test_the_penalty_is_chosen_as_by_a_loop_of_fits() -> None:
    rng = np.random.default_rng(0)
    y = np.stack([rng.permutation(np.arange(24) % 3) for _ in range(2)])
    x = rng.standard_normal((2, 24, 5)) + 0.7 * y[..., None] * (np.arange(5) < 2)
    chosen = chosen_strengths(torch.as_tensor(x), torch.as_tensor(y), 3).numpy()
    for features, labels, strength in zip(x, y, chosen, strict=True):
        others = np.delete(np.arange(24), np.unique(labels, return_index=True)[1])
        losses = np.zeros(len(STRENGTHS))
        for fold in range(5):
            out = others[fold::5]
            kept = np.setdiff1d(np.arange(24), out)
            for index, C in enumerate(STRENGTHS):
                solver = LogisticRegression(C=C, tol=1e-8, max_iter=10_000).fit(features[kept], labels[kept])
                losses[index] -= solver.predict_log_proba(features[out])[np.arange(len(out)), labels[out]].sum()
        assert strength == STRENGTHS[losses.argmin()]
    assert STRENGTHS[0] < chosen.min() <= chosen.max() < STRENGTHS[-1]


def test_with_nothing_to_hold_out_the_penalty_is_the_default() -> None:
    x = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert chosen_strengths(x, torch.tensor([[0, 1, 2], [2, 1, 0]]), 3).tolist() == [1, 1]


def test_equal_numbers_in_a_class_have_no_variance() -> None:
    """Where sums of squares lose it all to rounding, 1e-9 of smoothing would decide by rounding."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.standard_normal(60), np.r_[np.full(58, 0.1234567), 30.0, 31.0]]).astype(np.float32)
    y = np.arange(60) % 2
    data = Dataset(DataSpec("set", (2,), "real", classes=2), Split(x, y), Split(x, y), Split(x, y))
    orders = np.arange(60)[None]
    for log_proba in many(MODELS["naive_bayes"](data.spec), data, orders, [40]):
        own = fit(MODELS["naive_bayes"], data.spec, x[:40], y[:40]).predict_log_proba(tensor(x))
        np.testing.assert_allclose(np.exp(log_proba[0]), np.exp(own), atol=1e-4)
