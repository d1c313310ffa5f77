"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), as in the reference package.

Each set is covered by balls around its examples, as wide as the distance to the k-th nearest neighbour in the set; a
point is inside if its distance is strictly smaller than the radius.

Where examples repeat, or lie on a lattice, several neighbours are as far off as the k-th, and that rule would leave most of
the k outside: with more than k copies of an example the radius is 0, and nothing at all would be inside. There ties are
broken at random, each ball for itself, as if the examples were moved by next to nothing; what the four metrics are then on
average is computed, not drawn. With no tie among its neighbours a ball is the reference's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import betaln

from genbench.evaluation.neighbours import nearest_squares, rounding_of_squares, squared_distance_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

METRICS = ("precision", "recall", "density", "coverage")


def prdc(real: NDArray[np.float64], fake: NDArray[np.float64], k: int) -> dict[str, float]:
    """The four metrics of a generated set (m, d) beside a real one (n, d); more than k examples in each.

    Time grows with n^2 + m^2 + n m, memory with n + m.
    """
    return RealBalls(real, k).compare(fake)


@dataclass(frozen=True)
class Balls:
    """The balls around the examples of a set (n, d).

    inner   a point is inside if its squared distance is below this (n,): the squared radius less rounding errors, so that
            a tie is never taken for strictly smaller.
    rim     points beyond ``inner`` and up to this squared distance (n,) are as far off as the k-th neighbour; minus
            infinity for a ball without ties.
    on_rim  how many neighbours lie on such a rim (n,), and ``wanted`` (n,) how many of them are among the k nearest once
            ties are broken.
    """

    inner: Tensor
    rim: Tensor
    wanted: Tensor
    on_rim: Tensor

    @classmethod
    def around(cls, x: NDArray[np.float64], k: int) -> Balls:
        """Return the balls of examples (n, d), n > k."""
        rounding = rounding_of_squares(x)
        squares = nearest_squares(x, min(k + 1, len(x) - 1))
        radii = squares[:, k - 1]
        inner, rim = radii - rounding, radii + rounding
        tied = np.flatnonzero(((squares >= inner[:, None]) & (squares <= rim[:, None])).sum(axis=1) > 1)
        wanted, on_rim, of_ties = np.zeros(len(x)), np.zeros(len(x)), np.full(len(x), -np.inf)
        of_ties[tied] = rim[tied]
        for part, among in squared_distance_chunks(x[tied], x):
            rows = tied[part]
            among[torch.arange(len(rows)), torch.from_numpy(rows)] = torch.inf
            nearer = (among < torch.from_numpy(inner[rows, None])).sum(dim=1).numpy()
            wanted[rows] = k - nearer
            on_rim[rows] = (among <= torch.from_numpy(rim[rows, None])).sum(dim=1).numpy() - nearer
        return cls(*map(torch.from_numpy, (inner, of_ties, wanted, on_rim)))

    def on_the_rim(self, squares: Tensor, part: slice = slice(None)) -> Tensor | None:
        """Return 1 where a point with that squared distance (balls, points) from the centres lies on the rim, else 0; None
        if none of these balls has ties."""
        inner, rim = self.inner[part, None], self.rim[part, None]
        return ((squares >= inner) & (squares <= rim)).double() if bool(torch.isfinite(rim).any()) else None

    @property
    def chance(self) -> Tensor:
        """Probability (n,) that a point on the rim is inside: that it comes before the last neighbour wanted."""
        return self.wanted / (self.on_rim + 1)

    def chance_of_any(self, points: Tensor) -> Tensor:
        """Return the probability (n,) that of so many points (n,) on the rim at least one is inside.

        The place of the last neighbour wanted among the ties is distributed as a Beta variable.
        """
        wanted, others = self.wanted.numpy(), (self.on_rim - self.wanted + 1).numpy()
        with np.errstate(invalid="ignore"):  # balls without ties have no such place, and no point on a rim
            of_none = np.exp(betaln(wanted, others + points.numpy()) - betaln(wanted, others))
        return torch.from_numpy(np.where(points.numpy() > 0, 1 - of_none, 0.0))


class RealBalls:
    """The real examples (n, d) with their balls, computed once for all generated sets; more than k examples."""

    def __init__(self, real: NDArray[np.float64], k: int) -> None:
        self.real, self.k = real, k
        self.balls = Balls.around(real, k)

    def compare(self, fake: NDArray[np.float64]) -> dict[str, float]:
        """The four metrics of a generated set (m, d), in the order of :data:`METRICS`.

        precision  share of generated examples inside a real ball;   density   balls around one, divided by k;
        recall     share of real examples inside a generated ball;   coverage  share of real balls that hold a generated one.
        """
        balls, fake_balls, m = self.balls, Balls.around(fake, self.k), len(fake)
        around, by_chance, log_missed = torch.zeros(3, m, dtype=torch.float64)
        recalled, nearest, on_rim = torch.zeros(3, len(self.real), dtype=torch.float64)
        for part, squares in squared_distance_chunks(self.real, fake):
            nearest[part] = squares.amin(dim=1)
            around += (squares < balls.inner[part, None]).sum(dim=0)
            recalled[part] = (squares < fake_balls.inner).any(dim=1).double()
            if (rim := balls.on_the_rim(squares, part)) is not None:
                on_rim[part] = rim.sum(dim=1)
                by_chance += balls.chance[part] @ rim
                log_missed += torch.log1p(-balls.chance[part]) @ rim
            if (rim := fake_balls.on_the_rim(squares.T)) is not None:
                by_ties = -torch.expm1(torch.log1p(-fake_balls.chance) @ rim)
                recalled[part] = torch.maximum(recalled[part], by_ties)
        precise = torch.where(around > 0, 1.0, -torch.expm1(log_missed))
        covered = torch.where(nearest < balls.inner, 1.0, balls.chance_of_any(on_rim))
        return {
            "precision": float(precise.mean()),
            "recall": float(recalled.mean()),
            "density": float((around + by_chance).mean()) / self.k,
            "coverage": float(covered.mean()),
        }
