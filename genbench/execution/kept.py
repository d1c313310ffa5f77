"""What a job keeps besides its measurements: what pictures are drawn of later, and the values of test examples."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset
from genbench.errors import Unavailable
from genbench.evaluation.context import Keep
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.judge import Judge
from genbench.evaluation.latent import class_arithmetic, interpolations, traversals
from genbench.evaluation.memorisation import nearest_examples
from genbench.training import NeuralModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

KEPT_SAMPLES = 64
KEPT_POINTS = 1000
"""Of points in the plane, for a scatter."""
RECONSTRUCTED = 8
PATHS, STEPS = 8, 8
"""Of interpolations and traversals."""
KEPT_EXAMPLES = 10_000
"""Test examples of which a job keeps the values, at most."""
ROWS = 8
"""Of vector arithmetic."""
GRID = 64
"""Points a side at which a true density in the plane is kept."""
MARGIN = 0.25
"""Of the examples' span, on each side of the density's square."""


def kept_arrays(models: list[Fitted], dataset: Dataset) -> dict[str, NDArray[Any]]:
    """Arrays by name; what a model cannot give, or not on such data, is left out, and without any of it nothing is kept.

    ``seeds``           (seeds,)
    ``samples``         (seeds, n, *shape), and ``nearest`` (seeds, n, *shape), the training example that is nearest to each
                        of the first samples
    ``reconstructions`` (seeds, n, *shape) of images: the first of ``real``, through the model's codes
    ``interpolations``, ``traversals`` (seeds, paths, steps, *shape), and of labelled sets ``arithmetic``
                        (seeds, rows, 4, *shape), of images and neural models: see :mod:`genbench.evaluation.latent`
    ``real``            (n, *shape), test examples, of images and points in the plane; of the latter, where they are known,
                        also the true modes' ``centres`` (modes, 2), and the true ``log_density`` (side, side) on an even
                        grid over ``extent`` (left, right, bottom, top), a row a height, the lowest first
    """
    if not models:
        return {}
    spec = dataset.spec
    made = _samples(models, dataset)
    if spec.is_image:
        original = dataset.test.x[:RECONSTRUCTED]
        made |= _of_each(models, "reconstructions", lambda fitted: fitted.reconstruct(original))
        if isinstance(models[0].model, NeuralModel) and "samples" in made:
            made |= _of_each(models, "interpolations", lambda fitted: interpolations(fitted, PATHS, STEPS))
            made |= _of_each(models, "traversals", lambda fitted: traversals(fitted, PATHS, STEPS))
            if spec.classes > 2:
                judge = cache(lambda: Judge(dataset.train, spec))
                made |= _of_each(models, "arithmetic", lambda fitted: class_arithmetic(fitted, judge(), ROWS))
    if not made:
        return {}
    if spec.is_image:
        made["real"] = dataset.test.x[:KEPT_SAMPLES]
    elif spec.shape == (2,):
        made |= _plane(dataset)
    return {"seeds": np.array([fitted.seed for fitted in models]), **made}


def keeper(arrays: dict[str, NDArray[Any]], test_examples: int) -> Keep:
    """What puts the values (seeds, n) of the first n test examples, one a seed that was fitted, into ``arrays``.

    They are named ``<metric>/<estimator>``, of the first :data:`KEPT_EXAMPLES`; where those are not all ``test_examples``
    of the split, ``<metric>/<estimator>/index`` (n,) holds their positions in it. Of two evaluations that keep values by one
    name, the first keeps it.
    """

    def keep(metric: str, estimator: str, values: NDArray[np.float64]) -> None:
        name, kept = f"{metric}/{estimator}", np.asarray(values, dtype=np.float64)[:, :KEPT_EXAMPLES]
        if name in arrays:
            return
        arrays[name] = kept
        if kept.shape[1] < test_examples:
            arrays[f"{name}/index"] = np.arange(kept.shape[1])

    return keep


def _samples(models: list[Fitted], dataset: Dataset) -> Arrays:
    count = KEPT_POINTS if dataset.spec.shape == (2,) else KEPT_SAMPLES
    made = _of_each(models, "samples", lambda fitted: fitted.sample(count, "kept"))
    if made:
        shown = made["samples"][:, :KEPT_SAMPLES]
        made["nearest"] = np.stack([nearest_examples(x, dataset.train, dataset.spec) for x in shown])
    return made


def _of_each(models: list[Fitted], name: str, make: Callable[[Fitted], NDArray[Any]]) -> Arrays:
    """What is made of each seed's model, as many rows of each; nothing if a seed does not admit it."""
    try:
        made = [make(fitted) for fitted in models]
    except Unavailable:
        return {}
    fewest = min(map(len, made))
    return {name: np.stack([of_seed[:fewest] for of_seed in made])}


def _plane(dataset: Dataset) -> Arrays:
    """The data set's own side of a scatter."""
    real = dataset.test.x[:KEPT_POINTS]
    found = {"real": real}
    centres = getattr(dataset.modes, "centres", None)
    if centres is not None:
        found["centres"] = np.asarray(centres)
    if dataset.truth is not None:
        low, high = real.min(axis=0).astype(np.float64), real.max(axis=0).astype(np.float64)
        middle, half = (low + high) / 2, (0.5 + MARGIN) * float((high - low).max())
        x, y = (np.linspace(centre - half, centre + half, GRID) for centre in middle)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        found["log_density"] = dataset.truth.log_prob(grid).reshape(GRID, GRID).astype(np.float32)
        found["extent"] = np.array([x[0], x[-1], y[0], y[-1]])
    return found
