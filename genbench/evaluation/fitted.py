"""A fitted model as an evaluation sees it: arrays in the data's own space, every answer checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genbench.data.levels import dequantise, log_mass_offset, requantise
from genbench.draws import Draws
from genbench.errors import DivergedError, ModelOutputError, Unavailable
from genbench.evaluation.answers import numbers_of
from genbench.model import Model
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.dataset import Split
    from genbench.data.spec import DataSpec

CHUNK = 4096
"""Examples handed to a model at once."""
BOUND_NUMBERS = 4_000_000
"""Numbers of a layer that a bound with k samples an example may hold at once: 16 MB in float32."""
WIDTH = 512
"""Of a layer, at least, as far as memory is reckoned."""


class Fitted:
    """Calls a model's capabilities in chunks, with NumPy arrays in and out.

    A wrong shape raises :class:`ModelOutputError`, a value that is not finite :class:`DivergedError`, a capability that
    the model lacks :class:`Unavailable`. A ``continuous_density`` model on data with levels is asked for dequantised
    data, and its samples are taken back to the levels, so that all models live in one space.
    """

    def __init__(self, model: Model, data: DataSpec, seed: int, device: str = "cpu") -> None:
        self.model, self.data, self.seed, self.device = model, data, seed, device
        if isinstance(model, torch.nn.Module):
            model.eval()  # batch normalisation and dropout as they are after training

    @property
    def dequantised(self) -> bool:
        """Whether the model lives on dequantised data, so that its log-likelihood of the discrete data is a bound."""
        return is_dequantised(type(self.model), self.data)

    @property
    def likelihood_estimator(self) -> str:
        return "bound[dequantised]" if self.dequantised else "exact"

    def sample(self, n: int, purpose: str, y: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """n samples (n, *shape) in the data's own space; the same ``purpose`` and seed give the same samples."""
        draws = Draws(derive_seed("sample", purpose, self.seed), self.device)
        parts = []
        for start in range(0, n, CHUNK):
            size = min(CHUNK, n - start)
            parts.append(self.sample_with(draws, size, None if y is None else y[start : start + size]))
        return np.concatenate(parts)

    def sample_with(self, draws: Draws, n: int, y: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """n samples (n, *shape) in the data's own space, made at once of these draws."""
        labels = () if y is None else (self._tensor(y, torch.int64),)
        samples = self._checked("sample", self._call("sample", n, draws, *labels), (n, *self.data.shape))
        return self._at_levels(samples)

    def reconstruct(self, x: NDArray[Any]) -> NDArray[np.float32]:
        """The examples (n, *shape) through the model's codes, in the data's own space."""
        draws = Draws(derive_seed("reconstruct", self.seed), self.device)
        return self._at_levels(self._map("reconstruct", self.placed(x, None), self.data.shape, (draws,)))

    def log_prob(self, x: NDArray[Any], noise: str = "evaluation") -> NDArray[np.float64]:
        """Log-likelihood (n,) in nats. On data with levels: of the discrete example (exact, or the dequantised bound)."""
        return self._map("log_prob", self.placed(x, noise), ()).astype(np.float64) + self.offset

    def log_prob_bound(self, x: NDArray[Any], k: int, noise: str = "evaluation") -> NDArray[np.float64]:
        """A lower bound (n,) in nats, with k samples an example, in the same sense as :meth:`log_prob`.

        The same ``noise``, k and seed give the same numbers. Examples go to the model in chunks that hold k samples of
        each in bounded memory.
        """
        draws = Draws(derive_seed("bound", noise, k, self.seed), self.device)
        chunk = max(1, min(CHUNK, BOUND_NUMBERS // (k * max(self.data.dim, WIDTH))))
        bounds = self._map("log_prob_bound", self.placed(x, noise), (), (draws, k), chunk)
        return bounds.astype(np.float64) + self.offset

    def log_joint(self, x: NDArray[Any], noise: str = "evaluation") -> NDArray[np.float64]:
        """log p(x, y) for every label (n, classes) in nats, in the same sense as :meth:`log_prob`."""
        return self._map("log_joint", self.placed(x, noise), (self.data.classes,)).astype(np.float64) + self.offset

    def predict_log_proba(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """log p(y | x) (n, classes); checked to be normalised. Dequantised models see the bins' centres."""
        return self._label_log_proba("predict_log_proba", x)

    def label_log_proba(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """As :meth:`predict_log_proba`, of a model that is no classifier."""
        return self._label_log_proba("label_log_proba", x)

    def _label_log_proba(self, capability: str, x: NDArray[Any]) -> NDArray[np.float64]:
        log_proba = self._map(capability, self.as_seen(x), (self.data.classes,)).astype(np.float64)
        total = np.exp(log_proba).sum(axis=1)
        if not np.allclose(total, 1, atol=1e-3):
            raise ModelOutputError(f"{capability}: probabilities of an example sum to {_furthest(total, 1):.4g}, not 1")
        return log_proba

    def embed(self, x: NDArray[Any]) -> NDArray[np.float32]:
        """Features (n, d)."""
        return self._map("embed", self.placed(x, None), None)

    def score(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Gradient of log p(x) (n, *shape); for data without levels."""
        return self._map("score", np.asarray(x), self.data.shape).astype(np.float64)

    def discriminate(self, x: NDArray[Any], y: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Log odds of real against generated, or what a critic gives (n,). Labels are for a model that needs them."""
        parts = []
        for start in range(0, len(x), CHUNK):
            chunk = slice(start, start + CHUNK)
            labels = () if y is None else (self._tensor(y[chunk], torch.int64),)
            examples = self.placed(x[chunk], None)
            answer = self._call("discriminate", self._tensor(examples, torch.float32), *labels)
            parts.append(self._checked("discriminate", answer, (len(examples),)))
        return np.concatenate(parts).astype(np.float64)

    def cluster(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """The group of each example (n,): 0, 1, ..."""
        groups = self._map("cluster", self.placed(x, None), ())
        if not np.issubdtype(groups.dtype, np.integer) or groups.min() < 0:
            raise ModelOutputError("cluster must return integers from 0 on")
        return groups.astype(np.int64)

    def as_seen(self, x: NDArray[Any]) -> NDArray[Any]:
        """Examples as the model classifies them: as they are, or for dequantised models the bins' centres."""
        return self.placed(x, None)

    @property
    def offset(self) -> float:
        """From the log density of dequantised data to the log mass of discrete ones; 0 for other models."""
        return log_mass_offset(self.data.dim, self.data.levels) if self.dequantised and self.data.levels else 0.0

    def _at_levels(self, x: NDArray[Any]) -> NDArray[np.float32]:
        """What the model made, in the data's own space: of a dequantised model, taken back to the levels."""
        made = x.astype(np.float32)
        return requantise(made, self.data.levels) if self.dequantised and self.data.levels else made

    def placed(self, x: NDArray[Any], noise: str | None) -> NDArray[Any]:
        """The examples as the model wants them: dequantised with noise, at the bins' centres, or as they are."""
        if not (self.dequantised and self.data.levels):
            return np.asarray(x)
        rng = None if noise is None else np.random.default_rng(derive_seed("dequantise", self.data.name, noise))
        return dequantise(x, self.data.levels, rng)

    def _map(
        self,
        capability: str,
        x: NDArray[Any],
        shape: tuple[int, ...] | None,
        arguments: tuple[Any, ...] = (),
        size: int = CHUNK,
    ) -> NDArray[Any]:
        """The capability over ``x`` in chunks; ``shape`` is the expected shape of one answer, None for any vector."""
        parts = []
        for start in range(0, len(x), size):
            chunk = x[start : start + size]
            answer = self._call(capability, self._tensor(chunk, torch.float32), *arguments)
            numbers = numbers_of(capability, answer)
            width = numbers.shape[1:2] or (1,)  # an answer that is no matrix is told so
            parts.append(self._checked(capability, numbers, (len(chunk), *(width if shape is None else shape))))
        return np.concatenate(parts)

    def _call(self, capability: str, *arguments: Any) -> Any:
        method = getattr(self.model, capability, None)
        if method is None:
            raise Unavailable(f"the model has no {capability}")
        with torch.no_grad():
            return method(*arguments)

    def _tensor(self, array: NDArray[Any], dtype: torch.dtype) -> torch.Tensor:
        return torch.tensor(array, dtype=dtype, device=self.device)  # a copy, which a model may change

    def _checked(self, capability: str, answer: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        array = numbers_of(capability, answer)
        if array.shape != shape:
            raise ModelOutputError(f"{capability} returned shape {array.shape}, expected {shape}")
        allowed = np.isfinite(array) | (array == -np.inf) if capability in LOG_PROBABILITIES else np.isfinite(array)
        if not allowed.all():
            raise DivergedError(
                f"{capability} returned {array[~allowed].flat[0]} for {_count(~allowed)} of {len(array)}"
            )
        return array


LOG_PROBABILITIES = frozenset({"log_prob", "log_joint", "log_prob_bound", "predict_log_proba", "label_log_proba"})
"""Capabilities for which minus infinity is an answer: an impossible example or label."""


def is_dequantised(model: type[Model], data: DataSpec) -> bool:
    return model.continuous_density and data.levels is not None


def training_data(model: type[Model], data: DataSpec, split: Split, noise: str) -> Split:
    """The split as the model is fitted to it: uniformly dequantised for a ``continuous_density`` on data with levels."""
    if not is_dequantised(model, data) or data.levels is None:
        return split
    from dataclasses import replace

    return replace(
        split, x=dequantise(split.x, data.levels, np.random.default_rng(derive_seed("dequantise", data.name, noise)))
    )


def _count(bad: NDArray[np.bool_]) -> int:
    return int(bad.reshape(len(bad), -1).any(axis=1).sum())


def _furthest(values: NDArray[np.float64], target: float) -> float:
    return float(values[np.argmax(np.abs(values - target))])
