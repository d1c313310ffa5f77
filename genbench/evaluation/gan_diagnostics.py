"""How a model's discriminator and a fresh critic tell real from generated examples, and what became of the seeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.errors import Unavailable
from genbench.evaluation.collapse import collapsed_seeds, known_modes, modes_hit, samples_needed
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.critics import (
    OF_A_CRITIC,
    OF_A_FRESH_CRITIC,
    OF_LOG_ODDS,
    Outputs,
    Statistic,
    asked_of_fresh_critic,
)
from genbench.evaluation.features import feature_name, features
from genbench.evaluation.intervals import means_less_each_group
from genbench.evaluation.missing import missing
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 8
"""Test examples, with which something can be trained and asked."""
GRADIENT_NORM = "grad_norm_generator"
"""What the training loop logs of the gradient that reaches a module called ``generator``."""
LAST = 10
"""Logged steps that the gradient norm is a mean over."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """From n = min(protocol.samples, test split) test examples and as many samples a seed, by the model's own discriminator:

    ``d_real``, ``d_generated``  its mean probability of being real, and ``d_distance_from_half``, the mean |D - 1/2|;
    ``jensen_shannon``           the lower bound on the Jensen-Shannon divergence that this amounts to, in nats;
    ``critic_distance``          in place of them where it gives no probability (``discriminator_gives``): its mean on
                                 real less its mean on generated examples, in units of its own.

    By a fresh critic, trained on one half of the same examples and asked on the other: ``jensen_shannon``, and
    ``critic_accuracy``, 1/2 where it cannot tell.

    ``collapsed_seeds``          share of seeds that found less than half of the modes, or of the classes;
    ``generator_gradient_norm``  mean over the last logged steps of the norm of the gradient that reached the generator.

    Raises :class:`Unavailable` with too few test examples.
    """
    n = min(context.protocol.samples, len(context.test))
    if n < SMALLEST:
        raise Unavailable(f"needs at least {SMALLEST} test examples, there are {n}")
    y = context.test.y[:n] if context.models[0].model.needs_labels else None
    samples = [model.sample(n, "gan_diagnostics", y) for model in context.models]
    row = Measurement("", "", None, seeds=len(samples), n=n, examples=context.train_size, status="failed")
    yield from _by_own_discriminator(row, context, samples, y)
    yield from _by_fresh_critic(row, context, samples)
    yield _collapsed_seeds(row, context)
    yield from _gradient_norm(row, context)


def _by_own_discriminator(
    row: Measurement, context: EvaluationContext, samples: list[NDArray[np.float32]], y: NDArray[np.int64] | None
) -> Iterable[Measurement]:
    of_real = [model.discriminate(context.test.x[: row.n], y) for model in context.models]
    of_generated = [model.discriminate(x, y) for model, x in zip(context.models, samples, strict=True)]
    gives_log_odds = context.models[0].model.discriminator_gives == "log_odds"
    statistics, estimator = (OF_LOG_ODDS, "own-discriminator") if gives_log_odds else (OF_A_CRITIC, "own-critic")
    outputs = Outputs(np.stack(of_real), np.stack(of_generated))
    yield from statistic_rows(replace(row, estimator=estimator), statistics, outputs, context.protocol.jackknife_groups)


def _by_fresh_critic(
    row: Measurement, context: EvaluationContext, samples: list[NDArray[np.float32]]
) -> Iterable[Measurement]:
    real = features(context.test.x[: row.n], context.data)
    asked = [asked_of_fresh_critic(real, features(x, context.data)) for x in samples]
    outputs = Outputs(*(np.stack(of_seeds) for of_seeds in zip(*asked, strict=True)))
    row = replace(row, estimator=f"fresh-critic[{feature_name(context.data)}]", n=outputs.real.shape[1])
    yield from statistic_rows(row, OF_A_FRESH_CRITIC, outputs, context.protocol.jackknife_groups)


def statistic_rows(
    row: Measurement, statistics: dict[str, Statistic], outputs: Outputs, groups: int
) -> Iterable[Measurement]:
    """A row for each of the statistics of what a discriminator gives."""
    for metric, statistic in statistics.items():
        of_real, of_generated = statistic.of_real(outputs.real), statistic.of_generated(outputs.generated)
        values = of_real.mean(axis=1) + of_generated.mean(axis=1)
        # The real examples are the same for all seeds; the variance between seeds holds that of the generated ones.
        jackknives = [means_less_each_group(of_real, groups) + of_generated.mean(axis=1, keepdims=True)]
        if len(values) == 1:
            jackknives.append(means_less_each_group(of_generated, groups) + of_real.mean())
        trials = 2 * of_real.shape[1] if statistic.share else None
        named = replace(row, metric=metric, unit=statistic.unit, better=statistic.better)
        yield with_value(named, values, jackknives, trials=trials)


def _collapsed_seeds(row: Measurement, context: EvaluationContext) -> Measurement:
    """Of the samples that ``mode_coverage`` judges."""
    row = replace(row, metric="collapsed_seeds", n=context.protocol.mode_samples, better="lower")
    try:
        modes = known_modes(context)
    except Unavailable as reason:
        return missing(replace(row, estimator="modes"), str(reason), "skipped")
    n = samples_needed(context, modes)
    samples = (model.sample(n, "mode_coverage") for model in context.models)
    found = np.array([modes_hit(*modes.assign(x), modes) for x in samples])
    return collapsed_seeds(replace(row, estimator=modes.name, n=n), found, modes)


def _gradient_norm(row: Measurement, context: EvaluationContext) -> Iterable[Measurement]:
    """No row for a model that logs no such norm."""
    logged = [[value for _, name, value in fit.log if name == GRADIENT_NORM][-LAST:] for fit in context.fits]
    if not all(logged):
        return
    values = np.array([np.mean(last) for last in logged])
    row = replace(row, metric="generator_gradient_norm", estimator=f"training-log[last {LAST}]")
    yield with_value(replace(row, n=min(map(len, logged))), values)
