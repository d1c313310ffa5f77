"""What an evaluation is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Modes, Split, Truth
from genbench.data.spec import DataSpec
from genbench.protocol import EvaluationProtocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.evaluation.fitted import Fitted

Keep = Callable[[str, str, "NDArray[np.float64]"], None]
RefitMany = Callable[
    [Split, "NDArray[np.int64]", Sequence[int], "NDArray[Any]"], Iterator[tuple[int, "NDArray[np.float64]"]]
]


@dataclass(frozen=True)
class FitRecord:
    """What it cost to fit one seed, and what the model logged meanwhile."""

    seed: int
    seconds: float
    peak_memory_mb: float
    log: tuple[tuple[int, str, float], ...] = ()
    """(step, scalar's name, value) in the order in which they were logged."""
    milestones: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    """Samples (n, *shape) drawn in the middle of the training, by the number of training examples seen by then."""


@dataclass(frozen=True)
class EvaluationContext:
    """Data, fitted models and settings.

    models    one for each seed that was fitted; never empty. For a model whose fit uses no randomness they share it,
              and differ in the seed of what they sample.
    distinct  the models that really differ: all of them, or the first alone if the fit uses no randomness. For
              what does not depend on sampling.
    train     None unless the evaluation declared ``sees_training_data``.
    files     where the files lie that the evaluation declared.
    refit     fits the model afresh to another training split, with a seed; for learning curves.
    refit_all fits the model afresh to another training split with every seed; raises what a fit raises if none succeeds.
    refit_many  fits the model to nested subsets side by side: (train, orders, sizes, x_test) gives (position in sizes,
              log p(y | x) (splits, t, classes)), chunk of splits after chunk; None if the model has no ``fit_predict_many``.
    untrained builds the same network with another seed and does not train it; None for models with a fit of their own.
    keep      takes a metric, an estimator and the values (seeds, n) of the first n test examples of which a measurement is
              the mean; the job keeps them, so that two models can be compared example by example.
    """

    data: DataSpec
    validation: Split
    test: Split
    train_size: int
    models: tuple[Fitted, ...]
    protocol: EvaluationProtocol
    fits: tuple[FitRecord, ...]
    batch_size: int
    deterministic_fit: bool = False
    train: Split | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    truth: Truth | None = None
    modes: Modes | None = None
    refit: Callable[[Split, int], Fitted] | None = field(default=None)
    refit_all: Callable[[Split], tuple[Fitted, ...]] | None = field(default=None)
    refit_many: RefitMany | None = field(default=None)
    untrained: Callable[[int], Fitted] | None = field(default=None)
    keep: Keep = field(default=lambda metric, estimator, values: None)

    @property
    def distinct(self) -> tuple[Fitted, ...]:
        return self.models[:1] if self.deterministic_fit else self.models

    @property
    def test_subset(self) -> Split:
        """The first ``protocol.test_examples`` of the (already shuffled) test split."""
        return self.test[: self.protocol.test_examples]
