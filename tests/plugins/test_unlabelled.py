"""Expectation maximisation over hidden labels: where it helps, where it cannot matter, and where it must hurt."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, tensor
from scipy.special import logsumexp

from genbench import UNLABELLED, DataSpec
from genbench.data.source import DataSource
from genbench.data.synthetic import gaussians

TAKERS = ("naive_bayes", "naive_bayes_shared", "gda", "gda_shared")
DATA = gaussians(DataSource())


def errors(name: str, spec: DataSpec, x: np.ndarray, y: np.ndarray, labels: int, test: tuple) -> tuple[float, float]:
    """With the first labels alone, and with the other examples besides."""
    hidden = np.where(np.arange(len(y)) < labels, y, UNLABELLED)
    models = fit(MODELS[name], spec, x[:labels], y[:labels]), fit(MODELS[name], spec, x, hidden)
    alone, both = (float((m.predict_log_proba(tensor(test[0])).argmax(axis=1) != test[1]).mean()) for m in models)
    return alone, both


def test_who_takes_unlabelled_examples() -> None:
    assert {name for name, model in MODELS.items() if model.takes_unlabelled} == set(TAKERS)


@pytest.mark.parametrize("name", ["naive_bayes", "naive_bayes_shared"])
def test_with_few_labels_the_true_model_gains_nearly_all_that_labels_would_give(name: str) -> None:
    bayes = 0.125
    for first in (0, 100, 200):
        part = slice(first, first + 2000)
        alone, both = errors(name, DATA.spec, DATA.train.x[part], DATA.train.y[part], 20, (DATA.test.x, DATA.test.y))
        assert alone > bayes + 0.04
        assert both < bayes + 0.015


def test_where_the_groups_are_not_the_classes_it_hurts() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 4000)
    group = np.where(rng.random(4000) < 0.7, y, 1 - y)
    centres = np.stack([6.0 * (2 * group - 1), 2.0 * y - 1], axis=1)
    x = (centres + rng.normal(size=(4000, 2))).astype(np.float32)
    spec = DataSpec("across", (2,), "real", classes=2)
    alone, both = errors("naive_bayes_shared", spec, x[:2000], y[:2000], 40, (x[2000:], y[2000:]))
    assert alone < 0.2
    assert both > alone + 0.15


@pytest.mark.parametrize("support", ["binary", "categorical", "mixed", "unit"])
def test_the_likelihood_of_all_examples_grows(support: str) -> None:
    spec, x, y = example_data(support, 300)
    hidden = np.where(np.arange(300) < 30, y, UNLABELLED)
    before = fit(MODELS["naive_bayes"], spec, x[:30], y[:30]).log_joint(tensor(x))
    after = fit(MODELS["naive_bayes"], spec, x, hidden).log_joint(tensor(x))

    def likelihood(joint: np.ndarray) -> float:
        return float(joint[np.arange(30), y[:30]].sum() + logsumexp(joint[30:], axis=1).sum())

    assert likelihood(after) > likelihood(before)


@pytest.mark.parametrize("name", TAKERS)
def test_with_all_labels_known_nothing_changes_and_with_one_hidden_hardly(name: str) -> None:
    x, y = DATA.train.x[:500], DATA.train.y[:500]
    hidden = np.append(y[:-1], UNLABELLED)
    known, nearly = fit(MODELS[name], DATA.spec, x, y), fit(MODELS[name], DATA.spec, x, hidden)
    test = tensor(DATA.test.x[:200])
    np.testing.assert_allclose(known.predict_log_proba(test), nearly.predict_log_proba(test), atol=0.2)
    assert nearly.prior.sum() == pytest.approx(1)


@pytest.mark.parametrize("name", TAKERS)
def test_a_class_without_a_label_stays_one_of_which_nothing_is_known(name: str) -> None:
    spec, x, y = example_data("real", 120)
    hidden = np.where((np.arange(120) < 60) & (y < 2), y, UNLABELLED)
    model = fit(MODELS[name], spec, x, hidden)
    log_proba = model.predict_log_proba(tensor(x))
    np.testing.assert_allclose(np.exp(log_proba).sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(log_proba[:, 2]), 1 / 123)
