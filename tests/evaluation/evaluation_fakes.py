"""Tiny models, and contexts made by hand, for the tests of the evaluations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.evaluation.context import EvaluationContext, FitRecord
from genbench.evaluation.fitted import Fitted
from genbench.model import Model
from genbench.protocol import load_protocol

PROTOCOL = load_protocol("quick").evaluation.model_copy(update={"learning_curve_subsets": 10, "test_examples": 1000})


class FakeModel(Model):
    """A model whose capabilities its subclasses, or the functions it is given, define; fitting does nothing."""

    def fit(self, train, validation, context):
        pass


class Sampler(FakeModel):
    """Samples with ``draw(n, draws) -> (n, *shape)``."""

    def __init__(self, data, *, draw):
        super().__init__(data)
        self.draw = draw

    def sample(self, n, draws, y=None):
        return self.draw(n, draws)


class Normal(FakeModel):
    """A normal density with unit covariance and the given mean."""

    def __init__(self, data, *, mean=0.0):
        super().__init__(data)
        self.mean = mean

    def log_prob(self, x):
        flat = x.flatten(1).double()
        return -0.5 * ((flat - self.mean) ** 2).sum(1) - 0.5 * flat.shape[1] * np.log(2 * np.pi)

    def sample(self, n, draws, y=None):
        return self.mean + draws.normal(n, *self.data.shape)


class Logistic(FakeModel):
    """scikit-learn's logistic regression, fitted to a split when it is made."""

    def __init__(self, data, split):
        super().__init__(data)
        self.classifier = LogisticRegression().fit(split.x, split.y)

    def predict_log_proba(self, x):
        return self.classifier.predict_log_proba(x.numpy())


class NormalTruth:
    """The standard normal in float64."""

    def log_prob(self, x):
        assert x.dtype == np.float64
        return -0.5 * np.square(x).sum(axis=1) - 0.5 * x.shape[1] * np.log(2 * np.pi)


class Flat(FakeModel):
    """The same log density everywhere."""

    def __init__(self, data, *, value=0.0):
        super().__init__(data)
        self.value = value

    def log_prob(self, x):
        return torch.full((len(x),), self.value)


def make_context(models, x, *, y=None, data=None, train=None, **changes):
    """A context with the test examples ``x``; ``models`` are fitted models, one a seed; protocol ``quick``."""
    data = data or DataSpec("fake", x.shape[1:], "real", classes=0 if y is None else int(y.max()) + 1)
    test = Split(x.astype(np.float32), y)
    train = test if train is None else train
    fields = {
        "data": data,
        "validation": test,
        "test": test,
        "train_size": len(train),
        "models": tuple(Fitted(model, data, seed) for seed, model in enumerate(models)),
        "protocol": PROTOCOL,
        "fits": tuple(FitRecord(seed, 1.0 + seed, 10.0 * (seed + 1)) for seed in range(len(models))),
        "batch_size": 128,
        "train": train,
    }
    protocol = {name: changes.pop(name) for name in list(changes) if name in type(PROTOCOL).model_fields}
    fields["protocol"] = PROTOCOL.model_copy(update=protocol)
    return replace(EvaluationContext(**fields), **changes)


def headline(measurements):
    """The first measurement of each metric: that at the largest n, in the first space."""
    found = {}
    for row in measurements:
        found.setdefault(row.metric, row)
    return found


def by_metric(measurements):
    """The measurements by metric; each metric once."""
    rows = list(measurements)
    found = {row.metric: row for row in rows}
    assert len(found) == len(rows)
    return found
