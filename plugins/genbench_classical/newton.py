"""L2-penalised logistic regressions of many splits at once, by Newton's method.

The objective of a split is scikit-learn's, C sum_i loss_i + |w|^2 / 2, the intercept without penalty: two classes have one
row of weights, more have one each (Hastie et al. 2009; Nocedal & Wright 2006). Scores, gradients
and line search are in float64, Newton steps in float32: for two classes by Cholesky's method, for more by conjugate
gradients, between projections onto weights that sum to 0 over the classes, as they do at the optimum. These are
preconditioned by the inverse of the splits' mean Hessian, since one split's is much like another's; where that would be too
large, or splits are too few, by the diagonal blocks of each one's own, a block a class, which takes in only the examples
that curve it most. How well the equations are solved follows Eisenstat & Walker (1996, choice 2): roughly at first, better
as the gradient vanishes.

How fast a product of a few rows with many examples is depends on which of the two dimensions comes last; what conjugate
gradients multiply with again and again is kept both ways. On a CPU splits are taken so many at a time that it stays in the
cache.
"""

from __future__ import annotations

import torch
from torch import Tensor

from genbench import ModelError

TOLERANCE = 1e-5
"""Norm of the gradient at which a split has converged; the penalty curves by 1, so the weights are off by no more. Of C
below 1 it is that share of it, for the sake of the intercept, whose curvature is in proportion to C."""
MAX_STEPS = 200
SINGLE_STEPS = 10
"""Newton steps in float32; splits that need more are so badly conditioned that their steps are taken in float64."""
MAX_HALVINGS = 40
LOOSEST, TIGHTEST = 0.3, 1e-4
"""Bounds of the residual of the Newton equations at which conjugate gradients stop, as a share of the gradient's norm."""
NEAR = 30
"""A residual no more than so many times that of a converged split is made that small at once, to save a Newton step."""
MAX_INNER = 100
SHARED_WEIGHTS = 1000
"""Weights of a split up to which the mean Hessian, a matrix over them, is taken."""
SHARED_FROM = 15
"""Examples a weight, of all splits together, from which on it is worth its cost."""
SHARED_EXAMPLES = 2000
"""Of all splits together, those that it takes in, evenly."""
PRECONDITIONED_STEPS = 5
"""Newton steps that one preconditioner serves, where it does not solve the equations."""
BLOCKS_FROM = 8
"""Examples a feature from which on a preconditioner of a block a class is worth its cost."""
CURVING_SHARE = 0.15
"""Of the examples, those that a class's block of the preconditioner takes in; at least as many as there are features."""
KEPT_SHARE = 0.7
"""Converged splits are dropped once no more than this share is left, since dropping copies the others."""
CACHED_NUMBERS = 1_000_000
"""Of the examples that are minimised over at a time, on a CPU: 4 MB in float32."""


@torch.inference_mode()
def logistic_weights(x: Tensor, y: Tensor, classes: int, C: float, start: Tensor | None = None) -> Tensor:
    """The weights (splits, outputs, d + 1), the intercept last; one output for two classes, else one a class.

    x (splits, m, d) float64, y (splits, m) labels, ``start`` weights to begin with. With fewer examples than features
    the problem is solved in the m dimensions that the examples span, where its optimum lies (its dual).
    What is returned takes no part in automatic differentiation (PyTorch's inference mode, which spares a tenth of the time).
    Raises :class:`ModelError` if a split has not converged after ``MAX_STEPS``.
    """
    splits, m, d = x.shape
    if start is None:
        start = x.new_zeros(splits, 1 if classes == 2 else classes, d + 1)
    elif classes > 2:
        start = _sum_zero(start)
    at_once = splits if x.is_cuda else max(1, CACHED_NUMBERS // (m * min(m, d)))
    shared = _inverse_of_mean(x, start, C) if _shares(x, start) else None
    parts = zip(x.split(at_once), y.split(at_once), start.split(at_once), strict=True)
    return torch.cat([_weights(*part, classes, C, shared) for part in parts])


def _shares(x: Tensor, start: Tensor) -> bool:
    """Whether the mean Hessian is worth its cost."""
    (splits, m, d), outputs = x.shape, start.shape[1]
    weights = outputs * (d + 1)
    return outputs > 1 and m >= d and weights <= SHARED_WEIGHTS and splits * m >= SHARED_FROM * weights


def _inverse_of_mean(x: Tensor, start: Tensor, C: float) -> Tensor | None:
    """The inverse (outputs p, outputs p) of the splits' mean Hessian at the start, in float32, estimated from some examples;
    None if it is singular but for rounding."""
    (splits, m, _), outputs = x.shape, start.shape[1]
    chosen = torch.arange(0, splits * m, max(1, splits * m // SHARED_EXAMPLES), device=x.device)
    split, example = chosen // m, chosen % m
    rows = torch.nn.functional.pad(x[split, example], (0, 1), value=1.0)
    p = (start[split] @ rows[:, :, None]).softmax(dim=1).float()
    rows, weight = rows.float(), C * m / len(rows)
    products = (p * rows[:, None]).flatten(1)
    hessian = products.mT @ (products * -weight)
    blocks = hessian.view(outputs, rows.shape[1], outputs, rows.shape[1])
    for k in range(outputs):
        blocks[k, :, k] += (rows * (weight * p[:, k])).mT @ rows
    # Where weights do not sum to 0 over the classes, which none do, only the penalty curves, and the intercept's not at all.
    blocks += torch.eye(rows.shape[1], device=x.device)[:, None] / outputs
    penalty = rows.new_ones(rows.shape[1])
    penalty[-1] = 1e-3 * min(1.0, C)
    hessian.diagonal().add_(penalty.repeat(outputs))
    triangle, failed = torch.linalg.cholesky_ex(hessian)
    return None if bool(failed) else torch.cholesky_inverse(triangle)


def _weights(x: Tensor, y: Tensor, start: Tensor, classes: int, C: float, shared: Tensor | None) -> Tensor:
    if x.shape[1] >= x.shape[2]:
        return _minimise(_Problem(x, y, C), start, shared)
    basis, triangle = torch.linalg.qr(x.mT)  # x^T = basis triangle; weights outside the basis would only cost
    inside = torch.cat([start[..., :-1] @ basis, start[..., -1:]], dim=2)
    found = _minimise(_Problem(triangle.mT, y, C), inside, None)
    return torch.cat([found[..., :-1] @ basis.mT, found[..., -1:]], dim=2)


class _Problem:
    """The objectives of several splits; p = d + 1 features, the last of them 1."""

    def __init__(self, x: Tensor, y: Tensor, C: float) -> None:
        self.rows = torch.cat([x, torch.ones_like(x[..., :1])], dim=2)
        self.rows32 = self.rows.float()
        self.x32 = self.rows32.mT.contiguous()
        self.y = y[:, None]
        self.C, self.tolerance = C, TOLERANCE * min(1.0, C)
        self.penalty = x.new_ones(x.shape[2] + 1)
        self.penalty[-1] = 0

    def keep(self, active: Tensor) -> None:
        """Go on with these splits alone."""
        parts = self.rows, self.rows32, self.x32, self.y
        self.rows, self.rows32, self.x32, self.y = (part[active] for part in parts)

    def scores(self, weights: Tensor) -> Tensor:
        """(splits, outputs, m) in float64."""
        return weights @ self.rows.mT

    def value(self, weights: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """The objectives (splits,) and the probabilities (splits, outputs, m)."""
        if scores.shape[1] == 1:
            normaliser, probabilities = torch.nn.functional.softplus(scores), scores.sigmoid()
            chosen = scores * self.y
        else:
            largest = scores.amax(dim=1, keepdim=True)
            exponentials = (scores - largest).exp_()
            total = exponentials.sum(dim=1, keepdim=True)
            normaliser, probabilities = largest + total.log(), exponentials.div_(total)
            chosen = scores.gather(1, self.y)
        loss = (normaliser - chosen).sum(dim=(1, 2))
        return self.C * loss + 0.5 * (self.penalty * weights.square()).sum(dim=(1, 2)), probabilities

    def gradient(self, weights: Tensor, probabilities: Tensor) -> Tensor:
        if probabilities.shape[1] == 1:
            errors = probabilities - self.y
        else:
            errors = probabilities.scatter_add(1, self.y, -torch.ones_like(self.y, dtype=probabilities.dtype))
        return torch.add(self.penalty * weights, errors @ self.rows, alpha=self.C)

    def inverse_blocks(self, p: Tensor) -> Tensor:
        """Inverses (splits, blocks, p, p) of the Hessian's diagonal blocks, in the precision of p: of all examples with one
        output, else of those that curve the block most; of few examples one block of the classes' mean curvature."""
        x, curvature = self.x32 if p.dtype == torch.float32 else self.rows.mT, p * (1 - p)
        features, m = x.shape[1:]
        if m < BLOCKS_FROM * features:
            curvature = curvature.mean(dim=1, keepdim=True)
        few = max(features, int(CURVING_SHARE * m))
        blocks = x.new_empty(*curvature.shape[:2], features, features)
        for k in range(curvature.shape[1]):
            weights, of = curvature[:, k : k + 1], x
            if curvature.shape[1] > 1:
                weights, chosen = weights.topk(few, sorted=False)
                of = x.gather(2, chosen.expand(-1, features, -1))
            blocks[:, k] = (of * (self.C * weights)) @ of.mT
        blocks.diagonal(dim1=2, dim2=3).add_(self.penalty.to(p.dtype) + 1e-6)  # the intercept's may vanish
        return torch.cholesky_inverse(torch.linalg.cholesky(blocks))

    def times_hessian(self, p: Tensor, v: Tensor) -> Tensor:
        """Of more than two classes."""
        x, rows = (self.x32, self.rows32) if p.dtype == torch.float32 else (self.rows.mT, self.rows)
        scores = (v @ x).mul_(p)
        scores.addcmul_(p, scores.sum(dim=1, keepdim=True), value=-1)
        return torch.add(self.penalty.to(p.dtype) * v, scores @ rows, alpha=self.C)


def _minimise(problem: _Problem, weights: Tensor, inverse: Tensor | None) -> Tensor:
    """``inverse``, if it is given, is that of the mean Hessian, which preconditions the first steps."""
    found, left = weights.clone(), torch.arange(len(weights), device=weights.device)
    scores = problem.scores(weights)
    value, probabilities = problem.value(weights, scores)
    previous = torch.zeros_like(value)
    for count in range(MAX_STEPS):
        gradient = problem.gradient(weights, probabilities)
        norm = gradient.flatten(1).norm(dim=1)
        active = norm > problem.tolerance
        found[left] = weights
        remaining = int(active.sum())
        if remaining == 0:
            return found
        if remaining <= KEPT_SHARE * len(left):
            problem.keep(active)
            left, weights, scores, value, probabilities, gradient, norm, previous = (
                part[active] for part in (left, weights, scores, value, probabilities, gradient, norm, previous)
            )
            inverse = inverse if inverse is None or inverse.dim() == 2 else inverse[active]
        p = probabilities.to(torch.float32 if count < SINGLE_STEPS else torch.float64)
        if inverse is None or weights.shape[1] == 1 or (count and count % PRECONDITIONED_STEPS == 0):
            inverse = problem.inverse_blocks(p)
        share = (0.9 * (norm / previous) ** 1.6).clamp(TIGHTEST, LOOSEST)
        enough = 0.3 * problem.tolerance / norm
        goal = torch.where(share < NEAR * enough, enough, torch.maximum(share, enough))
        step = _newton_step(problem, p, gradient, norm, goal, inverse)
        previous = norm
        weights, scores, value, probabilities = _line_search(problem, weights, scores, value, step, gradient)
    raise ModelError(f"{remaining} logistic regressions did not converge in {MAX_STEPS} Newton steps; lower C")


def _newton_step(
    problem: _Problem, p: Tensor, gradient: Tensor, norm: Tensor, share: Tensor, inverse: Tensor
) -> Tensor:
    """Solve ``hessian @ step = -gradient`` in each split by conjugate gradients (Hestenes & Stiefel 1952), in the precision
    of p, until the residual is no more than a ``share`` (splits,) of the gradient."""
    scale = norm[:, None, None]
    residual = (-gradient / scale).to(p.dtype)
    direction = preconditioned = _preconditioned(residual, inverse)
    if p.shape[1] == 1:
        return direction.double() * scale
    goal = share.to(p.dtype)[:, None, None].square()
    step = torch.zeros_like(residual)
    product = _dot(residual, preconditioned)
    for _ in range(MAX_INNER):
        going = _dot(residual, residual) > goal  # the others stay where they are, before their residuals underflow
        if not bool(going.any()):
            break
        image = problem.times_hessian(p, direction)
        length = torch.where(going, product / _dot(direction, image), 0.0)
        step.addcmul_(length, direction)
        residual.addcmul_(length, image, value=-1)
        preconditioned = _preconditioned(residual, inverse)
        previous, product = product, _dot(residual, preconditioned)
        direction = torch.addcmul(preconditioned, torch.where(going, product / previous, 0.0), direction)
    return _sum_zero(step.double() * scale)


def _preconditioned(residual: Tensor, inverse: Tensor) -> Tensor:
    if inverse.dim() == 2:  # of the mean Hessian, which keeps sums over the classes of 0
        return (residual.flatten(1) @ inverse).view_as(residual)
    if inverse.shape[1] == 1:
        return residual @ inverse[:, 0]
    return _sum_zero((residual[:, :, None] @ inverse)[:, :, 0])


def _sum_zero(weights: Tensor) -> Tensor:
    """(splits, classes, p), projected onto a sum over the classes of 0."""
    return weights - weights.mean(dim=1, keepdim=True)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(dim=(1, 2), keepdim=True)


def _line_search(
    problem: _Problem, weights: Tensor, scores: Tensor, before: Tensor, step: Tensor, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Halve each split's step until its objective falls by Armijo's rule, up to rounding: weights, scores, objectives and
    probabilities there."""
    change, slope = problem.scores(step), (gradient * step).sum(dim=(1, 2))
    allowed = before + 1e-12 * before.abs()
    length = torch.ones_like(before)
    for _ in range(MAX_HALVINGS):
        at = length[:, None, None]
        there = torch.addcmul(weights, at, step), torch.addcmul(scores, at, change)
        value, probabilities = problem.value(*there)
        too_far = value > allowed + 1e-4 * length * slope
        if not bool(too_far.any()):
            break
        length = torch.where(too_far, length / 2, length)
    return *there, value, probabilities
