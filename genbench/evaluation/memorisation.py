"""Whether samples are copies of training examples: more alike to them than fresh real examples are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.cluster import KMeans

from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import Space, feature_name, features
from genbench.evaluation.missing import missing
from genbench.evaluation.neighbours import MOSTLY_REPEATED, nearest, nearest_others
from genbench.evaluation.sample_sets import Sets, with_value
from genbench.evaluation.two_sample import combined
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.dataset import Split

    Floats = NDArray[np.float64]

EXAMPLES_A_CELL = 50
CELLS = 50
"""At most so many."""
SHARES, Z = ("memorised_share", "held_out_share"), ("z", "p_value")
SMALLEST = 10
"""Real and generated examples that a cell must have to be compared."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """As many test examples as samples, as pixels or features, beside all training examples:

    ``memorised_share``         share of samples that are nearer to a training example than that one is to any other;
    ``held_out_share``          the same share of the test examples, which nobody can have memorised;
    ``exact_copies``            share of samples that equal a training example;
    ``data_copying_z``          the statistic of Meehan et al. (2020): far below 0 where samples are nearer to training
                                examples than test examples are, above 0 where they are further off (underfitting);
    ``data_copying_p_value``    the probability of so low a z for samples that are as fresh as the test examples.

    Where most test examples occur in the training split, as in tables of few categories, only ``exact_copies`` is had.
    Low shares are no merit by themselves: noise has the lowest.
    """
    assert context.train is not None, "declared by sees_training_data"
    sets = Sets.of(context).within(Space(feature_name(context.data), lambda x: features(x, context.data)))
    train = features(context.train.x, context.data)
    if len(train) < 2:
        raise Unavailable("there is a single training example")
    yield from memorisation_rows(sets, train)


def memorisation_rows(sets: Sets, train: Floats) -> Iterator[Measurement]:
    """The rows of sets beside at least two training examples (m, d) in the same space."""
    estimator = f"nn[{sets.space}]"
    fakes = [compare(fake, train) for fake in sets.fakes]
    real = compare(sets.real, train)
    copies = np.array([np.mean(distance == 0) for distance, _ in fakes])
    yield with_value(sets.row("exact_copies", estimator, ""), copies, trials=sets.n)
    if np.median(real[0]) == 0:  # nothing is nearer than that: not even what was learned by heart would be seen
        rows = (sets.row(metric, estimator, "") for metric in (*SHARES, *(f"data_copying_{what}" for what in Z)))
        yield from (missing(row, MOSTLY_REPEATED, "skipped") for row in rows)
        return
    shares = np.array([np.mean(distance < own) for distance, own in fakes])
    yield with_value(sets.row(SHARES[0], estimator, ""), shares, trials=sets.n)
    held_out = replace(sets.row(SHARES[1], estimator, ""), seeds=1)
    yield with_value(held_out, np.array([np.mean(real[0] < real[1])]), trials=sets.n)
    yield from _data_copying(sets, train, real[0], [distance for distance, _ in fakes])


def nearest_examples(samples: NDArray[Any], train: Split, data: DataSpec) -> NDArray[np.float32]:
    """The training example (n, *shape) that is nearest to each sample (n, *shape), to be looked at beside it."""
    return np.asarray(train.x[nearest(features(samples, data), features(train.x, data))], dtype=np.float32)


def compare(x: Floats, train: Floats) -> tuple[Floats, Floats]:
    """For each example (n, d): its distance from the nearest of at least two training examples (m, d), and how far that one
    is from its own nearest other. (n,) each."""
    index = nearest(x, train)
    chosen, back = np.unique(index, return_inverse=True)
    gaps = np.linalg.norm(train[chosen] - train[nearest_others(train, chosen)], axis=1)
    return np.linalg.norm(x - train[index], axis=1), gaps[back]


def data_copying_z(cells: NDArray[np.int64], real: Floats, fake_cells: NDArray[np.int64], fake: Floats) -> float | None:
    """The Z of Meehan et al. 2020, normal in each cell if real and generated examples are alike.

    cells, fake_cells  of each real (n,) and generated (m,) example.
    real, fake         its distance from the nearest training example.

    In each cell the Mann-Whitney statistic of the two sets of distances, standardised; cells are weighted by their real
    examples, and the sum by its standard deviation, so that Z is standard normal. None if no cell has enough of both.
    """
    known = comparable(cells, fake_cells)
    return _weighted_z(cells, real, fake_cells, fake, known) if len(known) else None


def comparable(cells: NDArray[np.int64], fake_cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cells that have enough examples of both sets."""
    count = int(max(cells.max(), fake_cells.max())) + 1
    counts = np.stack([np.bincount(cells, minlength=count), np.bincount(fake_cells, minlength=count)])
    return np.flatnonzero(counts.min(axis=0) >= SMALLEST)


def _weighted_z(
    cells: NDArray[np.int64], real: Floats, fake_cells: NDArray[np.int64], fake: Floats, among: NDArray[Any]
) -> float:
    """Over these cells, of each of which there is an example of either set."""
    sets = [(fake[fake_cells == cell], real[cells == cell]) for cell in among]
    weights = [len(one) for _, one in sets]
    return float(np.dot(weights, [_mann_whitney_z(other, one) for other, one in sets]) / np.linalg.norm(weights))


def _data_copying(sets: Sets, train: Floats, real: Floats, fakes: list[Floats]) -> Iterable[Measurement]:
    count = int(np.clip(sets.n // EXAMPLES_A_CELL, 1, min(CELLS, len(train))))
    means = KMeans(count, n_init=1, random_state=0).fit(train[: 100 * count])
    cells, fake_cells = means.predict(sets.real), [means.predict(x) for x in sets.fakes]
    scores = [data_copying_z(cells, real, of_fake, fake) for of_fake, fake in zip(fake_cells, fakes, strict=True)]
    known = np.array([score for score in scores if score is not None])
    row = sets.row("data_copying_z", f"mann-whitney[{sets.space},cells={count}]", "")
    if len(known) < len(scores):
        reason = f"no cell has {SMALLEST} test examples and {SMALLEST} samples"
        yield from (missing(replace(row, metric=f"data_copying_{what}"), reason, "skipped") for what in Z)
        return
    yield with_value(row, known, _jackknifed_z(sets.groups, cells, real, fake_cells, fakes))
    p_value = combined([float(p) for p in norm.cdf(known)])
    yield replace(row, metric="data_copying_p_value", value=p_value, status="ok")


def _jackknifed_z(
    groups: NDArray[np.int64],
    cells: NDArray[np.int64],
    real: Floats,
    fake_cells: list[NDArray[np.int64]],
    fakes: list[Floats],
) -> list[Floats]:
    """Z of each seed without each group of the real examples (S, G), and with one seed also of the generated ones.

    The cells compared are those of all examples, however few of a cell's are left.
    """
    kept = groups != np.unique(groups)[:, None]
    without_real, without_fake = [], []
    for of_fake, fake in zip(fake_cells, fakes, strict=True):
        among = comparable(cells, of_fake)
        left = [np.intersect1d(among, cells[rest]) for rest in kept]
        without_real.append([_weighted_z(cells[k], real[k], of_fake, fake, a) for k, a in zip(kept, left, strict=True)])
        left = [np.intersect1d(among, of_fake[rest]) for rest in kept]
        without_fake.append([_weighted_z(cells, real, of_fake[k], fake[k], a) for k, a in zip(kept, left, strict=True)])
    replicates = [np.array(without_real), np.array(without_fake)]
    return replicates if len(fakes) == 1 else replicates[:1]


def _mann_whitney_z(x: Floats, y: Floats) -> float:
    """The standardised U: below 0 where x is mostly smaller than y, 0 if all are equal."""
    if np.ptp(np.concatenate([x, y])) == 0:
        return 0.0
    both = rankdata(np.concatenate([x, y]))
    n, m = len(x), len(y)
    spread = np.sqrt(n * m / (n + m) * both.var(ddof=1))  # of the sum of n ranks drawn without replacement
    return float((both[:n].sum() - n * both.mean()) / spread)
