"""MNIST on the real files, and CIFAR-10 on made-up ones."""

from __future__ import annotations

import time

import numpy as np
import pytest

from genbench.data import images
from genbench.data.checks import check_dataset
from genbench.data.layout import CIFAR_FILES
from genbench.data.source import DataSource
from genbench.errors import DataError


@pytest.fixture(scope="module")
def source(shared_data):
    return DataSource((shared_data,))


@pytest.fixture(scope="module")
def mnist(source):
    return images.mnist(source)


def test_mnist_sizes_and_values(mnist):
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [50_000, 10_000, 10_000]
    assert mnist.spec.shape == (1, 28, 28)
    assert (mnist.spec.support, mnist.spec.levels) == ("unit", 256)
    np.testing.assert_array_equal(np.unique(mnist.test.x), (np.arange(256) / 255).astype(np.float32))


def test_mnist_has_the_known_means_and_class_counts(mnist):
    """Mean 0.1307 and deviation 0.3081 of the 60,000; the published class counts of the test images."""
    pixels = np.concatenate([mnist.train.x, mnist.validation.x])
    assert pixels.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert np.sqrt(np.square(pixels).mean(dtype=np.float64) - pixels.mean(dtype=np.float64) ** 2) == pytest.approx(
        0.3081, abs=5e-5
    )
    assert np.bincount(mnist.test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_labels_go_with_their_images(mnist):
    centroids = np.stack([mnist.train.x[mnist.train.y == digit].mean(axis=0).ravel() for digit in range(10)])
    flat = mnist.test.x.reshape(len(mnist.test), -1)
    nearest = (np.square(centroids).sum(axis=1) - 2 * flat @ centroids.T).argmin(axis=1)
    assert (nearest == mnist.test.y).mean() == pytest.approx(0.82, abs=0.01)


def test_mnist_loads_quickly(source):
    """Process time, the best of two: other work on the machine does not count."""
    seconds = []
    for _ in range(2):
        start = time.process_time()
        images.mnist(source)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 2


def test_mnist_binary_is_drawn_with_the_grey_values_once(source, mnist):
    binary = images.mnist_binary(source)
    assert binary.spec.support == "binary"
    np.testing.assert_array_equal(binary.test.y, mnist.test.y)
    assert (binary.test.x[mnist.test.x == 0] == 0).all()
    assert (binary.test.x[mnist.test.x == 1] == 1).all()
    for low in (0.1, 0.4, 0.7):
        inside = (mnist.test.x > low) & (mnist.test.x < low + 0.2)
        error = binary.test.x[inside].mean(dtype=np.float64) - mnist.test.x[inside].mean(dtype=np.float64)
        assert abs(error) < 5 * 0.5 / np.sqrt(inside.sum())
    assert images.mnist_binary(source).fingerprint == binary.fingerprint


@pytest.fixture
def cifar_folder(tmp_path):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    record = np.zeros((10_000, 3073), dtype=np.uint8)
    record[:, 0] = np.arange(10_000) % 10
    for number, name in enumerate(CIFAR_FILES):
        record[:, 1] = number  # the first pixel's red tells the file
        record[:, 1 + 1024] = 255  # its green is full
        record.tofile(folder / name)
    return tmp_path


@pytest.mark.slow
def test_stacked_mnist_has_the_published_settings(source, tmp_path, monkeypatch):
    monkeypatch.setenv("GENBENCH_CACHE", str(tmp_path))
    stacked = images.stacked_mnist(source, examples=1000)
    assert [len(part) for part in (stacked.train, stacked.validation, stacked.test)] == [1000, 10_000, 26_000]
    assert (stacked.spec.shape, stacked.spec.levels, stacked.spec.classes) == ((3, 28, 28), 256, 0)
    assert (stacked.modes.samples, stacked.modes.weights.shape) == (26_000, (1000,))
    assert stacked.modes.hits.mean() > 0.96
    assert stacked.modes.name.startswith("mnist-cnn-v1-")
    assert len(np.unique(stacked.modes.assign(stacked.test.x)[0])) == 1000


@pytest.mark.slow
def test_cifar10_binary_version(cifar_folder):
    dataset = check_dataset("cifar10", images.cifar10(DataSource((cifar_folder,))))
    assert dataset.spec.shape == (3, 32, 32)
    assert set(np.rint(255 * dataset.train.x[:, 0, 0, 0])) == {0, 1, 2, 3}
    assert set(np.rint(255 * dataset.validation.x[:, 0, 0, 0])) == {4}
    assert set(np.rint(255 * dataset.test.x[:, 0, 0, 0])) == {5}
    assert (dataset.train.x[:, 1, 0, 0] == 1).all()
    assert np.bincount(dataset.test.y).tolist() == [1000] * 10


def test_cifar10_of_another_size_is_refused(tmp_path):
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "data_batch_1.bin").write_bytes(b"\0" * 3073)
    with pytest.raises(DataError, match=r"data_batch_1.bin has 3073 bytes, expected 30730000"):
        images.cifar10(DataSource((tmp_path,)))
