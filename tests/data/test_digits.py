"""digits, digits-binary and stacked_digits."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from genbench.data.digits import digits, digits_binary, stacked_digits
from genbench.data.levels import to_levels
from genbench.data.source import DataSource

NOWHERE = DataSource()


@pytest.fixture(scope="module")
def stacked():
    return stacked_digits(NOWHERE)


def _parts(dataset):
    return dataset.train, dataset.validation, dataset.test


def test_digits_are_scikit_learns():
    dataset, bunch = digits(NOWHERE), load_digits()
    x = np.concatenate([part.x for part in _parts(dataset)])
    y = np.concatenate([part.y for part in _parts(dataset)])
    rows = np.column_stack([x.reshape(len(x), -1) * 16, y])
    expected = np.column_stack([bunch.data, bunch.target])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])
    assert (dataset.spec.levels, dataset.spec.classes, dataset.spec.support) == (17, 10, "unit")


def test_digits_splits_are_stratified():
    dataset = digits(NOWHERE)
    overall = np.bincount(load_digits().target) / 1797
    for part, share in zip(_parts(dataset), (0.6, 0.2, 0.2), strict=True):
        assert len(part) == pytest.approx(share * 1797, abs=5)
        np.testing.assert_allclose(np.bincount(part.y) / len(part), overall, atol=0.004)


def test_digits_binary_is_the_thresholded_digits():
    grey, binary = digits(NOWHERE), digits_binary(NOWHERE)
    for one, other in zip(_parts(grey), _parts(binary), strict=True):
        np.testing.assert_array_equal(to_levels(one.x, 17) >= 8, other.x == 1)
        np.testing.assert_array_equal(one.y, other.y)
    assert set(np.unique(binary.train.x)) == {0, 1}
    assert "8 of 16" in binary.notes[0]


def test_stacked_digits_take_each_split_from_the_same_split(stacked):
    for base, part in zip(_parts(digits(NOWHERE)), _parts(stacked), strict=True):
        known = {image.tobytes() for image in base.x[:, 0]}
        assert {image.tobytes() for image in part.x[:500].reshape(-1, 8, 8)} <= known
    assert [len(part) for part in _parts(stacked)] == [20_000, 2_000, 5_000]
    assert (stacked.spec.classes, stacked.train.y) == (0, None)


def test_modes_are_the_triples_of_true_digits(stacked):
    base = digits(NOWHERE)
    label = {image.tobytes(): digit for image, digit in zip(base.test.x[:, 0], base.test.y, strict=True)}
    x = stacked.test.x[:1000]
    true = [sum(f * label[c.tobytes()] for f, c in zip((100, 10, 1), image, strict=True)) for image in x]
    assigned, good = stacked.modes.assign(x)
    assert np.mean(assigned == true) > 0.93
    assert good.all()


def test_weights_are_the_products_of_the_digits_shares(stacked):
    share = np.bincount(digits(NOWHERE).train.y) / len(digits(NOWHERE).train)
    assert stacked.modes.weights.shape == (1000,)
    assert stacked.modes.weights.sum() == pytest.approx(1)
    assert stacked.modes.weights[937] == pytest.approx(share[9] * share[3] * share[7])


def test_training_split_shows_nearly_every_mode(stacked):
    """12,000 triples of a nearly uniform law on 1,000 modes miss about 1000 exp(-12)."""
    assert len(np.unique(stacked.modes.assign(stacked.train.x[:12_000])[0])) == 1000


def test_classifier_is_good_and_takes_any_sample(stacked):
    assert 0.97 < stacked.modes.hits.mean() <= 1
    noise = np.random.default_rng(0).random((7, 3, 8, 8))
    modes, _ = stacked.modes.assign(noise)
    assert modes.shape == (7,)
    assert ((modes >= 0) & (modes < 1000)).all()
    assert (stacked.modes.name, stacked.modes.has_quality) == ("digits-svc-v1", False)


def test_classifier_is_fitted_when_first_asked():
    assert "_machine" not in vars(stacked_digits(NOWHERE).modes.classifier)
