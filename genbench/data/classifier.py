"""The data set's own classifier ``<dataset>-cnn-v1``: a small convolutional network, whose last hidden layer gives features.

Trained on the training split with fixed settings and a fixed seed, once on a machine: it is kept in the cache folder. What
it is depends on the machine's arithmetic in the last digits, so a hash of its parameters is part of its name. It is trained
in an interpreter of its own, since all jobs share it and the one that asks first may run with settings that a model changed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from genbench.data.source import cache_folder
from genbench.data.spec import DataSpec
from genbench.whole_files import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.dataset import Split

VERSION = "cnn-v1"
WIDTH = 64
STEPS, BATCH_SIZE, LEARNING_RATE, SEED = 1_000, 64, 3e-3, 0
CHUNK = 1_024
"""Images classified at once."""


class ImageClassifier:
    """The network of one data set; ``name`` tells which."""

    def __init__(self, data: DataSpec, parameters: dict[str, Tensor]) -> None:
        self.name = f"{data.name}-{VERSION}-{hashlib.sha256(save(parameters)).hexdigest()[:8]}"
        with torch.device("meta"):  # no random initialisation that is thrown away
            network = _network(data.shape[0], data.classes)
        network.load_state_dict(parameters, assign=True)
        self._hidden, self._output = network.eval()[:-1], network[-1]

    def features(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Images (n, channels, height, width) to the activations (n, 64) of the last hidden layer."""
        return np.concatenate([self._hidden(part).double().numpy() for part in _chunks(x)])

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Images (n, channels, height, width) to labels (n,)."""
        return np.asarray(self.log_proba(x).argmax(axis=1), dtype=np.int64)

    def log_proba(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Images (n, channels, height, width) to log p(y | x) (n, classes)."""
        logits = [self._output(self._hidden(part)).double() for part in _chunks(x)]
        return np.asarray(torch.cat(logits).log_softmax(dim=1).numpy())


def image_classifier(train: Split, data: DataSpec) -> ImageClassifier:
    """Return the classifier of a labelled set of images: from the cache, or trained now and put there."""
    digest = hashlib.sha256(VERSION.encode())
    for array in (train.x, train.y):
        digest.update(np.ascontiguousarray(array).data)
    path = cache_folder() / "classifiers" / f"{data.name}-{VERSION}-{digest.hexdigest()[:16]}.safetensors"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # of several workers the first trains, the others wait for it
            parameters = _read(path)
            if parameters is None:
                parameters = _trained_apart(train, data, path.parent)
                write_whole(path, save(parameters))
    except OSError:  # a cache that cannot be written to: trained again by every job
        parameters = _trained_apart(train, data, None)
    return ImageClassifier(data, parameters)


def _network(channels: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(4),
        nn.Flatten(), nn.Linear(32 * 4 * 4, WIDTH), nn.ReLU(),
        nn.Linear(WIDTH, classes),
    )  # fmt: skip


def _trained_apart(train: Split, data: DataSpec, folder: Path | None) -> dict[str, Tensor]:
    """Train the classifier in a fresh interpreter; ``folder`` is where the arrays are put for it meanwhile."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        examples, parameters = Path(name) / "examples.npz", Path(name) / "parameters.safetensors"
        np.savez(examples, x=train.x, y=train.y)
        command = [sys.executable, "-m", __name__, str(examples), str(parameters), str(data.classes)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the classifier of {data.name} could not be trained: {done.stderr.strip()[-500:]}")
        return load(parameters.read_bytes())


def _train(examples: Path, parameters: Path, classes: int) -> None:
    """Train on the arrays x (n, channels, height, width) and y (n,) of a file, and write the parameters to another."""
    with np.load(examples) as arrays:
        x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"])
    torch.set_num_threads(1)  # sums depend on it in their last digits
    torch.manual_seed(SEED)
    network = _network(x.shape[1], classes)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for _ in range(STEPS):
        batch = torch.randint(len(x), (BATCH_SIZE,))
        loss = nn.functional.cross_entropy(network(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    parameters.write_bytes(save(network.state_dict()))


def _read(path: Path) -> dict[str, Tensor] | None:
    """The parameters in the file; None if there is none, or a damaged one."""
    try:
        return load(path.read_bytes())
    except (FileNotFoundError, SafetensorError):
        return None


def _chunks(x: NDArray[Any]) -> Iterator[Tensor]:
    with torch.no_grad():
        for start in range(0, len(x), CHUNK):
            yield torch.as_tensor(x[start : start + CHUNK], dtype=torch.float32)


if __name__ == "__main__":
    _train(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
