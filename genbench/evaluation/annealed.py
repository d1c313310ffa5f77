"""Likelihoods by annealed importance sampling, of models that decode a latent code; and how far off they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.draws import Draws
from genbench.errors import DivergedError
from genbench.evaluation.annealing import Annealing
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.decoders import LikelihoodDecoder, NoisyDecoder
from genbench.evaluation.fitted import BOUND_NUMBERS, WIDTH, Fitted
from genbench.evaluation.intervals import mean_interval, set_interval
from genbench.evaluation.likelihood import mean_row, nll_rows
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
    x = context.test_subset.x[: context.protocol.ais_examples]
    log_q = [_lower_bounds(context, LikelihoodDecoder(model), x) for model in context.distinct]
    yield from nll_rows(context, estimator, np.stack(log_q) + context.models[0].offset)
    yield _gap(context, estimator, LikelihoodDecoder)


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
    x = context.test_subset.x[: context.protocol.ais_examples]
    log_q = np.stack([_lower_bounds(context, NoisyDecoder(model, sigma), x) for model in context.distinct])
    context.keep("noisy_nll", estimator, -log_q)
    yield mean_row(context, "noisy_nll", estimator, -log_q)
    yield _gap(context, estimator, lambda model: NoisyDecoder(model, sigma))


def _settings(context: EvaluationContext) -> str:
    return f"chains={context.protocol.ais_chains},temperatures={context.protocol.ais_temperatures}"


def _lower_bounds(
    context: EvaluationContext, decoder: LikelihoodDecoder, x: NDArray[np.float32], hurry: int = 1
) -> Floats:
    """Of log p(x) of examples in the data's space (n,); with a share 1 / ``hurry`` of the temperatures."""
    fitted, protocol = decoder.fitted, context.protocol
    annealing = Annealing(decoder, protocol.ais_chains, max(2, protocol.ais_temperatures // hurry))
    draws = Draws(derive_seed("ais", fitted.seed), fitted.device)
    placed = torch.as_tensor(fitted.placed(x, "evaluation"), dtype=torch.float32, device=fitted.device)
    return _finite([annealing.lower_bound(part, draws) for part in _chunks(context, placed)])


def _gap(context: EvaluationContext, estimator: str, decoder_of: Callable[[Fitted], LikelihoodDecoder]) -> Measurement:
    """The upper less the lower bound of examples that each seed simulates."""
    gaps = np.stack([_simulated_gaps(context, decoder_of(model)) for model in context.distinct])
    interval = mean_interval(gaps, context.protocol.resamples) if len(gaps) == 1 else set_interval(gaps.mean(axis=1))
    seeds, n = gaps.shape
    value = float(gaps.mean())
    return Measurement("ais_gap", estimator, value, "nats", "", *interval, seeds, n, context.train_size)


def _simulated_gaps(context: EvaluationContext, decoder: LikelihoodDecoder) -> Floats:
    fitted, protocol = decoder.fitted, context.protocol
    annealing = Annealing(decoder, protocol.ais_chains, protocol.ais_temperatures)
    draws = Draws(derive_seed("ais gap", fitted.seed), fitted.device)
    with torch.no_grad():
        codes = decoder.codes(protocol.ais_examples, draws)
        examples = decoder.simulate(codes, draws)
    pairs = zip(_chunks(context, examples), _chunks(context, codes), strict=True)
    return _finite([annealing.upper_bound(x, z, draws) - annealing.lower_bound(x, draws) for x, z in pairs])


def _chosen_sigma(context: EvaluationContext) -> float:
    x = context.validation.x[:SIGMA_EXAMPLES]
    spread = float(np.sqrt(np.asarray(context.validation.x, np.float64).var(axis=0).mean()))
    sigmas = SIGMAS * (spread if context.data.support == "real" and spread > 0 else 1.0)
    likely = [_lower_bounds(context, NoisyDecoder(context.models[0], float(s)), x, hurry=4).mean() for s in sigmas]
    return float(sigmas[int(np.argmax(likely))])


def _chunks(context: EvaluationContext, x: Tensor) -> list[Tensor]:
    """Examples whose chains are moved at once, in bounded memory."""
    size = max(1, BOUND_NUMBERS // (context.protocol.ais_chains * max(context.data.dim, WIDTH)))
    return [x[start : start + size] for start in range(0, len(x), size)]


def _finite(parts: list[Tensor]) -> Floats:
    values: Floats = torch.cat(parts).cpu().numpy()
    if not np.isfinite(values).all():
        raise DivergedError(f"annealed importance sampling gave {values[~np.isfinite(values)][0]}")
    return values
