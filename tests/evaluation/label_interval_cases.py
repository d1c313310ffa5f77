"""Simulated judges, probes and annealed bounds of several seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from interval_cases import EMPTY, RESAMPLES, Case
from scipy.special import expit, logsumexp, roots_hermitenorm

from genbench.evaluation.example_means import share_row
from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement

N, CLASSES, DIM, CHAINS, SIMULATED = 100, 5, 4, 8, 20
LABELS = np.arange(N) % CLASSES
HARDNESS = np.linspace(0.5, 3.0, CLASSES)
"""Log-odds that a sample of a class shows its label."""
ALIKE, UNLIKE = 0.2, 0.5
"""Deviations of those log-odds between seeds."""
CENTRES = 1.5 * np.eye(CLASSES, DIM)
SHARED_TRAIN = np.random.default_rng(7).normal(size=(N, DIM)) + CENTRES[LABELS]


def agreements(seeds: int, spread: float, rng: np.random.Generator) -> Iterator[Measurement]:
    odds = HARDNESS + spread * (rng.normal(size=(seeds, 1)) + rng.normal(size=(seeds, CLASSES)))
    agreement = (rng.random((seeds, N)) < expit(odds)[:, LABELS]).mean(axis=1)
    yield with_value(replace(EMPTY, metric="label_agreement", estimator="svc", seeds=seeds), agreement, trials=N)


def agreement_truth(spread: float) -> float:
    """The mean of expit(h + sqrt(2) spread z) over classes and z of N(0, 1)."""
    points, weights = roots_hermitenorm(40)
    return float((expit(HARDNESS[:, None] + spread * np.sqrt(2) * points) @ weights).mean() / weights.sum())


def agreement_case(seeds: int, spread: float) -> Case:
    return Case(partial(agreements, seeds, spread), {"svc": agreement_truth(spread)})


def drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels and examples (N, DIM), whose labels are as often."""
    labels = rng.integers(0, CLASSES, N)
    return labels, CENTRES[labels] + rng.normal(size=(N, DIM))


def nearest_mean_hits(train: np.ndarray, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether the class whose mean over ``train`` (of the labels LABELS) is nearest to each of x (n, d) is its own."""
    means = np.stack([train[k == LABELS].mean(axis=0) for k in range(CLASSES)])
    return np.square(x[:, None] - means).sum(axis=2).argmin(axis=1) == labels


def trained_on_samples(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Nearest means of samples of seeds whose class means are off, of the same test examples."""
    labels, x = drawn(rng)
    hits = []
    for _ in range(seeds):
        off = 0.5 * rng.normal(size=CENTRES.shape)
        samples = (CENTRES + off)[LABELS] + rng.normal(size=(N, DIM))
        hits.append(nearest_mean_hits(samples, x, labels))
    row = replace(EMPTY, metric="train_on_samples_accuracy", estimator="svc-on-samples", seeds=seeds)
    yield share_row(row, np.stack(hits), RESAMPLES)


def probes(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Nearest means in features that each seed's network makes of the same examples; beside those of an untrained one."""
    labels, x = drawn(rng)

    def hits(noise: float) -> np.ndarray:
        found = []
        for _ in range(seeds):
            weights = np.eye(DIM) + noise * rng.normal(size=(DIM, DIM))
            found.append(nearest_mean_hits(np.tanh(SHARED_TRAIN @ weights), np.tanh(x @ weights), labels))
        return np.stack(found).astype(float)

    trained, untrained = hits(0.4), hits(1.0)
    accuracy = replace(EMPTY, metric="linear_probe_accuracy", estimator="probe", seeds=seeds)
    yield share_row(accuracy, trained, RESAMPLES)
    gain = trained - untrained
    low, high = mean_interval(gain, RESAMPLES)
    row = replace(EMPTY, metric="linear_probe_gain", estimator="probe", value=gain.mean(), seeds=seeds, status="ok")
    yield replace(row, ci_low=low, ci_high=high)


def annealed_gaps(seeds: int, rng: np.random.Generator) -> Iterator[Measurement]:
    """Of chains whose weights, forward and back, are log-normal with the mean 1, as if p(x) were: their logarithms have the
    variance v, which is exponential over examples, and seeds differ in its mean."""
    mean = np.exp(0.3 * rng.normal(size=(seeds, 1)))
    variance = mean * rng.exponential(size=(seeds, SIMULATED))
    noise = np.sqrt(variance)[..., None] * rng.normal(size=(2, seeds, SIMULATED, CHAINS))
    log_means = logsumexp(noise - variance[..., None] / 2, axis=3) - np.log(CHAINS)
    lower, upper = log_means[0], -log_means[1]
    yield with_value(replace(EMPTY, metric="ais_gap", estimator="ais", seeds=seeds), (upper - lower).mean(axis=1))


CASES = {
    **{f"label agreement, seeds alike, {s}": agreement_case(s, ALIKE) for s in (5, 3)},
    **{f"label agreement, seeds unlike, {s}": agreement_case(s, UNLIKE) for s in (5, 3)},
    "label agreement, 1": agreement_case(1, 0.0),
    **{f"trained on samples, {s}": Case(partial(trained_on_samples, s)) for s in (5, 3)},
    **{f"probes, {s}": Case(partial(probes, s), skewed=["linear_probe_gain"]) for s in (5, 3)},
    **{f"annealed gaps, {s}": Case(partial(annealed_gaps, s)) for s in (5, 3)},
}
"""By what is measured, and the number of seeds."""
