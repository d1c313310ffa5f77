"""L2-penalised logistic regressions of many splits at once, by Newton's method.

The objective of a split is scikit-learn's, C sum_i loss_i + |w|^2 / 2, the intercept without penalty: two classes have one
row of weights, more have one each (Hastie et al. 2009, section 4.4; Nocedal & Wright 2006, chapter 7). Scores, gradients
and line search are in float64. The Newton step is found by conjugate gradients in float32, preconditioned by a Hessian
that takes the classes' curvatures to be equal; for two classes that is the Hessian itself, and solves the equations.

Examples are the last dimension of all arrays but those given and returned: products of a few rows of weights with many
examples are several times as fast that way as the other way round.
"""

from __future__ import annotations

import torch
from torch import Tensor

from genbench import ModelError

TOLERANCE = 1e-6
"""Largest entry of the gradient at which a split has converged; the penalty's curvature is 1, so that the weights are off by
no more than the gradient's norm."""
MAX_STEPS = 200
SINGLE_STEPS = 10
"""Newton steps in float32; splits that need more are so badly conditioned that their steps are taken in float64."""
MAX_HALVINGS = 40
INNER_TOLERANCE = 0.05
"""Residual of the Newton equations at which conjugate gradients stop, as a share of the gradient's norm."""
MAX_INNER = 100
KEPT_SHARE = 0.7
"""Converged splits are dropped once no more than this share is left, since dropping copies the others."""


def logistic_weights(x: Tensor, y: Tensor, classes: int, C: float, start: Tensor | None = None) -> Tensor:
    """The weights (splits, outputs, d + 1), the intercept last; one output for two classes, else one a class.

    x (splits, m, d) float64, y (splits, m) labels, ``start`` weights to begin with. With fewer examples than features
    the problem is solved in the m dimensions that the examples span, where its optimum lies (its dual).
    Raises :class:`ModelError` if a split has not converged after ``MAX_STEPS``.
    """
    m, d = x.shape[1:]
    if start is None:
        start = x.new_zeros(len(x), 1 if classes == 2 else classes, d + 1)
    if m >= d:
        return _minimise(_Problem(x.mT, y, classes, C), start)
    basis, triangle = torch.linalg.qr(x.mT)  # x^T = basis triangle; weights outside the basis would only cost
    inside = torch.cat([start[..., :-1] @ basis, start[..., -1:]], dim=2)
    found = _minimise(_Problem(triangle, y, classes, C), inside)
    return torch.cat([found[..., :-1] @ basis.mT, found[..., -1:]], dim=2)


def class_scores(x: Tensor, weights: Tensor) -> Tensor:
    """Unnormalised log p(y | x): x (n, d), weights (splits, outputs, d + 1) -> (splits, classes, n)."""
    splits, outputs, width = weights.shape
    slopes = weights[..., :-1].reshape(splits * outputs, width - 1)
    scores = (slopes @ x.mT).reshape(splits, outputs, len(x)) + weights[..., -1:]
    return torch.cat([torch.zeros_like(scores), scores], dim=1) if outputs == 1 else scores


class _Problem:
    """The objectives of several splits; p = d + 1 features, the last of them 1."""

    def __init__(self, x: Tensor, y: Tensor, classes: int, C: float) -> None:
        self.x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        self.x32 = self.x.float()
        one_hot = torch.nn.functional.one_hot(y, classes).mT.double()
        self.target = one_hot[:, 1:] if classes == 2 else one_hot
        self.C = C
        self.penalty = x.new_ones(self.x.shape[1])
        self.penalty[-1] = 0

    def keep(self, active: Tensor) -> None:
        """Go on with these splits alone."""
        self.x, self.x32, self.target = self.x[active], self.x32[active], self.target[active]

    def probabilities(self, scores: Tensor) -> Tensor:
        return scores.sigmoid() if scores.shape[1] == 1 else scores.softmax(dim=1)

    def value(self, weights: Tensor, scores: Tensor) -> Tensor:
        """(splits,)."""
        if scores.shape[1] == 1:
            normaliser = torch.nn.functional.softplus(scores).sum(dim=(1, 2))
        else:
            normaliser = scores.logsumexp(dim=1).sum(dim=1)
        loss = normaliser - (scores * self.target).sum(dim=(1, 2))
        return self.C * loss + 0.5 * (self.penalty * weights.square()).sum(dim=(1, 2))

    def gradient(self, weights: Tensor, probabilities: Tensor) -> Tensor:
        return self.C * ((probabilities - self.target) @ self.x.mT) + self.penalty * weights

    def preconditioner(self, p: Tensor) -> Tensor:
        """Inverse (splits, p, p) of the Hessian with the classes' mean curvature, in the precision of p."""
        x = self._features(p.dtype)
        hessian = self.C * ((x * (p * (1 - p)).mean(dim=1, keepdim=True)) @ x.mT)
        hessian.diagonal(dim1=1, dim2=2).add_(self.penalty.to(p.dtype) + 1e-6)  # the intercept's may vanish
        return torch.cholesky_inverse(torch.linalg.cholesky(hessian))

    def times_hessian(self, p: Tensor, v: Tensor) -> Tensor:
        """Of more than two classes."""
        x = self._features(p.dtype)
        scores = p * (v @ x)
        scores = scores - p * scores.sum(dim=1, keepdim=True)
        return self.C * (scores @ x.mT) + self.penalty.to(p.dtype) * v

    def _features(self, dtype: torch.dtype) -> Tensor:
        return self.x32 if dtype == torch.float32 else self.x


def _minimise(problem: _Problem, weights: Tensor) -> Tensor:
    found, left = weights.clone(), torch.arange(len(weights), device=weights.device)
    scores = weights @ problem.x
    for count in range(MAX_STEPS):
        probabilities = problem.probabilities(scores)
        gradient = problem.gradient(weights, probabilities)
        active = gradient.abs().amax(dim=(1, 2)) > TOLERANCE
        found[left] = weights
        remaining = int(active.sum())
        if remaining == 0:
            return found
        if remaining <= KEPT_SHARE * len(left):
            problem.keep(active)
            left, weights, scores = left[active], weights[active], scores[active]
            probabilities, gradient = probabilities[active], gradient[active]
        step = _newton_step(problem, probabilities, gradient, torch.float32 if count < SINGLE_STEPS else torch.float64)
        weights, scores = _line_search(problem, weights, scores, step, gradient)
    raise ModelError(f"{remaining} logistic regressions did not converge in {MAX_STEPS} Newton steps; lower C")


def _newton_step(problem: _Problem, probabilities: Tensor, gradient: Tensor, dtype: torch.dtype) -> Tensor:
    """Solve ``hessian @ step = -gradient`` in each split by conjugate gradients (Hestenes & Stiefel 1952), in ``dtype``."""
    scale = gradient.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-300)
    p, residual = probabilities.to(dtype), (-gradient / scale).to(dtype)
    inverse = problem.preconditioner(p)
    goal = INNER_TOLERANCE**2 * _dot(residual, residual)
    step = torch.zeros_like(residual)
    direction = preconditioned = residual @ inverse
    if p.shape[1] == 1:
        return direction.double() * scale
    product = _dot(residual, preconditioned)
    for _ in range(MAX_INNER):
        going = _dot(residual, residual) > goal  # the others stay where they are, before their residuals underflow
        if not bool(going.any()):
            break
        image = problem.times_hessian(p, direction)
        length = torch.where(going, product / _dot(direction, image), 0.0)
        step = step + length * direction
        residual = residual - length * image
        preconditioned = residual @ inverse
        previous, product = product, _dot(residual, preconditioned)
        direction = preconditioned + torch.where(going, product / previous, 0.0) * direction
    return step.double() * scale


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(dim=(1, 2), keepdim=True)


def _line_search(
    problem: _Problem, weights: Tensor, scores: Tensor, step: Tensor, gradient: Tensor
) -> tuple[Tensor, Tensor]:
    """Halve each split's step until its objective falls by Armijo's rule, up to rounding."""
    change, slope = step @ problem.x, (gradient * step).sum(dim=(1, 2))
    before = problem.value(weights, scores)
    allowed = before + 1e-12 * before.abs()
    length = torch.ones_like(before)
    for _ in range(MAX_HALVINGS):
        at = length[:, None, None]
        new_weights, new_scores = weights + at * step, scores + at * change
        too_far = problem.value(new_weights, new_scores) > allowed + 1e-4 * length * slope
        if not bool(too_far.any()):
            break
        length = torch.where(too_far, length / 2, length)
    return new_weights, new_scores
