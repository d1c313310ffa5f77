"""Two-sample tests and measures of diversity."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.neighbors import NearestNeighbors
from torchmetrics.image.inception import InceptionScore

from genbench.evaluation.diversity import bandwidth, class_score, vendi_score
from genbench.evaluation.frechet import Identity
from genbench.evaluation.two_sample import classifier_test, combined, neighbour_accuracies, neighbour_test

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("test", [classifier_test, neighbour_test])
def test_level_and_power(test):
    """Equal distributions are rejected at 5 % about as often as promised, a shifted one nearly always."""
    equal, shifted = [], []
    for _ in range(100):
        x, y = RNG.normal(size=(2, 100, 3))
        equal.append(test(x, y).p_value <= 0.05)
        shifted.append(test(x, y + 1).p_value <= 0.05)
    assert binomtest(sum(equal), 100, 0.05).pvalue > 0.001
    assert np.mean(shifted) > 0.9


def test_a_missing_mode_that_moments_hide_is_seen():
    """A ring and a normal with the same mean and covariance."""
    angle = RNG.uniform(0, 2 * np.pi, 300)
    ring = np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert classifier_test(ring, RNG.normal(size=(300, 2))).p_value < 1e-3
    assert neighbour_test(ring, RNG.normal(size=(300, 2))).p_value < 0.01


def test_neighbour_accuracy_equals_scikit_learns_neighbours():
    x, y = RNG.normal(size=(80, 4)), 0.5 * RNG.normal(size=(80, 4))
    both = np.concatenate([x, y])
    neighbour = NearestNeighbors(n_neighbors=1).fit(both).kneighbors(return_distance=False)[:, 0]
    expected = np.mean((neighbour < 80) == (np.arange(160) < 80))
    assert neighbour_test(x, y).accuracy == expected
    assert neighbour_accuracies(x, [x + 100, y])[1] == expected


def test_copies_of_the_real_examples_are_below_one_half():
    x = RNG.normal(size=(50, 4))
    assert neighbour_test(x, x + 1e-6).accuracy == 0


def test_combined_p_values():
    assert combined([0.03]) == 0.03
    assert combined([0.01, 0.02, 0.9]) == 0.04
    assert combined([0.8, 0.7]) == 1


def test_vendi_score_counts_different_examples():
    far = np.repeat(1000.0 * np.arange(4)[:, None], 25, axis=0)
    assert vendi_score(far, 1.0) == pytest.approx(4)
    assert vendi_score(np.zeros((30, 2)), 1.0) == pytest.approx(1)
    uneven = 1000.0 * np.repeat([0, 1], [75, 25])[:, None]
    assert vendi_score(uneven, 1.0) == pytest.approx(np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25)))
    assert bandwidth(np.zeros((5, 2))) == 1


def test_class_score_equals_torchmetrics_and_its_ends():
    logits = RNG.normal(size=(200, 10)) * 3
    with warnings.catch_warnings(action="ignore"):
        metric = InceptionScore(Identity(10), splits=1)
        metric.update(torch.from_numpy(logits))
        expected = float(metric.compute()[0])
    log_proba = torch.from_numpy(logits).log_softmax(dim=1).numpy()
    assert class_score(log_proba) == pytest.approx(expected, rel=1e-5)
    with np.errstate(divide="ignore"):
        assert class_score(np.log(np.tile(np.eye(10), (3, 1)))) == pytest.approx(10)
    assert class_score(np.full((20, 10), -np.log(10))) == pytest.approx(1)


def test_accuracies_without_each_group_are_about_the_whole():
    """Those of a mean over the tested examples average to it."""
    x, y = RNG.normal(size=(2, 80, 2))
    test = classifier_test(x, y + 1, groups=10)
    assert test.without_real.mean() == pytest.approx(test.accuracy)
    assert test.without_fake.mean() == pytest.approx(test.accuracy)
