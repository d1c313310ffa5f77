"""What is done to images, and inputs that are nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context

from genbench.data.spec import Column, DataSpec
from genbench.evaluation.corruptions import CORRUPTIONS, corrupted, nothing
from genbench.evaluation.shift import corruption_rows

RNG = np.random.default_rng(0)
GREY = DataSpec("grey", (1, 8, 8), "unit", classes=2, levels=17)
BINARY = DataSpec("binary", (1, 8, 8), "binary", classes=2)
COLOUR = DataSpec("colour", (3, 8, 10), "unit", classes=2)


def images(data, n=200):
    """Every image has a bright left half."""
    x = np.zeros((n, *data.shape), dtype=np.float32)
    x[..., : data.shape[2] // 2] = 1
    return x


@pytest.mark.parametrize("data", [GREY, BINARY, COLOUR], ids=lambda data: data.name)
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_grows_with_its_strength_and_keeps_to_the_data(name, data):
    x = images(data)
    kept = x.copy()
    distances = []
    for strength in CORRUPTIONS[name][1]:
        spoilt = corrupted(x, name, strength, data, np.random.default_rng(1))
        assert spoilt.shape == x.shape
        assert spoilt.dtype == np.float32
        assert ((spoilt >= 0) & (spoilt <= 1)).all()
        if data is not COLOUR:
            steps = spoilt * (1 if data is BINARY else data.levels - 1)
            np.testing.assert_allclose(steps, np.rint(steps), atol=1e-5)
        distances.append(float(np.abs(spoilt - x).mean()))
    assert distances == sorted(distances)
    if not (name == "blur" and data is BINARY):  # a straight edge stays where it was
        assert distances[-1] > max(distances[0], 0.01)
    np.testing.assert_array_equal(x, kept)


def test_known_corruptions():
    x = images(COLOUR)
    covered = corrupted(np.ones_like(x), "occlusion", 0.5, COLOUR, np.random.default_rng(0))
    assert (covered == 0).mean() == pytest.approx(0.25)
    assert len({image.tobytes() for image in covered}) > 10  # at different places
    noisy = corrupted(x, "noise", 0.4, COLOUR, np.random.default_rng(0))
    assert (noisy != x).mean() == pytest.approx(0.4, abs=0.01)
    quarter = corrupted(images(GREY), "rotation", 90, GREY, np.random.default_rng(0))
    down, up = quarter[:, 0, 7].mean(axis=1), quarter[:, 0, 0].mean(axis=1)
    np.testing.assert_allclose(down + up, 1)
    assert 0.3 < down.mean() < 0.7
    blurred = corrupted(x, "blur", 0.1, COLOUR, np.random.default_rng(0))
    assert blurred.mean() == pytest.approx(x.mean(), abs=1e-3)


def test_inputs_that_are_nothing_are_uniform_over_what_a_feature_may_be():
    columns = (Column("number"), Column("colour", 3))
    mixed = DataSpec("mixed", (2,), "mixed", columns=columns)
    x = nothing(np.array([[-2.0, 0], [6.0, 1]]), 3000, mixed, RNG)
    assert -2 <= x[:, 0].min() < -1.9
    assert 5.9 < x[:, 0].max() <= 6
    np.testing.assert_allclose(np.bincount(x[:, 1].astype(int)) / 3000, 1 / 3, atol=0.05)
    assert set(np.unique(nothing(images(BINARY), 10, BINARY, RNG))) == {0, 1}
    levels = nothing(images(GREY), 500, GREY, RNG) * 16
    np.testing.assert_allclose(np.bincount(np.rint(levels).astype(int).ravel()) / levels.size, 1 / 17, atol=0.01)
    assert nothing(images(COLOUR), 5, COLOUR, RNG).shape == (5, 3, 8, 10)


class Halves(FakeModel):
    """Says which half of the image is brighter."""

    def predict_log_proba(self, x):
        middle = x.shape[3] // 2
        odds = 20 * (x[..., middle:].mean((1, 2, 3)) - x[..., :middle].mean((1, 2, 3)))
        return torch.stack([-odds, odds], 1).sigmoid().log()


def test_errors_under_corruption():
    x, y = images(GREY), np.arange(200) % 2
    x[y == 1] = x[y == 1, ..., ::-1]
    rows = list(corruption_rows(make_context([Halves(GREY)], x, y=y, data=GREY, resamples=100)))
    errors = {row.estimator: row.value for row in rows if row.metric == "test_error"}
    assert len(errors) == 12
    assert errors["noise[0.4]"] == 0  # the halves' means survive noise
    assert errors["rotation[60]"] < 0.05
    losses = {row.estimator: row.value for row in rows if row.metric == "log_loss"}
    assert losses["noise[0.4][clip=1e-15]"] > losses["noise[0.1][clip=1e-15]"]
