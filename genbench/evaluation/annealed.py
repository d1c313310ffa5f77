"""Likelihoods by annealed importance sampling, of models that decode a latent code; and how far off they may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.draws import Draws
from genbench.errors import DivergedError
from genbench.evaluation.annealing import Annealing
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.decoders import LikelihoodDecoder, NoisyDecoder
from genbench.evaluation.example_means import mean_row
from genbench.evaluation.fitted import BOUND_NUMBERS, WIDTH, Fitted
from genbench.evaluation.likelihood import mean_rows, nll_rows
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Floats = NDArray[np.float64]

SIGMAS = np.geomspace(0.01, 1, 9)
"""Observation noises to choose from; of real data in units of the features' root mean variance."""
SIGMA_EXAMPLES = 10
"""Validation examples that the choice is made by, with a quarter of the temperatures."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """For models with ``log_likelihood``, on the first ``protocol.ais_examples`` test examples (none: no rows):

    ``nll``, ``bits_per_dim``  upper bounds in expectation, ``ais[chains=K,temperatures=T]`` (Neal 2001, Wu et al. 2017),
    ``ais_gap``                on as many examples that the model simulates, the upper less the lower bound of log p(x) in
                               nats: both are off by less than that in expectation (Grosse et al. 2015).
    """
    if context.protocol.ais_examples == 0:
        return
    estimator = f"ais[{_settings(context)}{',dequantised' if context.models[0].dequantised else ''}]"
    bounds = [_bounds(context, LikelihoodDecoder(model)) for model in context.distinct]
    yield from nll_rows(context, estimator, np.stack([log_q for log_q, _ in bounds]) + context.models[0].offset)
    yield _gap_row(context, estimator, np.stack([gap for _, gap in bounds]))


def evaluate_noisy(context: EvaluationContext) -> Iterable[Measurement]:
    """The same for models with ``mean_given``, of a Gaussian observation noise around it: ``noisy_nll``, ``ais_gap``, with
    ``ais[sigma=S,chains=K,temperatures=T]``.

    That is another model than the one whose samples are judged, and a density, of data with levels too: it does not compare
    with ``nll``, nor with another S. S is the one of :data:`SIGMAS` under which the first seed deems the first validation
    examples most likely.
    """
    if context.protocol.ais_examples == 0:
        return
    sigma = _chosen_sigma(context)
    estimator = f"ais[sigma={sigma:.3g},{_settings(context)}]"
    bounds = [_bounds(context, NoisyDecoder(model, sigma)) for model in context.distinct]
    noisy_nll = -np.stack([log_q for log_q, _ in bounds])
    context.keep("noisy_nll", estimator, noisy_nll)
    yield from mean_rows(context, "noisy_nll", estimator, noisy_nll)
    yield _gap_row(context, estimator, np.stack([gap for _, gap in bounds]))


def _settings(context: EvaluationContext) -> str:
    return f"chains={context.protocol.ais_chains},temperatures={context.protocol.ais_temperatures}"


def _bounds(context: EvaluationContext, decoder: LikelihoodDecoder) -> tuple[Floats, Floats]:
    """The lower bound of each test example's log p(x) (n,), and the gap of as many simulated ones (n,), in one pass."""
    fitted, annealing = decoder.fitted, _annealing(context, decoder)
    draws = Draws(derive_seed("ais", fitted.seed), fitted.device)
    test = _placed(fitted, context.test_subset.x[: context.protocol.ais_examples])
    with torch.no_grad():
        codes = decoder.codes(len(test), draws)
        simulated = decoder.simulate(codes, draws)
    log_q, gaps = [], []
    for part in _chunks(context, len(test)):
        x = torch.cat([test[part], simulated[part]])
        steps = annealing.step_sizes(x, draws)
        lower, lower_of_simulated = annealing.lower_bound(x, steps, draws).chunk(2)
        upper = annealing.upper_bound(simulated[part], codes[part], steps.chunk(2, 1)[1], draws)
        log_q.append(lower)
        gaps.append(upper - lower_of_simulated)
    return _finite(log_q), _finite(gaps)


def _annealing(context: EvaluationContext, decoder: LikelihoodDecoder, hurry: int = 1) -> Annealing:
    """With a share 1 / ``hurry`` of the temperatures."""
    return Annealing(decoder, context.protocol.ais_chains, max(2, context.protocol.ais_temperatures // hurry))


def _placed(fitted: Fitted, x: NDArray[np.float32]) -> Tensor:
    return torch.tensor(fitted.placed(x, "evaluation"), dtype=torch.float32, device=fitted.device)


def _gap_row(context: EvaluationContext, estimator: str, gaps: Floats) -> Measurement:
    """Of gaps (seeds, n) of examples that each seed simulates for itself."""
    row = Measurement(
        "ais_gap",
        estimator,
        None,
        "nats",
        seeds=len(gaps),
        n=gaps.shape[1],
        examples=context.train_size,
        status="failed",
    )
    if len(gaps) == 1:
        return mean_row(row, gaps, context.protocol.resamples)
    return with_value(row, gaps.mean(axis=1))


def _chosen_sigma(context: EvaluationContext) -> float:
    fitted = context.models[0]
    x = _placed(fitted, context.validation.x[:SIGMA_EXAMPLES])
    draws = Draws(derive_seed("ais sigma", fitted.seed), fitted.device)
    spread = float(np.sqrt(np.asarray(context.validation.x, np.float64).var(axis=0).mean()))
    sigmas = SIGMAS * (spread if context.data.support == "real" and spread > 0 else 1.0)
    log_q = []
    for sigma in sigmas:
        annealing = _annealing(context, NoisyDecoder(fitted, float(sigma)), hurry=4)
        log_q.append(float(annealing.lower_bound(x, annealing.step_sizes(x, draws), draws).mean()))
    return float(sigmas[int(np.nanargmax(log_q))])


def _chunks(context: EvaluationContext, n: int) -> list[slice]:
    """Examples whose chains, and those of as many simulated ones, are moved at once, in bounded memory."""
    size = max(1, BOUND_NUMBERS // (2 * context.protocol.ais_chains * max(context.data.dim, WIDTH)))
    return [slice(start, start + size) for start in range(0, n, size)]


def _finite(parts: list[Tensor]) -> Floats:
    values: Floats = torch.cat(parts).cpu().numpy()
    if not np.isfinite(values).all():
        raise DivergedError(f"annealed importance sampling gave {values[~np.isfinite(values)][0]}")
    return values
