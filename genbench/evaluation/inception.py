"""The Fréchet and the kernel distance on features of the Inception network (Heusel et al. 2017; Bińkowski et al. 2018).

These alone are "FID" and "KID". The network is not part of genbench: it is a TorchScript file of the original network's
parameters, which the user puts into a data folder, and the row's estimator holds the file's hash.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.distances import frechet_rows, kernel_rows
from genbench.evaluation.features import Space
from genbench.evaluation.sample_sets import Sets
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 64
"""Images that go through the network at once."""


class Inception:
    """The network in a file: ``network(images, return_features=True)`` takes uint8 images (n, 3, height, width) of any size
    to features (n, d)."""

    def __init__(self, path: Path) -> None:
        self.name = f"inception-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            self._network = torch.jit.load(str(path), map_location="cpu").eval()  # type: ignore[no-untyped-call]

    def features(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Images (n, 1 or 3, height, width) in [0, 1] to features (n, d); grey ones are given three equal channels."""
        parts = []
        for start in range(0, len(x), CHUNK):
            images = torch.from_numpy(np.rint(255 * x[start : start + CHUNK]).astype(np.uint8))
            with torch.no_grad():
                answer = self._network(images.expand(-1, 3, -1, -1), return_features=True)
            if answer.shape[:1] != images.shape[:1] or answer.dim() != 2:
                raise ModelOutputError(f"{self.name} gave shape {tuple(answer.shape)}, expected ({len(images)}, d)")
            parts.append(answer.double().numpy())
        return np.concatenate(parts)


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``frechet_distance`` by ``fid[inception-HASH]`` and ``kernel_distance`` by ``kid[inception-HASH]``, from as many test
    examples as samples.

    Raises :class:`Unavailable` for images that are not in [0, 1], or of neither one nor three channels.
    """
    if context.data.support not in ("unit", "binary") or context.data.shape[0] not in (1, 3):
        raise Unavailable("needs images in [0, 1] of one or three channels")
    (path,) = context.files.values()
    network = Inception(path)
    sets = Sets.of(context).within(Space(network.name, network.features))
    for row in (*frechet_rows(sets), *kernel_rows(sets)):
        yield replace(row, estimator=row.estimator.replace("d[", "id[", 1))
