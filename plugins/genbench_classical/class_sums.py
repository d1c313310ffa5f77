"""Sums over the classes of nested subsets, for many random splits at once: all that a Gaussian or a count needs."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

ROUNDING = 1e-13
"""Share of a mean square that may be rounding."""


class ClassSums:
    """Counts, sums and sums of squares (or of products) by class, of the first examples of each order.

    From one size to the next only the examples that are new are added. Features are shifted by their mean over all
    examples, unless they are counts, which takes most of the cancellation out of ``E[x^2] - E[x]^2``; everything is in
    float64. The subsets must hold an example of each class.

    x (n, d), y (n,) with labels below ``classes``, orders (splits, largest); ``products`` asks for sums of products (d, d)
    in place of squares (d,).
    """

    def __init__(
        self, x: Tensor, y: Tensor, orders: Tensor, classes: int, products: bool = False, shifted: bool = True
    ) -> None:
        self.centre = x.double().mean(dim=0) * shifted
        self.x = x.double() - self.centre
        self.members = torch.nn.functional.one_hot(y, classes).double()
        self.orders, self.products, self.size = orders, products, 0
        splits, dim = len(orders), x.shape[1]
        self.counts = x.new_zeros(splits, classes, dtype=torch.float64)
        self.sums = x.new_zeros(splits, classes, dim, dtype=torch.float64)
        second = (dim, dim) if products else (dim,)
        self.seconds = x.new_zeros(splits, classes, *second, dtype=torch.float64)

    def grow(self, size: int) -> None:
        """Take in the examples of each order up to ``size``."""
        new = self.orders[:, self.size : size]
        rows, members = self.x[new], self.members[new]
        self.counts += members.sum(dim=1)
        self.sums += members.mT @ rows
        if self.products:
            for k in range(members.shape[2]):
                self.seconds[:, k] += (rows * members[..., k : k + 1]).mT @ rows
        else:
            self.seconds += members.mT @ rows.square()
        self.size = size

    def without(self, other: ClassSums) -> ClassSums:
        """Return the sums less those of the same examples' ``other`` subsets, which leave an example of each class."""
        left = copy.copy(self)
        left.counts, left.sums, left.seconds = (
            self.counts - other.counts, self.sums - other.sums, self.seconds - other.seconds,
        )  # fmt: skip
        left.size = self.size - other.size
        return left

    @property
    def means(self) -> Tensor:
        """Class means of the shifted features (splits, classes, d)."""
        return self.sums / self.counts[..., None]

    @property
    def log_prior(self) -> Tensor:
        """(splits, classes)."""
        return (self.counts / self.size).log()

    def class_seconds(self) -> Tensor:
        """Maximum-likelihood variances (splits, classes, d), or covariances, of each class.

        A class of a single example takes those that the classes share.
        """
        own = self._central(self.seconds / self._per_class(), self._outer(self.means))
        return torch.where(self._per_class() > 1, own, self.shared_second()[:, None])

    def shared_second(self) -> Tensor:
        """Variances (splits, d), or covariances, around the class means; around the common one if all classes have
        one example."""
        if self.size == self.counts.shape[1]:
            return self.total_second()
        explained = (self._per_class() * self._outer(self.means)).sum(dim=1)
        return self._central(self.seconds.sum(dim=1) / self.size, explained / self.size)

    def total_second(self) -> Tensor:
        """Variances (splits, d), or covariances, of all classes together."""
        return self._central(self.seconds.sum(dim=1) / self.size, self._outer(self.sums.sum(dim=1) / self.size))

    def floor(self, smoothing: float) -> Tensor:
        """What is added to every variance (splits,): ``smoothing`` times the largest of a feature (1 if all are 0)."""
        variance = self.total_second()
        if self.products:
            variance = variance.diagonal(dim1=1, dim2=2)
        largest = variance.amax(dim=1)
        return smoothing * torch.where(largest > 0, largest, 1.0)

    def _central(self, second: Tensor, explained: Tensor) -> Tensor:
        """The difference; a variance that is nothing but rounding is 0, as that of equal numbers must be."""
        difference = second - explained
        return difference if self.products else torch.where(difference > ROUNDING * second, difference, 0.0)

    def _outer(self, means: Tensor) -> Tensor:
        return means[..., :, None] * means[..., None, :] if self.products else means.square()

    def _per_class(self) -> Tensor:
        return self.counts[..., None, None] if self.products else self.counts[..., None]
