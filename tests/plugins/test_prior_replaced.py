"""Naive Bayes with its prior replaced, on ``gaussians``, where it is the true model."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, tensor

from genbench import Split
from genbench.data.source import DataSource
from genbench.data.synthetic import gaussians
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior

DATA = gaussians(DataSource(()))
PRIOR = np.array([0.1, 0.9])


@pytest.mark.parametrize("name", ["naive_bayes", "naive_bayes_shared"])
def test_it_regains_the_bayes_error_and_finds_the_prior_by_itself(name: str) -> None:
    model, train = MODELS[name](DATA.spec), Split(tensor(DATA.train.x), DATA.train.to_torch().y)
    model.fit(train, train, None)
    trained = np.bincount(DATA.train.y) / len(DATA.train)
    rng = np.random.default_rng(0)
    x, y = DATA.truth.sample(200_000, rng)
    chosen = shifted_subset(y, PRIOR, rng)
    x, y = x[chosen].astype(np.float32), y[chosen]
    bayes = np.mean(with_prior(DATA.truth.class_log_prob(x), np.array([0.5, 0.5]), PRIOR).argmax(axis=1) != y)
    log_proba = np.asarray(model.predict_log_proba(tensor(x)))
    assert np.mean(log_proba.argmax(axis=1) != y) > bayes + 0.04
    assert np.mean(with_prior(log_proba, trained, PRIOR).argmax(axis=1) != y) == pytest.approx(bayes, abs=0.005)
    np.testing.assert_allclose(estimated_prior(log_proba[:5000], trained), PRIOR, atol=0.02)
