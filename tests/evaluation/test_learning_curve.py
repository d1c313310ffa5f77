"""Learning curves of classifiers whose error is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, Logistic, make_context
from sklearn.metrics import log_loss

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import DivergedError
from genbench.evaluation.classification import calibration_of_groups, example_losses, expected_calibration_error
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.learning_curve import evaluate
from genbench.evaluation.subsets import subset_order

RNG = np.random.default_rng(0)
DATA = DataSpec("two-normals", (2,), "real", classes=2)


def two_normals(n):
    y = RNG.integers(0, 2, n)
    return Split((RNG.normal(size=(n, 2)) + 2 * y[:, None]).astype(np.float32), y)


TRAIN, TEST = two_normals(300), two_normals(400)


class Always(FakeModel):
    """Sure of class 0."""

    def predict_log_proba(self, x):
        return torch.tensor([0.0, -torch.inf]).expand(len(x), 2)


def context_of(model, refit, **changes):
    return make_context(
        [model],
        TEST.x,
        y=TEST.y,
        data=DATA,
        train=TRAIN,
        refit=refit,
        learning_curve_sizes=(5, 20, 100, 300, 1000),
        **changes,
    )


def rows_of(rows, metric):
    return {(row.examples, row.status): row for row in rows if row.metric == metric}


def test_a_real_classifier():
    seen = []

    def refit(split, seed):
        seen.append((len(split), seed))
        return Fitted(Logistic(DATA, split), DATA, seed)

    full = Logistic(DATA, TRAIN)
    context = context_of(full, refit)
    rows = list(evaluate(context))
    errors, losses = rows_of(rows, "test_error"), rows_of(rows, "log_loss")
    assert sorted(examples for examples, _ in errors) == [5, 20, 100, 300]
    at_full = errors[300, "ok"]
    assert at_full.value == pytest.approx(1 - full.classifier.score(TEST.x, TEST.y))
    assert losses[300, "ok"].value == pytest.approx(log_loss(TEST.y, full.classifier.predict_proba(TEST.x)))
    assert (at_full.seeds, at_full.n, at_full.estimator) == (1, 400, "test")
    assert (errors[20, "ok"].seeds, losses[20, "ok"].unit) == (10, "nats")
    assert losses[5, "ok"].value > losses[100, "ok"].value
    assert all(row.ci_low <= row.value <= row.ci_high for row in [*errors.values(), *losses.values()])
    assert len(set(seen)) == len(seen)
    assert max(size for size, _ in seen) < 300  # the full size takes the model that is there


def test_a_constant_prediction_is_as_wrong_as_the_other_class_is_frequent():
    context = context_of(Always(DATA), lambda split, seed: Fitted(Always(DATA), DATA, seed))
    rows, share = list(evaluate(context)), (TEST.y == 1).mean()
    assert rows_of(rows, "test_error")[5, "ok"].value == pytest.approx(share)
    loss = rows_of(rows, "log_loss")[300, "ok"]
    assert loss.value == pytest.approx(share * -np.log(1e-15))
    assert loss.estimator == "test[clip=1e-15]"


def test_a_size_that_fails_leaves_a_row_and_the_others_go_on():
    def refit(split, seed):
        if len(split) == 5:
            raise ValueError("too few")
        if len(split) == 20:
            raise DivergedError("loss is nan")
        return Fitted(Logistic(DATA, split), DATA, seed)

    errors = rows_of(evaluate(context_of(Logistic(DATA, TRAIN), refit)), "test_error")
    assert sorted(errors) == [(5, "failed"), (20, "diverged"), (100, "ok"), (300, "ok")]
    assert errors[5, "failed"].value is None
    assert errors[5, "failed"].seeds == 10


def test_some_fits_that_fail_at_a_size():
    calls = []

    def refit(split, seed):
        calls.append(seed)
        if len(calls) <= 3:
            raise ValueError("no luck")
        return Fitted(Logistic(DATA, split), DATA, seed)

    errors = rows_of(evaluate(context_of(Logistic(DATA, TRAIN), refit)), "test_error")
    assert errors[5, "ok"].seeds == 7
    assert errors[5, "failed"].seeds == 3
    assert "3 of 10 fits, the first with ValueError: no luck" in errors[5, "failed"].reason


def test_subsets_are_stratified_from_the_first_and_differ():
    labels = np.repeat(np.arange(5), [100, 50, 30, 15, 5])
    orders = [subset_order(labels, index) for index in range(3)]
    for order in orders:
        assert sorted(order) == list(range(200))
        assert len(set(labels[order[:5]])) == 5
        half = np.bincount(labels[order[:100]])
        np.testing.assert_allclose(half, [50, 25, 15, 7.5, 2.5], atol=1.5)
    assert not np.array_equal(orders[0], orders[1])
    assert np.array_equal(orders[0], subset_order(labels, 0))


def test_models_fitted_side_by_side_take_the_same_subsets():
    calls = []

    def one(split, seed):
        calls.append(len(split))
        return Fitted(Logistic(DATA, split), DATA, seed)

    def many(train, orders, sizes, x_test):
        for chunk in (orders[:4], orders[4:]):
            for index, size in enumerate(sizes):
                fits = [Logistic(DATA, train[order[:size]]) for order in chunk]
                yield index, np.stack([fit.classifier.predict_log_proba(x_test).astype(np.float64) for fit in fits])

    full = Logistic(DATA, TRAIN)
    alone = list(evaluate(context_of(full, one)))
    calls.clear()
    together = list(evaluate(context_of(full, one, refit_many=many)))
    assert calls == []
    assert {(r.metric, r.examples): r for r in together} == {(r.metric, r.examples): r for r in alone}


def test_a_failure_side_by_side_is_looked_into_one_by_one():
    def many(train, orders, sizes, x_test):
        raise DivergedError("all of them")
        yield

    context = context_of(Logistic(DATA, TRAIN), lambda split, seed: Fitted(Logistic(DATA, split), DATA, seed))
    expected = list(evaluate(context))
    assert list(evaluate(replace(context, refit_many=many))) == expected


def test_brier_score_and_calibration_error_of_known_predictions():
    log_proba, labels = np.log([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]]), np.array([0, 1, 1])
    _, _, brier = example_losses(log_proba, labels)
    np.testing.assert_allclose(brier, [0.02, 1.62, 0.08])
    assert expected_calibration_error(log_proba[None], labels) == pytest.approx((2 * 0.4 + 0.2) / 3)
    probability = RNG.uniform(0.5, 1, 100_000)
    calibrated = np.log(np.column_stack([probability, 1 - probability]))
    drawn = (RNG.random((2, 100_000)) > probability).astype(int)
    assert (expected_calibration_error(np.stack([calibrated] * 2), drawn) < 0.01).all()


def test_calibration_error_of_some_groups_is_that_of_their_examples():
    log_proba = np.log(RNG.dirichlet(np.ones(3), size=(2, 100)))
    labels = RNG.integers(0, 3, 100)
    errors = calibration_of_groups(log_proba, labels, np.array([np.arange(20) != 3, np.arange(20) < 10]))
    rest = np.delete(np.arange(100), slice(15, 20))
    np.testing.assert_allclose(errors[:, 0], expected_calibration_error(log_proba[:, rest], labels[rest]))
    np.testing.assert_allclose(errors[:, 1], expected_calibration_error(log_proba[:, :50], labels[:50]))
