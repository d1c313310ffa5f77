"""Conditional samplers that do as they are asked, that ignore it and that mix labels up; clusters that are labels or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.clustering import evaluate as evaluate_clusters
from genbench.evaluation.conditional_quality import evaluate
from genbench.evaluation.fitted import Fitted

CLASSES = 4
DATA = DataSpec("fake", (2,), "real", classes=CLASSES)
CENTRES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


class Asked(FakeModel):
    """Samples near the centre of the class ``told(y)``."""

    needs_labels = True

    def __init__(self, data, *, told):
        super().__init__(data)
        self.told = told

    def sample(self, n, draws, y=None):
        return CENTRES[self.told(y, draws)] + draws.normal(n, 2)


def split(seed, n=400):
    rng = np.random.default_rng(seed)
    y = rng.integers(CLASSES, size=n)
    return Split((CENTRES[y].numpy() + rng.normal(size=(n, 2))).astype(np.float32), y)


def measure(told, seeds=2):
    test = split(1)
    models = [Asked(DATA, told=told) for _ in range(seeds)]
    context = make_context(models, test.x, y=test.y, data=DATA, train=split(0))
    return {row.metric: row for row in evaluate(context)}


def test_a_model_that_does_as_it_is_asked() -> None:
    rows = measure(lambda y, draws: y)
    assert rows["label_agreement"].value > 0.99
    assert rows["train_on_samples_accuracy"].value > 0.99
    assert rows["classifier_accuracy"].value > 0.99
    assert (rows["label_agreement"].seeds, rows["label_agreement"].n) == (2, 400)
    assert rows["label_agreement"].estimator == "svc[features]"


def test_a_model_that_ignores_the_label_is_at_chance() -> None:
    rows = measure(lambda y, draws: draws.integers(CLASSES, len(y)))
    for metric in ("label_agreement", "train_on_samples_accuracy"):
        assert rows[metric].value < 0.45
    assert rows["label_agreement"].ci_low < 0.25 < rows["label_agreement"].ci_high


def test_a_model_that_mixes_labels_up_never_agrees() -> None:
    rows = measure(lambda y, draws: (y + 1) % CLASSES)
    assert rows["label_agreement"].value < 0.01
    assert rows["train_on_samples_accuracy"].value < 0.01
    assert rows["classifier_accuracy"].value > 0.99


def test_models_without_labels_are_left_out() -> None:
    class Unconditional(Asked):
        needs_labels = False

    test = split(1)
    context = make_context([Unconditional(DATA, told=None)], test.x, y=test.y, data=DATA)
    with pytest.raises(Unavailable, match="not given labels"):
        list(evaluate(context))


class Clusters(FakeModel):
    def __init__(self, data, *, function):
        super().__init__(data)
        self.function = function

    def cluster(self, x):
        return self.function(x)


def nearest(x):
    return torch.cdist(x, CENTRES).argmin(1)


def clusters(*functions, untrained=None):
    test = split(1)
    context = make_context([Clusters(DATA, function=f) for f in functions], test.x, y=test.y, data=DATA)
    build = None if untrained is None else lambda seed: Fitted(Clusters(DATA, function=untrained), DATA, seed)
    rows = evaluate_clusters(replace(context, validation=split(2), untrained=build))
    return {row.estimator: row for row in rows}


def test_groups_that_are_the_labels_under_other_names() -> None:
    row = clusters(lambda x: (nearest(x) + 1) % CLASSES, lambda x: 10 + nearest(x))["hungarian[model]"]
    assert row.value > 0.99
    assert (row.seeds, row.n) == (2, 400)


def test_groups_at_random_are_at_chance_since_the_matching_does_not_see_the_test_examples() -> None:
    row = clusters(*[lambda x: torch.randint(50, (len(x),), generator=torch.Generator().manual_seed(len(x)))] * 2)
    assert row["hungarian[model]"].value < 0.12


def test_one_group_agrees_with_one_label_and_two_labels_in_one_group_with_half() -> None:
    one = clusters(lambda x: torch.zeros(len(x), dtype=torch.long))["hungarian[model]"]
    assert 0.15 < one.value < 0.35
    assert clusters(lambda x: nearest(x) // 2)["hungarian[model]"].value == pytest.approx(0.5, abs=0.07)


def test_the_untrained_network_stands_beside() -> None:
    rows = clusters(nearest, untrained=lambda x: torch.zeros(len(x), dtype=torch.long))
    assert rows["hungarian[model]"].ci_low > rows["hungarian[random-init]"].ci_high


def test_groups_are_integers() -> None:
    for wrong in (lambda x: x[:, 0], lambda x: torch.full((len(x),), -1)):
        with pytest.raises(ModelOutputError, match="integers"):
            clusters(wrong)
