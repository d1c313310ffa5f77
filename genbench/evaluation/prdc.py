"""Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), as in the reference package.

Each set is covered by balls around its examples, as wide as the distance to the k-th nearest neighbour in the set; a
point is inside if its distance is strictly smaller than the radius.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.evaluation.neighbours import distance_chunks, jackknifed_radii, neighbour_radii

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = ("precision", "recall", "density", "coverage")


class RealBalls:
    """The real examples with their balls, computed once for all generated sets.

    real    (n, d) features.
    k       which neighbour gives the radius; more than k examples must remain when a group is left out.
    groups  (n,), sorted: the group of each real example, for a delete-a-group jackknife.
    """

    def __init__(self, real: NDArray[np.float64], k: int, groups: NDArray[np.int64]) -> None:
        self.real, self.k = real, k
        self.radii = within_ties(np.vstack([neighbour_radii(real, k), jackknifed_radii(real, k, groups)]), real)
        self.kept = np.vstack([np.ones(len(real), dtype=bool), groups != np.unique(groups)[:, None]])

    def compare(self, fake: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """The four metrics of a generated set (m, d): with all real examples, then without each group. (1 + G,) each.

        precision  share of generated examples inside a real ball;   density   balls around one, divided by k;
        recall     share of real examples inside a generated ball;   coverage  share of real balls that hold a generated one.
        """
        fake_radii = torch.from_numpy(within_ties(neighbour_radii(fake, self.k), fake))
        radii = torch.from_numpy(self.radii)
        balls_around = torch.zeros(len(radii), len(fake))
        recalled = np.empty(len(self.real), dtype=bool)
        nearest = np.empty(len(self.real))
        for part, distances in distance_chunks(self.real, fake):
            recalled[part] = (distances < fake_radii).any(dim=1).numpy()
            nearest[part] = distances.min(dim=1).values.numpy()
            for variant, inside in zip(radii[:, part], balls_around, strict=True):
                inside += (distances < variant[:, None]).sum(dim=0)
        real_count = self.kept.sum(axis=1)
        return {
            "precision": (balls_around > 0).double().mean(dim=1).numpy(),
            "recall": (self.kept & recalled).sum(axis=1) / real_count,
            "density": balls_around.double().mean(dim=1).numpy() / self.k,
            "coverage": (nearest < self.radii).sum(axis=1) / real_count,
        }


def within_ties(radii: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radii shrunk by the rounding error of a squared distance, so that a tie is never taken for strictly smaller.

    Ties are no rarity: all samples of a generator stuck on a real point lie exactly on the rim of that point's neighbours.
    """
    rounding = 16 * np.finfo(np.float64).eps * np.square(x).sum(axis=1).max()
    return np.asarray(np.sqrt((np.square(radii) - rounding).clip(0)))
