"""Rows of Parzen windows: between two controls that a reader can tell from the model, and that do not compete."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import Sampler, make_context

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.evaluation.parzen import evaluate

RNG = np.random.default_rng(0)
POINTS = DataSpec("points", (2,), "real")
CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def blobs(n):
    return (CENTRES[np.arange(n) % 3] + 0.5 * RNG.normal(size=(n, 2))).astype(np.float32)


def rows_of(draw, **changes):
    models = [Sampler(POINTS, draw=draw)] * 2
    context = make_context(models, blobs(300), train=Split(blobs(1000)), samples=200, parzen_centres=400, **changes)
    return {(row.metric, row.estimator.split(",")[0]): row for row in evaluate(context)}


def true_samples(n, draws):
    return CENTRES[draws.integers(3, n).numpy()] + 0.5 * draws.normal(n, 2).numpy()


def test_the_truth_is_as_good_as_training_examples_and_a_poor_model_is_not():
    rows = rows_of(true_samples)
    of_training, own, of_means = (
        rows["parzen_log_density", f"parzen[{kind}"] for kind in ("training-examples", "samples", "k-means")
    )
    entropy = np.log(3) + 1 + np.log(2 * np.pi) + 2 * np.log(0.5)
    assert own.value == pytest.approx(-entropy, abs=0.15)
    assert own.value == pytest.approx(of_training.value, abs=0.1)
    assert own.ci_low < own.value < own.ci_high
    assert (own.seeds, own.n, own.examples, own.unit) == (2, 200, 1000, "nats")
    assert own.estimator == "parzen[samples,centres=400]"
    noise = rows_of(lambda n, draws: 30 * draws.normal(n, 2))["parzen_log_density", "parzen[samples"]
    assert noise.value < of_training.value - 2
    assert [own.better, of_training.better, of_means.better] == ["higher", "", ""]


def test_the_bandwidth_is_a_row_of_its_own():
    rows = rows_of(true_samples)
    row = rows["parzen_bandwidth", "parzen[samples"]
    assert len(row.per_seed) == row.seeds
    assert row.ci_low is None
    assert len(rows["parzen_log_density", "parzen[samples"].per_seed) == row.seeds
    assert 0.1 < row.value < 0.6  # blobs of width 0.5, in units of the data
    assert (row.n, row.better) == (100, "")


def test_no_more_centres_than_half_the_training_split_and_values_are_kept():
    kept = {}
    models = [Sampler(POINTS, draw=true_samples)] * 2
    context = make_context(
        models, blobs(90), train=Split(blobs(60)), keep=lambda metric, estimator, x: kept.update({estimator: x})
    )
    rows = list(evaluate(context))
    assert {row.estimator for row in rows} == {
        f"parzen[{kind},centres=30]" for kind in ("training-examples", "samples", "k-means")
    }
    assert kept["parzen[samples,centres=30]"].shape == (2, 90)
    assert len(kept) == 1
    mean = next(row for row in rows if row.metric == "parzen_log_density" and "samples" in row.estimator)
    assert kept["parzen[samples,centres=30]"].mean() == pytest.approx(mean.value)


def test_in_many_dimensions_means_beat_examples():
    """What is wrong with the estimator: Theis et al. 2016."""
    data = DataSpec("high", (60,), "real")
    x = RNG.normal(size=(3000, 60)).astype(np.float32)
    draw = Sampler(data, draw=lambda n, draws: draws.normal(n, 60))
    context = make_context([draw], x[:300], train=Split(x[300:]), data=data, parzen_centres=100)
    _, _, own, _, of_means, _ = evaluate(context)
    assert of_means.value > own.value + 1
