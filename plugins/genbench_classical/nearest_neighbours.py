"""Classification by the nearest training examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from genbench import DataSpec, FitContext, Model, Split, as_rows, one_hot
from genbench_classical.generative import Array
from genbench_classical.scaling import Scaling, scaled_columns
from genbench_classical.split_distances import SplitDistances


class NearestNeighbours(Model):
    """Votes of the k nearest training examples in Euclidean distance (scikit-learn, brute force); a tie goes to the first
    class.

    neighbours   k; all training examples where there are fewer.
    weights      of the votes: equal, or one over the distance.
    smoothing    votes shared equally by all classes: p = (votes + smoothing / classes) / (k + smoothing). It changes no
                 prediction, and keeps the log loss of a class that no neighbour has finite; 0 gives the plain shares.
    standardise  whether continuous features are brought to training mean 0 and standard deviation 1; those of ``unit`` data
                 stay as they are.

    Two categories of a column that differ are at distance 1, so that on categorical data the squared distance is the number
    of columns in which two examples differ.
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
        x = as_rows(train.x)
        self.scaling = Scaling.of(x, self.data) if self.standardise else None
        self.votes = KNeighborsClassifier(min(self.neighbours, len(x)), weights=self.weights, algorithm="brute")
        self.votes.fit(self._features(x), train.y.cpu().numpy())

    def predict_log_proba(self, x: Tensor) -> Array:
        shares = np.zeros((len(x), self.data.classes))
        shares[:, self.votes.classes_] = self.votes.predict_proba(self._features(as_rows(x)))
        k = self.votes.n_neighbors
        with np.errstate(divide="ignore"):  # without smoothing a class without a vote is impossible
            return np.log((k * shares + self.smoothing / self.data.classes) / (k + self.smoothing))

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterator[Tensor]:
        rows, test = (torch.as_tensor(self._indicators(as_rows(part)), device=x.device) for part in (x, x_test))
        scaled = torch.as_tensor(scaled_columns(self.data) & self.standardise, device=x.device)
        distances = SplitDistances(rows, test, scaled)
        for size in sizes:
            parts = zip(orders[:, :size], tested, strict=True)
            yield torch.stack([self._log_proba_of_split(distances, y, subset, of) for subset, of in parts])

    def _log_proba_of_split(self, distances: SplitDistances, y: Tensor, subset: Tensor, tested: Tensor) -> Tensor:
        """(t, classes) of the classifier fitted to the examples at the positions ``subset``."""
        k, labels, shares = min(self.neighbours, len(subset)), y[subset], []
        for squared in distances.chunks(subset, tested):
            near = squared.topk(k, dim=1, largest=False)
            votes = torch.ones_like(near.values)
            if self.weights == "distance":
                same = near.values == 0
                votes = torch.where(same.any(dim=1, keepdim=True), same.double(), near.values.rsqrt())
            of_class = votes.new_zeros(len(votes), self.data.classes).scatter_add_(1, labels[near.indices], votes)
            shares.append(of_class / of_class.sum(dim=1, keepdim=True))
        smoothed = k * torch.cat(shares) + self.smoothing / self.data.classes
        return (smoothed / (k + self.smoothing)).log()

    def _features(self, x: Array) -> Any:
        rows = x if self.scaling is None else self.scaling.forward(x)
        return self._indicators(rows)

    def _indicators(self, rows: Array) -> Array:
        return one_hot(rows, self.data) * self.of_indicator
