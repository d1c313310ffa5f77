"""Samples of a neural model in the middle of its training."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.data.dataset import Split
from genbench.errors import Unavailable
from genbench.evaluation.fitted import Fitted
from genbench.model import FitContext
from genbench.training import NeuralModel
from genbench.training.loop import give_back

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class MilestoneSampler:
    """What a seed's context does at a milestone: it samples a model of its own that is given the trained parameters.

    All randomness is that of the sampling alone, and at every milestone the same, so that the training goes on as if nobody
    had looked, and a curve shows the training and not the noise. ``seconds`` is the time that it took.
    """

    def __init__(
        self, build: Callable[[], tuple[NeuralModel, FitContext]], splits: tuple[Split, Split], seed: int, samples: int
    ) -> None:
        """``build`` gives an untrained model and a context for its ``after_fit``; ``splits`` are training and validation."""
        self._build, self._splits, self._seed, self._samples = build, splits, seed, samples
        self.seconds = 0.0

    def __call__(self, tensors: dict[str, Tensor]) -> Tensor | None:
        """The samples (n, *shape) on the CPU, in the data's own space; None where the model has none to give."""
        started = time.monotonic()
        try:
            with _global_generators_kept(), torch.no_grad():
                return torch.from_numpy(self._sample(tensors))
        except Unavailable:
            return None
        except Exception as error:  # the training goes on; what is wrong at its end the other evaluations will tell
            print(f"seed {self._seed} could not be sampled at a milestone: {type(error).__name__}: {error}", flush=True)
            return None
        finally:
            self.seconds += time.monotonic() - started

    def _sample(self, tensors: dict[str, Tensor]) -> NDArray[np.float32]:
        model, context = self._build()
        give_back(model, tensors)
        with torch.autocast(context.device, enabled=False):  # as the evaluations do it
            model.after_fit(*self._splits, context)
            return Fitted(model, model.data, self._seed, context.device).sample(self._samples, "milestone")


@contextmanager
def _global_generators_kept() -> Iterator[None]:
    """They are reset when a model is built; after the block they stand where they stood."""
    own, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(own)
        np.random.set_state(numpys)  # noqa: NPY002
