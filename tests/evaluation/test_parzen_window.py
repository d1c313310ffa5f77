"""Parzen windows against scikit-learn's kernel density, closed forms, and the published values on MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from genbench.evaluation import neighbours
from genbench.evaluation.parzen_window import BANDWIDTHS, ParzenWindow, kmeans_centres, log_densities

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dim", [1, 2, 50])
def test_equals_the_kernel_density_of_scikit_learn(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CHUNK_NUMBERS", 1000)  # so that there are several chunks
    centres, x = RNG.normal(size=(300, dim)), 2 * RNG.normal(size=(90, dim))
    x[:5] = centres[:5]
    bandwidths = np.array([1e-3, 0.05, 0.7, 3.0])
    one_leaf = {"leaf_size": 1000}  # with more, its tree prunes wrongly where kernels underflow
    expected = [KernelDensity(bandwidth=h, **one_leaf).fit(centres).score_samples(x) for h in bandwidths]
    np.testing.assert_allclose(log_densities(centres, x, bandwidths), expected, rtol=1e-8, atol=1e-5)


def test_takes_the_bandwidth_that_suits_the_validation_examples() -> None:
    """Of m = 2,000 standard normal centres on a line, Silverman's rule says 1.06 m^(-1/5) = 0.23."""
    centres, validation = RNG.normal(size=(2000, 1)), RNG.normal(size=(2000, 1))
    window = ParzenWindow.chosen(centres, validation)
    assert window.bandwidth in BANDWIDTHS
    assert 0.1 < window.bandwidth < 0.5
    entropy = 0.5 * np.log(2 * np.pi * np.e)
    assert -window.log_density(RNG.normal(size=(5000, 1))).mean() == pytest.approx(entropy, abs=0.03)


def test_k_means_centres_are_means_of_groups_and_equal_examples_do_no_harm() -> None:
    x = np.concatenate([RNG.normal(m, 0.1, size=(50, 2)) for m in (0, 5, 10)]).reshape(3, 50, 2).swapaxes(0, 1)
    centres = kmeans_centres(x.reshape(150, 2), 3)  # begun in one group each
    np.testing.assert_allclose(centres, x.mean(axis=0))
    assert kmeans_centres(np.zeros((20, 2)), 5).tolist() == [[0, 0]] * 5


@pytest.mark.slow
def test_the_published_values_on_mnist(shared_data: Path) -> None:
    """10,000 training images as centres: 242.7; k-means centres: 334.8 (10,000), 286.6 (1,000), 173.3 (100)."""

    def images(name: str) -> np.ndarray:
        raw = gzip.decompress((shared_data / "mnist" / f"{name}-images-idx3-ubyte.gz").read_bytes())
        return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784) / 255

    order = np.random.default_rng(0).permutation(60_000)
    everything = images("train")
    train, validation, test = everything[order[:50_000]], everything[order[50_000:51_000]], images("t10k")
    expected = {"examples": 242.7, 10_000: 334.8, 1_000: 286.6, 100: 173.3}
    for kind, value in expected.items():
        centres = train[:10_000] if isinstance(kind, str) else kmeans_centres(train.astype(np.float32), kind)
        window = ParzenWindow.chosen(centres, validation, np.logspace(-1, 0, 10))
        assert window.log_density(test).mean() == pytest.approx(value, rel=0.01)


def test_a_centre_that_is_a_validation_example_says_nothing_of_the_bandwidth():
    """Samples of the validation split itself would else have the smallest bandwidth there is."""
    x = np.random.default_rng(0).normal(size=(200, 2))
    of_others = ParzenWindow.chosen(x[:100], x[100:])
    of_copies = ParzenWindow.chosen(np.concatenate([x[:100], x[100:]]), x[100:])
    assert of_copies.bandwidth == pytest.approx(of_others.bandwidth, rel=0.5)
    assert ParzenWindow.chosen(x[:1], x[:1]).bandwidth == 1  # nothing is known: the largest
