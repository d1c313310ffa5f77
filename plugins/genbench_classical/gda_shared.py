"""Gaussian discriminant analysis with one covariance for all classes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from torch import Tensor

from genbench import DataSpec
from genbench_classical import moments
from genbench_classical.class_sums import ClassSums
from genbench_classical.gda import GDA
from genbench_classical.generative import Array


class GDAShared(GDA):
    """As ``gda``, with the pooled within-class covariance in all classes (maximum likelihood): linear boundaries.

    The ``shrinkage`` is not chosen by default: of a covariance to which all examples contribute, little depends on it.
    """

    unit_smoothing = moments.LIBRARY_SMOOTHING  # on MNIST's validation split the error hardly depends on it

    def __init__(
        self, data: DataSpec, *, shrinkage: Annotated[float | None, Field(ge=0, le=1)] = 0.01, **inherited: Any
    ) -> None:
        super().__init__(data, shrinkage=shrinkage, **inherited)

    def covariances(self, x: Array, members: Array) -> Array:
        return moments.shared_covariance(x, members)[None]

    def covariances_of_splits(self, sums: ClassSums) -> Tensor:
        return sums.shared_second()[:, None]
