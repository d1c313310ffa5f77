"""How far covariances of discriminant analysis are shrunk, chosen on training examples that are held out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genbench_classical.held_out import others

SHRINKAGES = (0.001, 0.01, 0.1, 0.4, 1.0)
"""To choose from."""
DEFAULT = 0.1
"""Where there is nothing to hold out."""
FOLDS, MOST = 3, 1000
"""Each fold holds out at most so many examples."""


def folds(y: Tensor, classes: int) -> list[Tensor]:
    """Return the positions (splits, h) that each fold holds out, for labels y (splits, m); never a class's first example."""
    left = others(y, classes)
    return [left[:, fold::FOLDS][:, :MOST] for fold in range(min(FOLDS, left.shape[1]))]


def best(scores: Tensor) -> Tensor:
    """Return the shrinkage (splits,) with the lowest score (splits, shrinkages); the smallest of several."""
    return torch.tensor(SHRINKAGES, dtype=torch.float64, device=scores.device)[scores.argmin(dim=1)]


@dataclass(frozen=True)
class Gaussians:
    """Those of many splits, in float64: means (splits, classes, d), covariances (splits, classes or 1, d, d), what is added
    to all variances (splits,), and log priors (splits, classes)."""

    means: Tensor
    covariances: Tensor
    floor: Tensor
    log_prior: Tensor

    def factors(self, shrinkage: Tensor) -> tuple[Tensor, Tensor]:
        """Return the Cholesky factors with a shrinkage (splits,), and whether there is none (splits,)."""
        share = shrinkage[:, None, None]
        added = share * self.covariances.diagonal(dim1=2, dim2=3) + self.floor[:, None, None]
        factors, failed = torch.linalg.cholesky_ex((1 - share[..., None]) * self.covariances + torch.diag_embed(added))
        return factors, (failed > 0).any(dim=1)

    def log_joint(self, x: Tensor, factors: Tensor) -> Tensor:
        """Return log p(x, y) (splits, classes, n), up to a constant of x, of columns (d, n) or (splits, d, n)."""
        return gaussian_log_density(x, self.means, factors) + self.log_prior[..., None]

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Return what to choose :data:`SHRINKAGES` by (splits, shrinkages), lower is better: the errors on columns
        x (splits, d, h) with labels y (splits, h), and a share of one that grows with the log loss, which decides between
        equals."""
        scores = torch.full((len(y), len(SHRINKAGES)), math.inf, dtype=torch.float64, device=x.device)
        for index, shrinkage in enumerate(SHRINKAGES):
            factors, failed = self.factors(torch.full_like(self.floor, shrinkage))
            log_proba = self.log_joint(x, factors).log_softmax(dim=1)
            loss = -log_proba.gather(1, y[:, None]).mean(dim=(1, 2))
            errors = (log_proba.argmax(dim=1) != y).sum(dim=1)
            score = errors + loss / (1 + loss) / (2 * FOLDS)
            scores[:, index] = torch.where(failed | score.isnan(), math.inf, score)
        return scores


def gaussian_log_density(x: Tensor, means: Tensor, factors: Tensor) -> Tensor:
    """Return the log density (splits, classes, n) of columns (d, n), or (splits, d, n), under Gaussians with means (splits,
    classes, d) and Cholesky factors (splits, classes, d, d), or (splits, 1, d, d) for one covariance that all classes share.

    Of a shared covariance the part that no class changes is left out: it cancels in Bayes' rule.
    """
    if factors.shape[1] == 1:
        weights = torch.cholesky_solve(means.mT, factors[:, 0]).mT
        return weights @ x - 0.5 * (weights * means).sum(dim=2)[..., None]
    columns = []
    for k in range(factors.shape[1]):
        whitened = torch.linalg.solve_triangular(factors[:, k], x - means[:, k, :, None], upper=False)
        log_scale = factors[:, k].diagonal(dim1=1, dim2=2).log().sum(dim=1)
        columns.append(-0.5 * whitened.square().sum(dim=1) - log_scale[:, None])
    return torch.stack(columns, dim=1)
