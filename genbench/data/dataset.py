"""A data set: three fixed splits, what is known of their truth, and a fingerprint of it all."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


UNLABELLED = -1
"""The label of an example whose class is not told, to a model that takes such."""


@dataclass(frozen=True)
class Split:
    """Examples ``x`` (n, *shape), float32, and labels ``y`` (n,), int64, or None. Arrays, or tensors after ``to_torch``.

    Labels are 0, 1, ..., and :data:`UNLABELLED` in what is given to a model with ``takes_unlabelled``.
    """

    x: Any
    y: Any = None

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Split:
        """The examples that ``index`` (a slice, an array of positions or a mask) picks."""
        return Split(self.x[index], None if self.y is None else self.y[index])

    def to_torch(self, device: str = "cpu") -> Split:
        """Return a copy as tensors on the device: whoever changes it changes nothing of the data set."""
        import torch

        x = torch.tensor(self.x, dtype=torch.float32, device=device)
        y = None if self.y is None else torch.tensor(self.y, dtype=torch.int64, device=device)
        return Split(x, y)


class Truth(Protocol):
    """What a synthetic data set knows about itself; all in float64, densities in nats."""

    def log_prob(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """(n, *shape) -> (n,): exact log density of the marginal p(x)."""

    def score(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """(n, *shape) -> (n, *shape): gradient of log p(x)."""

    def sample(self, n: int, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """n fresh examples (n, *shape) and their labels (n,), or None for an unlabelled set."""


class ClassTruth(Truth, Protocol):
    """The truth of a labelled synthetic set."""

    def class_log_prob(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """(n, *shape) -> (n, classes): exact log p(y | x)."""


class Modes(Protocol):
    """The modes of a data set and who decides to which one an example belongs.

    It may also have ``samples``, how many to judge a model by in place of the protocol's number (None: the protocol's), and
    ``hits`` (n,), whether a classifier which assigns the modes tells each of n real examples right.
    """

    @property
    def name(self) -> str:
        """How an example is assigned, e.g. ``nearest-3sigma`` or ``digits-svc-v1``; part of the estimator's name."""

    weights: NDArray[np.float64]
    """(modes,): the true share of each mode."""
    has_quality: bool
    """Whether ``assign`` can tell a high-quality example from a poor one."""

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(n, *shape) -> the nearest mode of each (n,), and whether the example is of high quality (n,)."""


@dataclass(frozen=True)
class Dataset:
    """Three splits that depend on the data set alone, never on a model's seed.

    ``notes`` record what was done to the raw data (categories coded, values imputed, features standardised, ...).
    ``warnings`` are what the user should look at before trusting a result; they are printed before a run, and kept.
    """

    spec: DataSpec
    train: Split
    validation: Split
    test: Split
    truth: Truth | None = None
    modes: Modes | None = None
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the form and of every array of every split."""
        digest = hashlib.sha256(repr(sorted(asdict(self.spec).items())).encode())
        for split in (self.train, self.validation, self.test):
            for array in (split.x, split.y):
                if array is not None:
                    digest.update(f"{array.dtype.str}{array.shape}".encode())
                    digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def limit_train(self, examples: int | None) -> Dataset:
        """The same data set with at most the first ``examples`` of its (already shuffled) training split."""
        if examples is None or examples >= len(self.train):
            return self
        return replace(self, train=self.train[:examples])
