"""Walks through a model's noise, made of nothing but draws, on models whose samples are their noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.draws import Draws
from genbench.errors import Unavailable
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.judge import Judge
from genbench.evaluation.latent import WalkingDraws, class_arithmetic, interpolations, traversals

PLANE = DataSpec("plane", (2,), "real", classes=4)
BITS = DataSpec("bits", (1, 2, 2), "binary")


class Noise(FakeModel):
    """The noise itself."""

    def sample(self, n, draws, y=None):
        return draws.normal(n, 2)


class Sized(FakeModel):
    """Noise of a random size for each sample."""

    def sample(self, n, draws, y=None):
        return draws.uniform(n, 1) * draws.normal(n, 2)


class Bits(FakeModel):
    def sample(self, n, draws, y=None):
        return draws.bernoulli(draws.normal(n, 4).sigmoid().reshape(n, 1, 2, 2))


def test_a_path_goes_evenly_from_one_end_to_another_and_each_has_its_own() -> None:
    walked = interpolations(Fitted(Noise(PLANE), PLANE, 0), paths=5, steps=9)
    assert walked.shape == (5, 9, 2)
    start, middle, end = walked[:, 0], walked[:, 4], walked[:, -1]
    np.testing.assert_allclose(middle, (start + end) / np.sqrt(2), atol=1e-6)
    assert len(np.unique(start[:, 0])) == 5
    steps = np.linalg.norm(np.diff(walked, axis=1), axis=2)
    assert (steps < np.linalg.norm(start - end, axis=1)[:, None]).all()
    np.testing.assert_array_equal(walked, interpolations(Fitted(Noise(PLANE), PLANE, 0), paths=5, steps=9))
    assert not np.array_equal(walked, interpolations(Fitted(Noise(PLANE), PLANE, 1), paths=5, steps=9))


class Uniform(FakeModel):
    """Noise of another kind."""

    def sample(self, n, draws, y=None):
        return draws.uniform(n, 2)


def test_without_normal_noise_there_is_no_path() -> None:
    with pytest.raises(Unavailable, match="a sample is made of no normal noise"):
        interpolations(Fitted(Uniform(PLANE), PLANE, 0), paths=5, steps=9)


def test_noise_is_standard_normal_at_every_step() -> None:
    noise = WalkingDraws(0, paths=4000, steps=3).normal(12_000, 2).reshape(4000, 3, 2)
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(noise.std(0), 1, atol=0.04)


def test_what_else_is_drawn_stays_the_same_along_a_path() -> None:
    draws = WalkingDraws(0, paths=3, steps=4)
    for values in (draws.uniform(12, 5), draws.integers(100, 12)[:, None]):
        by_path = values.reshape(3, 4, -1)
        assert (by_path == by_path[:, :1]).all()
        assert len(np.unique(by_path[:, 0, 0])) == 3
    assert draws.normal(7).shape == (7,)
    assert sorted(draws.permutation(12).tolist()) == list(range(12))
    changes = np.abs(np.diff(interpolations(Fitted(Bits(BITS), BITS, 0), 20, 16), axis=1)).sum((1, 2, 3, 4))
    assert changes.max() <= 8  # four bits, each crossing its threshold hardly more than once


class Stretched(FakeModel):
    """Noise, the second number three times as far as the first, with some noise on top."""

    def sample(self, n, draws, y=None):
        return draws.normal(n, 2) * torch.tensor([1.0, 3.0]) + draws.uniform(n, 2)


def test_a_traversal_moves_one_number_the_one_that_matters_most_first() -> None:
    walked = traversals(Fitted(Stretched(PLANE), PLANE, 0), rows=5, steps=5)
    assert walked.shape == (2, 5, 2)  # there are but two numbers
    np.testing.assert_allclose(np.diff(walked[0], axis=0), [[0, 3]] * 4, atol=1e-5)
    np.testing.assert_allclose(np.diff(walked[1], axis=0), [[1, 0]] * 4, atol=1e-5)
    with pytest.raises(Unavailable, match="more than one normal vector"):
        traversals(Fitted(Sized(PLANE), PLANE, 0), rows=2, steps=3)


def quadrants() -> Judge:
    x = Draws(0).normal(800, 2).numpy()
    return Judge(Split(x, 2 * (x[:, 0] > 0) + (x[:, 1] > 0)), PLANE)


def test_class_means_point_into_their_classes_and_add_up() -> None:
    rows = class_arithmetic(Fitted(Noise(PLANE), PLANE, 0), quadrants(), rows=2)
    assert rows.shape == (2, 4, 2)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), np.sqrt(2), rtol=1e-5)
    quadrant = 2 * (rows[..., 0] > 0) + (rows[..., 1] > 0)
    assert quadrant[:, :3].tolist() == [[0, 1, 2], [1, 2, 3]]
    # Left below less left above plus right below points below; scaled as all.
    assert rows[0, 3, 1] < -0.9
    assert quadrant[1, 3] == 1 or abs(rows[1, 3]).min() < 0.6


def test_no_arithmetic_where_a_sample_is_more_than_one_vector_or_classes_are_few() -> None:
    with pytest.raises(Unavailable, match="more than one normal vector"):
        class_arithmetic(Fitted(Sized(PLANE), PLANE, 0), quadrants(), rows=2)

    class Corner(Noise):
        def sample(self, n, draws, y=None):
            return 1 + torch.abs(draws.normal(n, 2))

    with pytest.raises(Unavailable, match="three classes"):
        class_arithmetic(Fitted(Corner(PLANE), PLANE, 0), quadrants(), rows=2)
