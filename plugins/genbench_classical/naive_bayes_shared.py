"""Naive Bayes whose Gaussian variances the classes share; its log-odds are linear, as those of logistic regression."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from genbench_classical import moments
from genbench_classical.class_sums import ClassSums
from genbench_classical.generative import Array
from genbench_classical.naive_bayes import NaiveBayes


class NaiveBayesShared(NaiveBayes):
    """As ``naive_bayes``, with the pooled within-class variance of each feature in all classes (maximum likelihood).

    The log-odds of two classes are w.x + b with w = (mean_1 - mean_0) / variance (Ng & Jordan 2001).
    Binary and categorical data have no variance to share: there ``naive_bayes`` is the same model.
    """

    supports = frozenset({"real", "unit", "mixed"})
    unit_smoothing = moments.LIBRARY_SMOOTHING  # on MNIST's validation split the error hardly depends on it

    def variances(self, x: Array, members: Array) -> Array:
        shared = moments.shared_variance(x, members)
        return np.tile(shared, (members.shape[1], 1))

    def variances_of_splits(self, sums: ClassSums) -> Tensor:
        return sums.shared_second()[:, None].expand_as(sums.sums)
