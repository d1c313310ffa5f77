"""Nearest neighbours against distances and votes counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from fitting import MODELS, example_data, fit, tensor
from sklearn.neighbors import KNeighborsClassifier

from genbench import Column, DataSpec

KNN = MODELS["nearest_neighbours"]


def predicted(model: object, x: np.ndarray) -> np.ndarray:
    return model.predict_log_proba(tensor(x)).argmax(axis=1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("k", [1, 4])
def test_votes_counted_by_hand(k: int) -> None:
    spec, x, y = example_data("real", 200)
    model = fit(KNN, spec, x[:150], y[:150], neighbours=k, standardise=False, smoothing=0)
    distance = np.linalg.norm(x[150:, None].astype(float) - x[None, :150], axis=2)
    votes = np.stack([np.bincount(y[near], minlength=3) for near in distance.argsort(axis=1)[:, :k]])
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x[150:]))), votes / k)


def test_a_tie_goes_to_the_first_class_and_distance_can_break_it() -> None:
    spec = DataSpec("line", (1,), "real", classes=2)
    x, y = [[0.0], [3.0]], [1, 0]
    assert predicted(fit(KNN, spec, x, y, neighbours=2), np.array([[1.0]])) == [0]
    assert predicted(fit(KNN, spec, x, y, neighbours=2, weights="distance"), np.array([[1.0]])) == [1]


def test_categories_count_as_the_columns_that_differ() -> None:
    columns = (Column("two", 2), Column("five", 5), Column("three", 3))
    spec = DataSpec("codes", (3,), "categorical", classes=2, columns=columns)
    x = np.array([[0, 0, 0], [1, 4, 0]])
    model = fit(KNN, spec, x, [0, 1], neighbours=1)
    asked = np.array([[1.0, 0, 0], [1, 4, 2], [0, 4, 0]])
    squared, _ = next(
        model._distances(model.x, model._features(tensor(asked))).chunks(torch.arange(2), torch.arange(3))
    )
    np.testing.assert_allclose(squared, (asked[:, None] != x).sum(axis=2), atol=1e-12)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_equally_far_examples_share_the_votes_that_are_left_in_any_order(weights: str) -> None:
    spec = DataSpec("line", (1,), "real", classes=3)
    x, y = np.array([[1.0], [-2.0], [2.0], [2.0], [5.0]]), np.array([2, 0, 1, 1, 0])
    own = 1.0 if weights == "uniform" else 2.0  # a half of the others' distance
    expected = np.array([2 / 3, 4 / 3, own]) / (2 + own)  # two votes are left for the three examples at distance 2
    for order in ([0, 1, 2, 3, 4], [4, 3, 1, 2, 0]):
        model = fit(KNN, spec, x[order], y[order], neighbours=3, weights=weights, standardise=False, smoothing=0)
        np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor([[0.0]]))), [expected])


@pytest.mark.parametrize("value", [1e3, 1e6, 1e9])
def test_a_value_that_lies_far_off_changes_no_other_neighbour(value: float) -> None:
    spec, x, y = example_data("real", 400)
    x[7, 1] = value
    model = fit(KNN, spec, x[:300], y[:300], standardise=False, smoothing=0)
    votes = KNeighborsClassifier(5, algorithm="kd_tree").fit(x[:300].astype(float), y[:300])
    np.testing.assert_allclose(
        np.exp(model.predict_log_proba(tensor(x[300:]))), votes.predict_proba(x[300:]), atol=1e-9
    )


def test_copies_of_an_example_outvote_all_others_by_distance() -> None:
    spec = DataSpec("line", (1,), "real", classes=2)
    x, y = [[0.0], [0.0], [0.0], [0.1]], [0, 1, 1, 0]
    model = fit(KNN, spec, x, y, neighbours=2, weights="distance", smoothing=0)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor([[0.0]]))), [[1 / 3, 2 / 3]])


def test_units_matter_only_without_standardising() -> None:
    spec, x, y = example_data("real", 300)
    scale = np.array([1.0, 1000.0, 1.0])
    same = [predicted(fit(KNN, spec, x[:200] * s, y[:200]), x[200:] * s) for s in (1.0, scale)]
    np.testing.assert_array_equal(*same)
    raw = [predicted(fit(KNN, spec, x[:200] * s, y[:200], standardise=False), x[200:] * s) for s in (1.0, scale)]
    assert (raw[0] != raw[1]).any()


def test_smoothing_keeps_the_log_loss_finite_and_the_predictions() -> None:
    spec, x, y = example_data("mixed", 300)
    smooth, plain = (fit(KNN, spec, x[:200], y[:200], smoothing=s) for s in (1.0, 0.0))
    log_proba = smooth.predict_log_proba(tensor(x[200:]))
    assert log_proba.min() == pytest.approx(np.log(1 / 3 / 6))
    np.testing.assert_allclose(np.exp(log_proba).sum(axis=1), 1)
    np.testing.assert_array_equal(predicted(smooth, x[200:]), predicted(plain, x[200:]))
    assert plain.predict_log_proba(tensor(x[200:])).min() == -np.inf


def test_labels_at_random_cannot_be_told() -> None:
    spec, x, _ = example_data("real", 3000)
    y = np.random.default_rng(0).integers(3, size=3000)
    assert (predicted(fit(KNN, spec, x[:2000], y[:2000]), x[2000:]) != y[2000:]).mean() == pytest.approx(
        2 / 3, abs=0.05
    )


def test_fewer_examples_than_neighbours_and_a_class_never_seen() -> None:
    spec, x, _ = example_data("real", 3)
    model = fit(KNN, spec, x, [0, 2, 2], neighbours=10)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(tensor(x[:1]))), [[4 / 12, 1 / 12, 7 / 12]])
