"""Likelihood and sample quality against the size of the training set, where the expected likelihood is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, Normal, make_context

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import DivergedError
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.generative_curve import evaluate

DATA = DataSpec("points", (8,), "real")
X = np.random.default_rng(0).normal(size=(3000, 8)).astype(np.float32)
TRAIN, TEST = Split(X[:1000]), X[1000:]


class Mean(Normal):
    """The normal with unit covariance around the mean of its training examples."""

    def __init__(self, data, split=TRAIN):
        super().__init__(data, mean=torch.as_tensor(split.x.mean(axis=0)))


def rows_of(refit_all=None, model=Mean, **changes):
    def refit(split):
        return tuple(Fitted(model(DATA, split), DATA, seed) for seed in range(2))

    settings = {"generative_curve_sizes": (5, 100, 5000), "generative_curve_datasets": ("points",), **changes}
    context = make_context(
        [model(DATA), model(DATA)],
        TEST,
        data=DATA,
        train=TRAIN,
        test_examples=2000,
        refit_all=refit_all or refit,
        **settings,
    )
    return {(row.metric, row.examples): row for row in evaluate(context)}


def test_the_likelihood_grows_as_theory_says():
    rows = rows_of()
    assert {size for _, size in rows} == {5, 100, 1000}
    entropy = 4 * np.log(2 * np.pi) + 0.5 * np.square(TEST).sum(axis=1).mean()
    for size in (5, 100, 1000):
        nll = rows["nll", size]
        gap = np.square(TRAIN.x[:size].mean(axis=0) - TEST.mean(axis=0)).sum() - np.square(TEST.mean(axis=0)).sum()
        assert nll.value == pytest.approx(entropy + gap / 2, abs=1e-3)
        assert (nll.estimator, nll.seeds, nll.n) == ("exact", 2, 2000)
    assert rows["frechet_distance", 5].value > 3 * rows["frechet_distance", 1000].value
    assert rows["kernel_distance", 5].value > rows["kernel_distance", 100].value
    assert rows["frechet_distance", 5].estimator == "fd[features]"


def test_only_on_the_data_sets_named():
    assert rows_of(generative_curve_datasets=("other",)) == {}


def test_a_size_that_fails_leaves_a_row_and_the_others_go_on():
    def refit(split):
        if len(split) == 5:
            raise DivergedError("loss is nan")
        return (Fitted(Mean(DATA, split), DATA, 0),)

    rows = rows_of(refit)
    assert [key for key, row in rows.items() if row.status != "ok"] == [("frechet_distance", 5)]
    assert rows["frechet_distance", 5].status == "diverged"
    assert "loss is nan" in rows["frechet_distance", 5].reason


class Bound(FakeModel):
    def __init__(self, data, split=None):
        super().__init__(data)

    def sample(self, n, draws, y=None):
        return draws.normal(n, 8)

    def log_prob_bound(self, x, draws, k):
        return -x.square().sum(1)


def test_a_bound_is_named_so():
    assert rows_of(model=Bound)["nll", 5].estimator == "bound[iwae-64]"
