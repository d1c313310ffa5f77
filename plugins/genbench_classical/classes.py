"""What generative classifiers share about their classes: priors, and classes of which no example was seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp


def class_prior(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Class frequencies (classes,) from the classes' counts among n examples; a class without an example gets
    1 / (n + classes), taken from the others in proportion.

    With every class seen this is the maximum-likelihood estimate. The share of an unseen class is that of Laplace's rule
    of succession, so that the log loss of a later example of it is finite.
    """
    unseen, n = counts == 0, counts.sum()
    share = 1 / (n + len(counts))
    return np.where(unseen, share, counts / n * (1 - share * unseen.sum()))


def joint_log_prob(
    log_density: NDArray[np.float64], prior: NDArray[np.float64], seen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """log p(x, y) (n, classes) from the class densities log p(x | y) (n, seen) of the classes seen.

    Nothing is known of a class never seen: its density is taken to be that of the others together, so that p(x) is
    still their mixture and the class keeps its prior probability at every x.
    """
    seen_joint = log_density + np.log(prior[seen])
    mixture = logsumexp(seen_joint, axis=1) - np.log(prior[seen].sum())
    joint = mixture[:, None] + np.log(prior)
    joint[:, seen] = seen_joint
    return joint


def sampled_classes(
    n: int, y: NDArray[np.int64] | None, prior: NDArray[np.float64], seen: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Positions in ``seen`` (n,) of the classes to sample from: the labels ``y`` asked for, or drawn from the prior.

    A label never seen is replaced by one drawn from those seen, as in :func:`joint_log_prob`.
    """
    drawn = rng.choice(len(seen), size=n, p=prior[seen] / prior[seen].sum())
    if y is None:
        return drawn
    return np.where(np.isin(y, seen), np.searchsorted(seen, y), drawn)
