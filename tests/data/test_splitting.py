"""Splits: disjoint, complete, stratified, stable, shuffled."""

from __future__ import annotations

import numpy as np
import pytest

from genbench.data.splitting import last_examples_indices, split_indices


def _labels(*counts):
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


@pytest.mark.parametrize(
    "labels", [None, _labels(50, 50, 50), _labels(501, 499), _labels(15, 5, 4), _labels(81, 61, 4, 2)]
)
def test_every_example_is_in_one_split(labels):
    n = 137 if labels is None else len(labels)
    parts = split_indices("some", n, labels)
    assert sorted(np.concatenate(parts)) == list(range(n))


def test_sixty_twenty_twenty_within_each_label():
    labels = _labels(500, 100, 50)
    train, validation, test = split_indices("some", len(labels), labels)
    assert np.bincount(labels[train]).tolist() == [300, 60, 30]
    assert np.bincount(labels[validation]).tolist() == [100, 20, 10]
    assert np.bincount(labels[test]).tolist() == [100, 20, 10]


@pytest.mark.parametrize("counts", [(2, 2), (2, 40), (3, 3, 3), (15, 5, 4), (81, 61, 4, 2)])
def test_every_class_with_two_rows_is_in_training(counts):
    labels = _labels(*counts)
    train, _, _ = split_indices("tiny", len(labels), labels)
    assert set(labels[train]) == set(range(len(counts)))


def test_unlabelled_split():
    assert [len(part) for part in split_indices("some", 1000)] == [600, 200, 200]


def test_same_name_same_split_and_another_name_another():
    one, again, other = (split_indices(name, 100)[0] for name in ("a", "a", "b"))
    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()


def test_split_is_the_one_that_was_published():
    """A golden value: the splits are part of the data sets and must never change."""
    train, validation, test = split_indices("golden", 20, _labels(10, 10))
    assert (train.tolist(), validation.tolist(), test.tolist()) == GOLDEN


GOLDEN = ([3, 10, 9, 7, 12, 17, 8, 15, 1, 11, 6, 19], [13, 2, 16, 5], [18, 4, 14, 0])


def test_splits_are_shuffled_so_that_a_prefix_is_a_random_subset():
    labels = np.repeat(np.arange(4), 500)
    for part in split_indices("some", len(labels), labels):
        counts = np.bincount(labels[part[: len(part) // 4]], minlength=4)
        assert counts.min() > 0.7 * counts.mean()


def test_official_test_rows_are_kept_and_validation_comes_from_the_others():
    labels = _labels(400, 100)
    official = np.arange(500) >= 300
    train, validation, test = split_indices("some", 500, labels, official)
    assert sorted(test) == list(range(300, 500))
    assert len(validation) == pytest.approx(60, abs=1)
    assert sorted(np.concatenate([train, validation])) == list(range(300))
    share = [np.mean(labels[part] == 0) for part in (train, validation)]
    assert share[0] == pytest.approx(share[1], abs=0.02)


def test_last_training_images_are_validation():
    train, validation, test = last_examples_indices("images", 60, 10, 20)
    assert (sorted(train), sorted(validation), sorted(test)) == (
        list(range(50)), list(range(50, 60)), list(range(60, 80)),
    )  # fmt: skip
    assert train.tolist() != sorted(train)
    assert test.tolist() != sorted(test)
