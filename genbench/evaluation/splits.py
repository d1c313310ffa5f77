"""What a statistic of whole sets says of its own variance by its values in pieces of the sets, split at random.

Pieces share nothing, so the statistic varies between them as one of fewer examples does. Divided by their number, that is
the variance of the whole if it falls as 1 / n, whatever the statistic does with its examples (subsampling, Politis & Romano
1994). A jackknife is wide of it where, as among nearest neighbours, every example that is left out changes what others do.

Smooth statistics have a part of second order in the examples, such as the kernel's sum in a kernel distance, which a
jackknife counts twice (Efron & Stein 1981). The mean of the values in two halves has no part of first order, and its
second-order part, its mean over splits (another bias) taken off, varies as that of the whole does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.variance import Part

SPLITS = 8
"""Of groups into halves."""
FEWEST_GROUPS = 4


def halves_of_groups(groups: int, of: str = "") -> NDArray[np.bool_]:
    """Which groups are in the first of two halves, at random, in each of some splits: (SPLITS, G), or (0, G) with fewer than
    four groups. Other sets (``of``) are split in other ways."""
    rng = np.random.default_rng(derive_seed("halves", of, groups))
    splits = SPLITS if groups >= FEWEST_GROUPS else 0
    order = np.array([rng.permutation(groups) for _ in range(splits)]).reshape(splits, groups)
    return order < groups // 2


def second_order_part(halves: NDArray[np.float64], groups: int) -> float:
    """What a delete-a-group jackknife of the mean over seeds counts once too often.

    halves  (S, R, 2): each seed's value in either half, in each of R splits of the groups.

    Two random splits of G groups are not quite orthogonal, and leaving out a group of G is not quite a derivative; of a
    degenerate U-statistic of degree two both are made good by the factor G / (G - 2).
    """
    if halves.shape[1] < 2:
        return 0.0
    return float(halves.mean(axis=(0, 2)).var(ddof=1)) * groups / (groups - 2)


def variance_by_pieces(seed_values: NDArray[np.float64], pieces: NDArray[np.float64]) -> list[Part]:
    """Of the mean over seeds of a statistic whose variance falls as 1 / n: the examples' part, real and generated ones, and
    the part of the seeds beyond that.

    seed_values  (S,).
    pieces       (S, R, B): each seed's value in each of B pieces of its sets, in each of R random splits. The real examples
                 are split alike for all seeds, the generated ones of each by themselves.
    """
    seeds, splits, count = pieces.shape
    parts = [(float(pieces.mean(axis=0).var(axis=1, ddof=1).mean()) / count, splits * (count - 1.0))]
    if seeds > 1:
        within = pieces - pieces.mean(axis=2, keepdims=True)
        of_samples = float(within.var(axis=0, ddof=1).sum(axis=1).mean()) / (count * (count - 1))
        parts.append((max(float(seed_values.var(ddof=1)) - of_samples, 0.0) / seeds, seeds - 1.0))
    return parts
