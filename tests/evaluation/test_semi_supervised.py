"""What is fitted to which labels, and what comes of it in the table."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import FakeModel, make_context

from genbench import UNLABELLED
from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import DivergedError, Unavailable
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.semi_supervised import evaluate, evaluate_trained

DATA = DataSpec("two", (1,), "real", classes=2)
RNG = np.random.default_rng(0)
Y = np.arange(200) % 2
X = (RNG.normal(size=(200, 1)) + 4 * Y[:, None]).astype(np.float32)


class Sure(FakeModel):
    """Sure, and right as often as all examples that it was fitted to are many."""

    def __init__(self, data, split=None):
        super().__init__(data)
        self.share = 0.5 if split is None else len(split) / 200

    def predict_log_proba(self, x):
        right = np.where(np.arange(len(x)) < self.share * len(x), 1 - 1e-9, 1e-9)
        of_one = np.where(np.arange(len(x)) % 2 == 1, right, 1 - right)
        return np.log(np.stack([1 - of_one, of_one], axis=1))


class TakesUnlabelled(Sure):
    takes_unlabelled = True


class NoClassifier(FakeModel):
    """Gives labels, but is not asked for them anywhere else."""

    takes_unlabelled = True

    def __init__(self, data, split=None):
        super().__init__(data)
        self.label_log_proba = Sure(data, split).predict_log_proba


class WithoutLabels(NoClassifier):
    def __init__(self, data, split=None):
        super().__init__(data)
        self.label_log_proba = self._refuse

    def _refuse(self, x):
        raise Unavailable("not with these hyperparameters")


def rows_of(model, refit=None, evaluation=evaluate, seeds=1, **changes):
    seen = []

    def fit(split, seed):
        seen.append(split)
        return Fitted(model(DATA, split), DATA, seed)

    settings = {
        "semi_supervised_labels": (10, 50, 200),
        "semi_supervised_subsets": 3,
        "unlabelled_examples": 150,
        **changes,
    }
    context = make_context(
        [model(DATA) for _ in range(seeds)], X, y=Y, data=DATA, train=Split(X, Y), refit=refit or fit, **settings
    )
    rows = list(evaluation(context))
    return {(row.estimator, row.examples): row for row in rows if row.metric == "test_error"}, seen


def test_labels_are_hidden_from_a_model_that_takes_unlabelled_examples():
    errors, seen = rows_of(TakesUnlabelled)
    assert sorted(errors) == [(kind, m) for kind in ("labels-only", "with-unlabelled") for m in (10, 50)]
    assert {(row.seeds, row.n) for row in errors.values()} == {(3, 200)}
    assert errors["labels-only", 50].value == pytest.approx(0.75)
    assert errors["with-unlabelled", 50].value == pytest.approx(0.25)
    alone, hidden = seen[:3], seen[3:6]
    for few, many in zip(alone, hidden, strict=True):
        assert (len(few), len(many)) == (10, 150)
        np.testing.assert_array_equal(many.x[:10], few.x)
        np.testing.assert_array_equal(many.y[:10], few.y)
        assert (many.y[10:] == UNLABELLED).all()
        assert set(few.y) == {0, 1}
    assert not np.array_equal(alone[0].x, alone[1].x)
    assert (Y >= 0).all()


def test_any_other_model_never_sees_an_example_without_a_label():
    errors, seen = rows_of(Sure)
    assert {kind for kind, _ in errors} == {"labels-only"}
    assert all((split.y >= 0).all() for split in seen)


def test_what_is_no_classifier_is_fitted_to_as_many_subsets_as_there_are_seeds():
    errors, _ = rows_of(NoClassifier, evaluation=evaluate_trained, seeds=2)
    same, _ = rows_of(TakesUnlabelled, semi_supervised_subsets=2)
    assert {key: row.value for key, row in errors.items()} == {key: row.value for key, row in same.items()}
    assert {row.seeds for row in errors.values()} == {2}
    with pytest.raises(Unavailable, match="not with these"):
        rows_of(WithoutLabels, evaluation=evaluate_trained)


def test_a_protocol_without_such_sizes_measures_nothing():
    assert rows_of(Sure, semi_supervised_labels=()) == ({}, [])


def test_a_fit_that_fails_leaves_a_row():
    def refit(split, seed):
        if len(split) > 10:
            raise DivergedError("loss is nan")
        return Fitted(Sure(DATA, split), DATA, seed)

    errors, _ = rows_of(TakesUnlabelled, refit)
    assert {key for key, row in errors.items() if row.status == "diverged"} == {
        ("labels-only", 50), ("with-unlabelled", 10), ("with-unlabelled", 50),
    }  # fmt: skip
