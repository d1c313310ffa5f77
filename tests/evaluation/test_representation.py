"""Probes where the right answer is known: features that are the label, features that know nothing, and controls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context
from sklearn.neighbors import KNeighborsClassifier

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation import probes
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.probes import Labelled, linear_probe, nearest_neighbours
from genbench.evaluation.representation import evaluate

N, CLASSES = 300, 3
DATA = DataSpec("fake", (4,), "real", classes=CLASSES)


class Embedding(FakeModel):
    """Features ``function(x)``."""

    def __init__(self, data, *, function):
        super().__init__(data)
        self.function = function

    def embed(self, x):
        return self.function(x)


def split(seed, n=N):
    """The label in the first column, as a number far smaller than the noise in the others."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, n)
    return Split(np.column_stack([0.001 * y, 10 * rng.normal(size=(n, 3))]).astype(np.float32), y)


def label_alone(x):
    return torch.nn.functional.one_hot((1000 * x[:, 0]).round().long(), CLASSES).float()


def noise_alone(x):
    return x[:, 1:]


def context(models, untrained=None, **changes):
    train, validation, test = (split(seed) for seed in range(3))
    made = make_context(models, test.x, y=test.y, data=DATA, train=train, **changes)
    build = None if untrained is None else lambda seed: Fitted(untrained, DATA, seed)
    return replace(made, validation=validation, untrained=build)


def rows_of(made):
    rows = list(evaluate(made))
    found = {(row.metric, row.estimator): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_features_that_are_the_label_are_perfect_and_noise_is_at_chance():
    perfect, blind = (Embedding(DATA, function=function) for function in (label_alone, noise_alone))
    rows = rows_of(context([perfect, perfect], blind))
    for metric, name in (("linear_probe", "probe"), ("knn", "knn")):
        model = rows[f"{metric}_accuracy", f"{name}[model]"]
        control = rows[f"{metric}_accuracy", f"{name}[random-init]"]
        gain = rows[f"{metric}_gain", f"{name}[model-random-init]"]
        assert (model.value, model.seeds, model.n, model.examples, model.better) == (1, 2, N, N, "higher")
        assert control.ci_low < 1 / CLASSES < control.ci_high
        assert gain.value == pytest.approx(model.value - control.value)
        assert gain.ci_low > 0.4
        assert rows[f"{metric}_accuracy", f"{name}[features]"].seeds == 1
    assert len(rows) == 8


def test_the_probe_standardises_and_neighbours_do_not():
    rows = rows_of(context([Embedding(DATA, function=lambda x: x)]))
    assert rows["linear_probe_accuracy", "probe[features]"].value > 0.95
    assert rows["knn_accuracy", "knn[features]"].value < 0.5


def test_a_model_with_a_fit_of_its_own_has_no_untrained_network_and_no_gain():
    rows = rows_of(context([Embedding(DATA, function=label_alone)]))
    assert {estimator for _, estimator in rows} == {"probe[model]", "probe[features]", "knn[model]", "knn[features]"}


def test_an_untrained_twin_gains_nothing():
    twin = Embedding(DATA, function=noise_alone)
    rows = rows_of(context([twin, twin], twin))
    for metric, name in (("linear_probe", "probe"), ("knn", "knn")):
        gain = rows[f"{metric}_gain", f"{name}[model-random-init]"]
        assert gain.value == 0
        assert (gain.ci_low, gain.ci_high) == (
            None,
            None,
        )  # no example tells them apart: of how many it would, nothing is known


def test_one_example_better_and_none_worse_is_no_evidence():
    gain = np.zeros((3, 500))
    gain[:, 0] = 1
    low, high = mean_interval(gain, 1000)
    assert low < 0 < 0.002 < high


def test_the_interval_of_a_gain_covers_the_difference_of_two_shares():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        gain = (rng.random((3, 300)) < 0.9).astype(float) - (rng.random((3, 300)) < 0.8)
        low, high = mean_interval(gain, 1000)
        covered += low <= 0.1 <= high
    assert covered >= 180


def test_pixels_are_what_images_are_compared_with():
    data = DataSpec("image", (1, 2, 2), "unit", classes=CLASSES)
    splits = [Split(part.x.reshape(-1, 1, 2, 2), part.y) for part in (split(0), split(1), split(2))]
    made = make_context([Embedding(data, function=lambda x: x.flatten(1))], splits[2].x, y=splits[2].y, data=data)
    rows = rows_of(replace(made, train=splits[0], validation=splits[1]))
    for metric, name in (("linear_probe", "probe"), ("knn", "knn")):
        model, pixels = (rows[f"{metric}_accuracy", f"{name}[{features}]"].value for features in ("model", "pixels"))
        assert model == pixels


def test_only_so_many_training_examples_as_the_protocol_says():
    seen = []

    def spy(x):
        seen.append(len(x))
        return label_alone(x)

    rows_of(context([Embedding(DATA, function=spy)], probe_examples=40, test_examples=70))
    assert sorted(seen) == [40, 70, 70]


def test_one_class_is_nothing_to_tell_apart():
    made = context([Embedding(DATA, function=label_alone)])
    with pytest.raises(Unavailable, match="one class"):
        list(evaluate(replace(made, train=Split(made.train.x, np.zeros(N, dtype=np.int64)))))


def test_features_are_taken_in_evaluation_mode():
    class Dropped(torch.nn.Module, FakeModel):
        def __init__(self, data):
            torch.nn.Module.__init__(self)
            self.data, self.layer = data, torch.nn.Dropout(0.9)

        def embed(self, x):
            return self.layer(x)

    fitted = Fitted(Dropped(DATA).train(), DATA, 0)
    np.testing.assert_array_equal(fitted.embed(split(0).x), split(0).x)


def labelled(seed, n=200):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    return Labelled(rng.normal(size=(n, 5)) + y[:, None] * [1, 0.5, 0, 0, 0], y)


def test_neighbours_vote_as_in_the_reference_library_with_k_chosen_on_validation():
    train, validation, test = (labelled(seed) for seed in range(3))
    references = [KNeighborsClassifier(k, algorithm="brute").fit(*train) for k in probes.NEIGHBOURS]
    best = max(references, key=lambda reference: reference.score(*validation))
    assert best.n_neighbors > 1
    np.testing.assert_array_equal(nearest_neighbours(train, validation, test.x), best.predict(test.x))


def test_k_is_no_larger_than_the_training_set():
    train = labelled(0, 4)
    assert nearest_neighbours(train, train, train.x).tolist() == train.y.tolist()


@pytest.mark.parametrize("classify", [linear_probe, nearest_neighbours])
def test_choices_depend_on_validation_alone(classify, monkeypatch):
    """The answer for an example does not depend on which others are tested, and it does on the validation split."""
    train, validation, test = labelled(0), labelled(1), labelled(2)
    together = classify(train, validation, test.x)
    np.testing.assert_array_equal(classify(train, validation, test.x[:50]), together[:50])
    chosen = {tuple(classify(train, Labelled(validation.x, labels), test.x)) for labels in wrong_labels(train)}
    assert len(chosen) > 1


def wrong_labels(train):
    """Validation labels that favour different choices."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 4, len(train.y)) for _ in range(8)]


def test_of_equal_penalties_the_strongest_is_taken(monkeypatch):
    train = labelled(0)
    constant = Labelled(train.x, np.full(len(train.y), 9))  # no penalty gets any right
    monkeypatch.setattr(probes, "INVERSE_PENALTIES", (1e-3, 10.0))
    chosen = linear_probe(train, constant, train.x)
    monkeypatch.setattr(probes, "INVERSE_PENALTIES", (1e-3,))
    np.testing.assert_array_equal(chosen, linear_probe(train, constant, train.x))
