"""Image sets from a data folder: MNIST and Fashion-MNIST (IDX files), CIFAR-10 (its binary version)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from genbench.data.checksums import verified_path
from genbench.data.dataset import Dataset, Split
from genbench.data.files.contents import read_bytes
from genbench.data.idx import read_idx
from genbench.data.layout import CIFAR_FILES, IDX_FILES
from genbench.data.levels import from_levels
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.data.splitting import last_examples_indices, take
from genbench.data.stacked import stacked
from genbench.errors import DataError
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.classifier import ImageClassifier

    Bytes = NDArray[np.uint8]

LEVELS = 256
VALIDATION = 10_000
"""Validation images: the last ones of the training files."""

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def mnist(source: DataSource) -> Dataset:
    """MNIST: 50,000 training, 10,000 validation and the official 10,000 test images."""
    return _levels("mnist", *_read_mnist_like(source, "mnist"), class_names=DIGITS)


def fashion_mnist(source: DataSource) -> Dataset:
    """Fashion-MNIST (Xiao et al. 2017), split as MNIST."""
    return _levels("fashion_mnist", *_read_mnist_like(source, "fashion_mnist"), class_names=CLOTHES)


def mnist_binary(source: DataSource) -> Dataset:
    """MNIST binarised once for all: a pixel is 1 with the probability that is its value (Salakhutdinov & Murray 2008).

    The random numbers are this data set's own: likelihoods compare with those on other fixed binarisations only within
    the noise of such a draw.
    """
    images, labels = _read_mnist_like(source, "mnist")
    rng = np.random.default_rng(derive_seed("mnist-binary", "pixels"))
    # u of 0, ..., 254 is below the pixel's byte with probability byte / 255 exactly.
    ink = rng.integers(255, size=images.shape, dtype=np.uint8) < images
    spec = DataSpec("mnist-binary", (1, 28, 28), "binary", classes=10, class_names=DIGITS)
    indices = last_examples_indices("mnist", 60_000, VALIDATION, 10_000)
    notes = ("a pixel is 1 with the probability that is its grey value, drawn once with a fixed seed",)
    return Dataset(spec, *take(ink.astype(np.float32), labels, indices), notes=notes)


def stacked_mnist(source: DataSource, *, examples: Annotated[int, Field(ge=1)] = 128_000) -> Dataset:
    """Three random MNIST digits as the channels of one image: 1,000 modes, not labelled.

    128,000 training images, and 26,000 samples to judge a model by, as in VEEGAN (Srivastava et al. 2017). A split's triples
    are drawn from the same split of ``mnist``.

    examples  training images; 128,000 take 1.2 GB.
    """
    base = mnist(source)
    return stacked("stacked_mnist", base, DigitNetwork(base), (examples, 10_000, 26_000), samples=26_000)


class DigitNetwork:
    """The data set's own classifier, see :mod:`genbench.data.classifier`; fetched when first asked."""

    def __init__(self, mnist: Dataset) -> None:
        self._mnist = mnist

    @property
    def name(self) -> str:
        return self._network.name

    def labels(self, x: NDArray[np.float32]) -> NDArray[np.int64]:
        """The digit in each image (n, 28, 28)."""
        return np.asarray(self._network.labels(x[:, None]))

    @cached_property
    def _network(self) -> ImageClassifier:
        from genbench.data.classifier import image_classifier  # imports torch

        return image_classifier(self._mnist.train, self._mnist.spec)


def cifar10(source: DataSource) -> Dataset:
    """CIFAR-10 (Krizhevsky 2009): 40,000 training, 10,000 validation and the official 10,000 test images."""
    record = 1 + 3 * 32 * 32
    parts = []
    for name in CIFAR_FILES:
        path = verified_path(source, f"cifar10/{name}")
        contents = np.frombuffer(read_bytes(path), dtype=np.uint8)
        if len(contents) != 10_000 * record:
            raise DataError(f"{path} has {len(contents)} bytes, expected {10_000 * record}; is it the binary version?")
        parts.append(contents.reshape(10_000, record))
    records = np.concatenate(parts)
    images, labels = records[:, 1:].reshape(-1, 3, 32, 32), _checked_labels("cifar10", records[:, 0])
    return _levels("cifar10", images, labels, class_names=THINGS)


def _read_mnist_like(source: DataSource, folder: str) -> tuple[Bytes, NDArray[np.int64]]:
    """Images (70000, 1, 28, 28), training before test, and labels (70000,)."""
    paths = [verified_path(source, f"{folder}/{name}") for name in IDX_FILES]
    arrays = [read_idx(path) for path in paths]
    for path, array, shape in zip(
        paths, arrays, ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)), strict=True
    ):
        if array.shape != shape:
            raise DataError(f"{path} has the shape {array.shape}, expected {shape}")
    images = np.concatenate([arrays[0], arrays[2]])[:, None]
    return images, _checked_labels(folder, np.concatenate([arrays[1], arrays[3]]))


def _checked_labels(name: str, labels: Bytes) -> NDArray[np.int64]:
    if labels.max() > 9:
        raise DataError(f"{name}: a label is {labels.max()}, expected 0 to 9")
    return labels.astype(np.int64)


def _levels(name: str, images: Bytes, labels: NDArray[np.int64], class_names: tuple[str, ...]) -> Dataset:
    """The data set of byte images (n, channels, height, width) whose last 10,000 are the test images."""
    spec = DataSpec(name, images.shape[1:], "unit", classes=10, levels=LEVELS, class_names=class_names)
    indices = last_examples_indices(name, len(images) - 10_000, VALIDATION, 10_000)
    value = from_levels(np.arange(LEVELS), LEVELS)
    train, validation, test = (Split(value[split.x], split.y) for split in take(images, labels, indices))
    return Dataset(spec, train, validation, test)
