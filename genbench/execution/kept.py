"""What a job keeps besides its measurements: samples, from which pictures are drawn later, and values of test examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset
from genbench.errors import Unavailable
from genbench.evaluation.context import Keep
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.judge import Judge
from genbench.evaluation.latent import class_arithmetic, interpolations
from genbench.evaluation.memorisation import nearest_examples
from genbench.training import NeuralModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT_SAMPLES = 64
KEPT_POINTS = 1000
"""Of points in the plane, for a scatter."""
PATHS, STEPS = 8, 8
"""Of interpolations."""
KEPT_EXAMPLES = 10_000
"""Test examples of which a job keeps the values, at most."""
ROWS = 8
"""Of vector arithmetic."""


def kept_samples(models: list[Fitted], dataset: Dataset) -> dict[str, NDArray[Any]]:
    """Arrays by name; none from a model without samples, or without them on such data.

    ``samples`` (seeds, n, *shape), ``seeds`` (seeds,), and ``nearest`` (seeds, n, *shape), the training example that is
    nearest to each of the first samples; for points in the plane the true modes' ``centres`` (modes, 2)
    where they are known; for images and a neural model ``interpolations`` (seeds, paths, steps, *shape), and for labelled
    ones ``arithmetic`` (seeds, rows, 4, *shape): see :mod:`genbench.evaluation.latent`.
    """
    if not models:
        return {}
    spec = dataset.spec
    in_plane = spec.shape == (2,)
    try:
        samples = np.stack([fitted.sample(KEPT_POINTS if in_plane else KEPT_SAMPLES, "kept") for fitted in models])
    except Unavailable:
        return {}
    kept: dict[str, NDArray[Any]] = {"samples": samples, "seeds": np.array([fitted.seed for fitted in models])}
    kept["nearest"] = np.stack([nearest_examples(x[:KEPT_SAMPLES], dataset.train, spec) for x in samples])
    centres = getattr(dataset.modes, "centres", None)
    if in_plane and centres is not None:
        kept["centres"] = np.asarray(centres)
    if spec.is_image and isinstance(models[0].model, NeuralModel):
        kept["interpolations"] = np.stack([interpolations(fitted, PATHS, STEPS) for fitted in models])
        if spec.classes > 2:
            kept |= _arithmetic(models, dataset)
    return kept


def keeper(arrays: dict[str, NDArray[Any]], test_examples: int) -> Keep:
    """What puts the values (seeds, n) of the first n test examples, one a seed that was fitted, into ``arrays``.

    They are named ``<metric>/<estimator>``, of the first :data:`KEPT_EXAMPLES`; where those are not all ``test_examples``
    of the split, ``<metric>/<estimator>/index`` (n,) holds their positions in it.
    """

    def keep(metric: str, estimator: str, values: NDArray[np.float64]) -> None:
        name, kept = f"{metric}/{estimator}", np.asarray(values, dtype=np.float64)[:, :KEPT_EXAMPLES]
        arrays[name] = kept
        if kept.shape[1] < test_examples:
            arrays[f"{name}/index"] = np.arange(kept.shape[1])

    return keep


def _arithmetic(models: list[Fitted], dataset: Dataset) -> dict[str, NDArray[Any]]:
    """Nothing if a seed does not admit it."""
    try:
        judge = Judge(dataset.train, dataset.spec)
        rows = [class_arithmetic(fitted, judge, ROWS) for fitted in models]
    except Unavailable:
        return {}
    fewest = min(map(len, rows))
    return {"arithmetic": np.stack([of_seed[:fewest] for of_seed in rows])}
