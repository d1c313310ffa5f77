"""Simulated runs of which the truth is known, with every kind of interval that stands in a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
from repetitions import Key, Told, simulated_sets
from scipy.special import log_softmax

from genbench.evaluation.classification import example_losses
from genbench.evaluation.classifier_rows import classifier_rows
from genbench.evaluation.critics import OF_A_CRITIC, OF_A_FRESH_CRITIC, OF_LOG_ODDS, Outputs
from genbench.evaluation.distances import frechet_rows, kernel_rows, sliced_rows
from genbench.evaluation.diversity import bandwidth, class_score
from genbench.evaluation.example_means import mean_row
from genbench.evaluation.gan_diagnostics import statistic_rows
from genbench.evaluation.memorisation import memorisation_rows
from genbench.evaluation.mode_coverage import Assigned, coverage_rows
from genbench.evaluation.sample_quality import nearest_train_row, precision_and_recall, two_sample_rows, vendi_row
from genbench.evaluation.sample_sets import Sets, with_value
from genbench.evaluation.shift_detection import auroc_row
from genbench.measurement import Measurement

DIM, N, RESAMPLES = 4, 100, 500
UNEQUAL, EQUAL = {"shift": 0.5}, {"shift": 0.0, "spread": 0.0}
TRAIN = np.random.default_rng(5).normal(size=(500, DIM))
WIDTH = bandwidth(TRAIN)
EMPTY = Measurement("", "", None, n=N, examples=500, status="failed")

Run = Callable[[np.random.Generator], Iterable[Measurement | Told]]


class Case(NamedTuple):
    """A simulated run, truths that have a closed form, and metrics whose intervals are known to hold the truth more often
    than promised (``wide``), or down to 91 % (``skewed``)."""

    run: Run
    truths: Mapping[str, float] = {}
    wide: Collection[str] = ()
    skewed: Collection[str] = ()

    def outside(self, shares: Mapping[Key, float]) -> dict[Key, float]:
        """Those of the shares that are not what they should be."""
        assert shares
        return {key: share for key, share in shares.items() if not self._least(key) <= share <= self._most(key)}

    def _least(self, key: Key) -> float:
        return 0.91 if key[0] in self.skewed else 0.93

    def _most(self, key: Key) -> float:
        return 1.0 if key[0] in self.wide else 0.97


def of_sets(rows: Callable[..., Iterable[Measurement]], seeds: int, setting: Mapping[str, float]) -> Run:
    return lambda rng: rows(simulated_sets(rng, seeds, N, DIM, **setting))


def likelihoods(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """-log q(x) of N(0, I) under N(m, I): its mean is (d log 2 pi + d + d E m^2) / 2."""
    means = 0.5 + (0.05 * rng.normal(size=(seeds, 1)) if seeds > 1 else np.zeros((1, 1)))
    x = rng.normal(size=(N, DIM))
    nll = 0.5 * (DIM * np.log(2 * np.pi) + np.square(x - means[..., None]).sum(axis=2))
    yield mean_row(replace(EMPTY, metric="nll", estimator="exact", seeds=seeds), nll, RESAMPLES)


def nll_truth(seeds: int) -> float:
    square = 0.25 + (0.05**2 if seeds > 1 else 0.0)
    return float(0.5 * DIM * (np.log(2 * np.pi) + 1 + square))


def classifiers(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Over-confident, of three classes, and seeds that differ in their biases and in what they make of an example."""
    y = rng.integers(0, 3, N)
    shared = 1.5 * np.eye(3)[y] + rng.normal(size=(N, 3))
    own = 0.5 * rng.normal(size=(seeds, N, 3)) + (seeds > 1) * 0.15 * rng.normal(size=(seeds, 1, 3))
    log_proba = log_softmax(1.7 * (shared + own), axis=2)
    yield from classifier_rows(EMPTY, log_proba, y, RESAMPLES)
    brier = example_losses(log_proba, y)[:, 2]
    yield mean_row(replace(EMPTY, metric="brier_score", seeds=seeds), brier, RESAMPLES)


def stretched(seeds: int, dim: int, projections: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Samples of which an eighth of the dimensions are five times as wide as the others, and which are off by 4 along one of
    them. All is turned at random, as if the directions were drawn anew."""
    turned = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    widths, shift = stretches(dim)
    fakes = [(widths * rng.normal(size=(N, dim)) + shift) @ turned for _ in range(seeds)]
    groups = np.arange(N) * 10 // N
    return sliced_rows(Sets(rng.normal(size=(N, dim)) @ turned, fakes, groups, 500, "features"), projections)


def stretches(dim: int) -> tuple[np.ndarray, np.ndarray]:
    return np.where(np.arange(dim) < max(dim // 8, 1), 5.0, 1.0), np.where(np.arange(dim) == 0, 4.0, 0.0)


def stretched_truth(dim: int) -> float:
    """On a line u two Gaussians are (u.s)^2 + (u'Cu ^ 1/2 - 1)^2 apart: the root of the mean over very many lines."""
    lines = np.random.default_rng(0).normal(size=(50_000, dim))
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    widths, shift = stretches(dim)
    spread = np.sqrt(np.square(lines) @ np.square(widths))
    return float(np.sqrt(np.square(shift).sum() / dim + np.square(spread - 1).mean()))


def stretched_case(seeds: int, dim: int, projections: int) -> Case:
    truths = {f"swd[features,directions={projections},n=inf]": stretched_truth(dim)}
    return Case(partial(stretched, seeds, dim, projections), truths)


def copying(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """A fifth of the samples lie near a training example, half of those on it."""
    sets = simulated_sets(rng, seeds, N, DIM, 0.0)
    copies = TRAIN[rng.integers(0, len(TRAIN), (seeds, N))]
    near = copies + 0.02 * rng.normal(size=copies.shape) * (rng.random((seeds, N, 1)) < 0.5)
    fakes = np.where(rng.random((seeds, N, 1)) < 0.2, near, np.stack(sets.fakes))
    yield from memorisation_rows(replace(sets, fakes=list(fakes)), TRAIN)


def drawn_copies(rng: np.random.Generator) -> Iterator[Told]:
    """Of one seed, a share of samples that is drawn anew each time is training examples: shares of 100 go in steps, and
    Wilson's interval holds one and the same share in up to 2 % more or less than another."""
    share = rng.uniform(0.05, 0.3)
    sets = simulated_sets(rng, 1, N, DIM, 0.0)
    copies = TRAIN[rng.integers(0, len(TRAIN), N)]
    fake = np.where(rng.random((N, 1)) < share, copies, sets.fakes[0])
    rows = memorisation_rows(replace(sets, fakes=[fake]), TRAIN)
    yield from (Told(row, share) for row in rows if row.metric == "exact_copies")


class EqualModes:
    """So many, equally likely, in a space in which the spread within modes is 1."""

    name, has_quality = "equal", True

    def __init__(self, count: int) -> None:
        self.weights = np.full(count, 1 / count)


def modes(count: int, seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Seeds lose each mode with probability 0.1; the shares of the others and that of good samples vary, too."""

    def of_seed() -> Assigned:
        shares = rng.dirichlet(np.full(count, 4.0)) * (rng.random(count) > 0.1)
        good = rng.binomial(1000, min(1.0, 0.9 + 0.02 * rng.normal()))
        counts = rng.multinomial(good, shares / shares.sum())
        return Assigned(counts, float(0.8 + 0.05 * rng.normal()), 1000)

    real = Assigned(np.full(count, 100), 1.0, 1000)
    row = replace(EMPTY, estimator="equal", seeds=seeds, n=1000)
    rows = coverage_rows(row, [of_seed() for _ in range(seeds)], real, EqualModes(count))
    yield from (row for row in rows if row.metric != "collapsed_seeds")


def found_of_many_modes(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """How many of a hundred, of which three seeds rarely find equally many; the divergences are left uncomputed."""
    yield from islice(modes(100, seeds, rng), 2)


def critics(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    biases = (seeds > 1) * 0.15 * rng.normal(size=(2, seeds, 1))
    real = 0.5 + rng.normal(size=N) + 0.3 * rng.normal(size=(seeds, N)) + biases[0]
    outputs = Outputs(real, rng.normal(size=(seeds, N)) - 0.5 + biases[1])
    for name, statistics in (("own", OF_LOG_ODDS), ("fresh", OF_A_FRESH_CRITIC), ("critic", OF_A_CRITIC)):
        yield from statistic_rows(replace(EMPTY, estimator=name, seeds=seeds), statistics, outputs, 10)


def detection(shift: float, seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    of_seeds = (seeds > 1) * rng.normal(size=(2, seeds, N))
    plain, shifted = rng.normal(size=(2, 1, N)) + 0.3 * of_seeds
    yield auroc_row(replace(EMPTY, metric="log_prob_auroc"), plain + shift, shifted)


def class_scores(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    biases = 0.2 * rng.normal(size=(seeds, 1, 5))
    scores = [class_score(log_softmax(logits, axis=1)) for logits in 2 * rng.normal(size=(seeds, N, 5)) + biases]
    yield with_value(replace(EMPTY, metric="class_score", seeds=seeds), np.array(scores), bounds=(1.0, 5.0))


def frechet_truth(seeds: int) -> Mapping[str, float]:
    """d E m^2, of the distance extrapolated."""
    return {"fd[features,n=inf]": DIM * (0.25 + (0.05**2 if seeds > 1 else 0.0))}


def neighbours(seeds: int, setting: Mapping[str, float]) -> Run:
    return of_sets(partial(precision_and_recall, k=5), seeds, setting)


CASES: dict[str, Case] = {
    **{f"likelihood, {s}": Case(partial(likelihoods, s), truths={"exact": nll_truth(s)}) for s in (5, 3, 1)},
    **{f"classifiers, {s}": Case(partial(classifiers, s), wide=["median_log_loss"]) for s in (5, 3, 1)},
    "copying, 3": Case(partial(copying, 3)),
    "copying, 1": Case(partial(copying, 1), skewed=["exact_copies"]),
    "copies of a drawn share, 1": Case(drawn_copies),
    "modes, 5": Case(partial(modes, 10, 5)),
    "modes, 3": Case(partial(modes, 10, 3), wide=["modes_found", "modes_found_ratio"], skewed=["forward_kl"]),
    **{f"a hundred modes, {s}": Case(partial(found_of_many_modes, s)) for s in (5, 3)},
    **{f"critics, {s}": Case(partial(critics, s)) for s in (3, 1)},
    **{f"detection of {d}, {s}": Case(partial(detection, d, s)) for d in (0.0, 1.5) for s in (3, 1)},
    "class scores, 3": Case(partial(class_scores, 3)),
    **{f"Fréchet distance, {s}": Case(of_sets(frechet_rows, s, UNEQUAL), truths=frechet_truth(s)) for s in (3, 1)},
    **{f"kernel distance, {s}": Case(of_sets(kernel_rows, s, UNEQUAL)) for s in (3, 1)},
    "sliced Wasserstein distance, 3": Case(of_sets(partial(sliced_rows, projections=20), 3, UNEQUAL)),
    **{
        f"{count} directions of {dim}, {s}": stretched_case(s, dim, count)
        for dim, count, s in ((4, 20, 1), (64, 50, 1))
    },
    **{f"neighbours, {s}": Case(neighbours(s, UNEQUAL)) for s in (3, 1)},
    **{f"two-sample tests, {s}": Case(of_sets(two_sample_rows, s, UNEQUAL)) for s in (3, 1)},
    **{f"Vendi score, {s}": Case(of_sets(lambda sets: [vendi_row(sets, WIDTH)], s, UNEQUAL)) for s in (3, 1)},
    **{f"nearest ratio, {s}": Case(of_sets(lambda sets: [nearest_train_row(sets, TRAIN)], s, UNEQUAL)) for s in (3, 1)},
    "equal: Fréchet distance, 3": Case(of_sets(frechet_rows, 3, EQUAL), {"fd[features,n=inf]": 0.0}),
    "equal: Fréchet distance, 1": Case(
        of_sets(frechet_rows, 1, EQUAL), {"fd[features,n=inf]": 0.0}, ["frechet_distance"]
    ),
    "equal: kernel distance, 3": Case(
        of_sets(kernel_rows, 3, EQUAL), {"kd[features]": 0.0}, skewed=["kernel_distance"]
    ),
    "equal: kernel distance, 1": Case(of_sets(kernel_rows, 1, EQUAL), {"kd[features]": 0.0}, ["kernel_distance"]),
    "equal: neighbours, 3": Case(neighbours(3, EQUAL)),
    "equal: neighbours, 1": Case(neighbours(1, EQUAL), wide=["density"]),
}
"""By what is measured, and the number of seeds."""
