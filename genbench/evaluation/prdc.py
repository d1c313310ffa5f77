"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), as in the reference package.

Each set is covered by balls around its examples, as wide as the distance to the k-th nearest neighbour in the set; a
point is inside if its distance is strictly smaller than the radius.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.evaluation.neighbours import squared_distance_chunks, squared_radii

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = ("precision", "recall", "density", "coverage")


def prdc(real: NDArray[np.float64], fake: NDArray[np.float64], k: int) -> dict[str, float]:
    """The four metrics of a generated set (m, d) beside a real one (n, d); more than k examples in each.

    Time grows with n^2 + m^2 + n m, memory with n + m.
    """
    return RealBalls(real, k).compare(fake)


class RealBalls:
    """The real examples (n, d) with their balls, computed once for all generated sets; more than k examples."""

    def __init__(self, real: NDArray[np.float64], k: int) -> None:
        self.real, self.k = real, k
        self.squared_radii = within_ties(squared_radii(real, k), real)

    def compare(self, fake: NDArray[np.float64]) -> dict[str, float]:
        """The four metrics of a generated set (m, d), in the order of :data:`METRICS`.

        precision  share of generated examples inside a real ball;   density   balls around one, divided by k;
        recall     share of real examples inside a generated ball;   coverage  share of real balls that hold a generated one.
        """
        fake_radii = torch.from_numpy(within_ties(squared_radii(fake, self.k), fake))
        radii = torch.from_numpy(self.squared_radii)
        balls_around = torch.zeros(len(fake), dtype=torch.int32)
        recalled = np.empty(len(self.real), dtype=bool)
        nearest = np.empty(len(self.real))
        for part, squares in squared_distance_chunks(self.real, fake):
            recalled[part] = (squares < fake_radii).any(dim=1).numpy()
            nearest[part] = squares.amin(dim=1).numpy()
            balls_around += (squares < radii[part, None]).sum(dim=0, dtype=torch.int32)
        return {
            "precision": float((balls_around > 0).double().mean()),
            "recall": float(recalled.mean()),
            "density": float(balls_around.double().mean()) / self.k,
            "coverage": float((nearest < self.squared_radii).mean()),
        }


def within_ties(squared: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared radii less the rounding error of a squared distance, so that a tie is never taken for strictly smaller.

    Ties are no rarity: all samples of a generator stuck on a real point lie exactly on the rim of that point's neighbours.
    """
    rounding = 16 * np.finfo(np.float64).eps * np.square(x).sum(axis=1).max()
    return np.asarray(squared - rounding)
