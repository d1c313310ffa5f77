"""Files of a data folder that more than one part of genbench names."""

from __future__ import annotations

IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
"""Of ``mnist`` and ``fashion_mnist``."""

CIFAR_FILES = (*(f"data_batch_{batch}.bin" for batch in range(1, 6)), "test_batch.bin")
"""Of ``cifar10``: its binary version."""
