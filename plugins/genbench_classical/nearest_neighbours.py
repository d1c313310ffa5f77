"""Classification by the nearest training examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from genbench import DataSpec, FitContext, Model, Split, as_rows, one_hot
from genbench_classical.generative import Array
from genbench_classical.scaling import scaled_columns
from genbench_classical.split_distances import SplitDistances
from genbench_classical.votes import nearest_votes


class NearestNeighbours(Model):
    """Votes of the k nearest training examples in Euclidean distance; a tie of classes goes to the first.

    neighbours   k; all training examples where there are fewer.
    weights      of the votes: equal, or one over the distance.
    smoothing    votes shared equally by all classes: p = (votes + smoothing / classes) / (k + smoothing). It changes no
                 prediction, and keeps the log loss of a class that no neighbour has finite; 0 gives the plain shares.
    standardise  whether continuous features are brought to training mean 0 and standard deviation 1; those of ``unit`` data
                 stay as they are.

    Two categories of a column that differ are at distance 1, so that on categorical data the squared distance is the number
    of columns in which two examples differ. Where several examples are equally far and not all of them are among the k, they
    share the votes that are left, so that neither the order of the examples nor rounding decides.
    """

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    needs_labels = True
    deterministic_fit = True

    def __init__(
        self,
        data: DataSpec,
        *,
        neighbours: Annotated[int, Field(ge=1)] = 5,
        weights: Literal["uniform", "distance"] = "uniform",
        smoothing: Annotated[float, Field(ge=0)] = 1.0,
        standardise: bool = True,
    ) -> None:
        super().__init__(data)
        self.neighbours, self.weights = neighbours, weights
        self.smoothing, self.standardise = smoothing, standardise
        widths = np.array([c if c > 2 else 1 for c in data.categories])
        self.of_indicator = np.repeat(np.where(widths > 1, np.sqrt(0.5), 1.0), widths)

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.x, self.y = self._features(train.x), train.y.cpu()

    def predict_log_proba(self, x: Tensor) -> Array:
        distances = self._distances(self.x, self._features(x))
        return self._log_proba_of_split(distances, self.y, torch.arange(len(self.x)), torch.arange(len(x))).numpy()

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterator[Tensor]:
        distances = self._distances(*(self._features(part).to(x.device) for part in (x, x_test)))
        for size in sizes:
            parts = zip(orders[:, :size], tested, strict=True)
            yield torch.stack([self._log_proba_of_split(distances, y, subset, of) for subset, of in parts])

    def _features(self, x: Tensor) -> Tensor:
        """(n, D) of examples (n, ...), float64: categories as indicators."""
        rows: Array = one_hot(as_rows(x), self.data) * self.of_indicator
        return torch.as_tensor(rows)

    def _distances(self, rows: Tensor, test: Tensor) -> SplitDistances:
        scaled = torch.as_tensor(scaled_columns(self.data) & self.standardise, device=rows.device)
        return SplitDistances(rows, test, scaled)

    def _log_proba_of_split(self, distances: SplitDistances, y: Tensor, subset: Tensor, tested: Tensor) -> Tensor:
        """(t, classes) of the classifier fitted to the examples at the positions ``subset``."""
        k, labels, by_distance = min(self.neighbours, len(subset)), y[subset], self.weights == "distance"
        votes = [
            nearest_votes(squared, norms, labels, self.data.classes, k, by_distance)
            for squared, norms in distances.chunks(subset, tested)
        ]
        smoothed = k * torch.cat(votes) + self.smoothing / self.data.classes
        return (smoothed / (k + self.smoothing)).log()
