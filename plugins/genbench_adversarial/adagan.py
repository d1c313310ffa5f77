"""AdaGAN: GANs trained one after another, each on what those before it leave out."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from genbench import Budget, DataError, DataSpec, Draws, FitContext, Split
from genbench.training import Objective
from genbench_adversarial.adversarial import Adversarial, Width
from genbench_adversarial.autoencoding import BEGAN, EBGAN
from genbench_adversarial.bayesian_gan import BayesianGAN
from genbench_adversarial.bigan import VEEGAN, BiGAN
from genbench_adversarial.cogan import CoGAN
from genbench_adversarial.dcgan import DCGAN
from genbench_adversarial.f_gan import FGAN
from genbench_adversarial.gan import GAN, MinimaxGAN
from genbench_adversarial.hinge_gan import HingeGAN
from genbench_adversarial.infogan import InfoGAN
from genbench_adversarial.lapgan import LAPGAN
from genbench_adversarial.lsgan import LSGAN
from genbench_adversarial.minibatch_gan import MinibatchGAN
from genbench_adversarial.pacgan import PacGAN
from genbench_adversarial.unrolled_gan import UnrolledGAN
from genbench_adversarial.wgan import WGAN, WGANGP

Base = Literal[
    "bayesian_gan", "began", "bigan", "cogan", "dcgan", "ebgan", "f_gan", "gan", "gan_minimax", "hinge_gan", "infogan",
    "lapgan", "lsgan", "minibatch_gan", "pacgan", "unrolled_gan", "veegan", "wgan", "wgan_gp",
]  # fmt: skip
BASES: dict[Base, type[Adversarial]] = {
    "bayesian_gan": BayesianGAN,
    "began": BEGAN,
    "bigan": BiGAN,
    "cogan": CoGAN,
    "dcgan": DCGAN,
    "ebgan": EBGAN,
    "f_gan": FGAN,
    "gan": GAN,
    "gan_minimax": MinimaxGAN,
    "hinge_gan": HingeGAN,
    "infogan": InfoGAN,
    "lapgan": LAPGAN,
    "lsgan": LSGAN,
    "minibatch_gan": MinibatchGAN,
    "pacgan": PacGAN,
    "unrolled_gan": UnrolledGAN,
    "veegan": VEEGAN,
    "wgan": WGAN,
    "wgan_gp": WGANGP,
}
"""All of the family but those that are given labels."""

OF_MIXTURE = 0.2
"""Share of the budget that goes to the discriminator between real examples and the mixture."""


class AdaGAN(GAN):
    """Tolstikhin et al. 2017: a mixture of generators. Before each stage, training examples are weighted by
    how much the mixture so far lacks them, a base model is trained on examples drawn with these weights, and joins with
    the share beta = 1 / stage. How much the mixture lacks is read off a discriminator between real examples and the
    mixture, of which ``discriminate``, too, is the last state.

    The stages share the budget. The weights of one come from the generators of those before, so that each is a training
    of its own, and seeds are trained one after another.

    base    what is boosted. Hyperparameters of the family that are set go to it, too; for the rest it has its own defaults.
    stages  how many.
    """

    normal_noise = False

    def __init__(self, data: DataSpec, *, base: Base = "gan", stages: Width = 3, **inherited: Any) -> None:
        reason = BASES[base].refuses(data)
        if reason is not None:
            raise DataError(f"adagan: base={base} {reason}, and {data.name} has none; use base=gan")
        super().__init__(data, **inherited)
        parts = [BASES[base](data, **changed(inherited)) for _ in range(stages)]
        self.parts: Sequence[Adversarial] = nn.ModuleList(parts)  # type: ignore[assignment]
        self.shares: Tensor
        self.register_buffer("shares", torch.full((stages,), 1 / stages))
        del self.generator

    def objectives(self) -> Sequence[Objective]:
        """That of the discriminator between real examples and the mixture; the parts have their own."""
        return super().objectives()[:1]

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        stages, steps_done = len(self.parts), 0
        weights = torch.ones(len(train), device=train.x.device)
        for stage in range(stages):
            part = self.parts[stage]
            of_part = part_of(context, (1 - OF_MIXTURE) / stages, steps_done)
            part.fit(train[drawn(weights, context.draws)], validation, of_part)
            self.admit(stage)
            steps_done += of_part.budget.steps
            of_mixture = part_of(context, OF_MIXTURE / stages, steps_done)
            super().fit(train, validation, of_mixture)
            steps_done += of_mixture.budget.steps
            with torch.no_grad():
                weights = next_weights(self.discriminate(train.x), 1 / (stage + 2))

    def admit(self, stage: int) -> None:
        """The part of the stage joins with the share 1 / (stage + 1); the others' shares shrink by as much."""
        beta = 1 / (stage + 1)
        self.shares[:stage] *= 1 - beta
        self.shares[stage] = beta
        self.shares[stage + 1 :] = 0

    def generate(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.mixed([part.generate(n, draws, y) for part in self.parts], draws)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.mixed([part.sample(n, draws, y) for part in self.parts], draws)

    def mixed(self, examples: list[Tensor], draws: Draws) -> Tensor:
        """One of the parts' examples (n, *shape) in each place, drawn with their shares."""
        chosen = draws.categorical(self.shares, len(examples[0]))
        stacked = torch.stack(examples, 1)
        return stacked[torch.arange(len(chosen), device=chosen.device), chosen]


def next_weights(log_odds: Tensor, beta: float) -> Tensor:
    """Weights (n,), summing to 1, of training examples for a new part that joins a mixture with the share beta.

    log_odds  log p(x) - log p_g(x) (n,) of the examples, by a discriminator between them and the mixture so far.

    The optimal next component of the paper, with h = p_g / p and n examples that were equally likely:
    (lambda - (1 - beta) h)_+ / (n beta), where lambda makes them sum to 1.
    """
    covered = (1 - beta) * (-log_odds.double()).exp()
    ordered, n = covered.sort().values, len(covered)
    # If the k examples that are covered least have a weight, lambda is (n beta + the sum over them) / k.
    candidates = (n * beta + ordered.cumsum(0)) / torch.arange(1, n + 1, device=ordered.device)
    enough = torch.cat([ordered[1:] >= candidates[:-1], torch.ones(1, dtype=torch.bool, device=ordered.device)])
    level = candidates[enough.int().argmax()]
    return (level - covered).clamp(min=0) / (n * beta)


def drawn(weights: Tensor, draws: Draws) -> Tensor:
    """As many indices as there are weights, drawn with them."""
    cumulative = weights.double().cumsum(0)
    wanted = draws.uniform(len(weights)).double() * cumulative[-1]
    return torch.searchsorted(cumulative, wanted, right=True).clamp(max=len(weights) - 1)


def part_of(context: FitContext, share: float, steps_before: int) -> FitContext:
    """The context of a training with a share of the budget, and with randomness of its own."""

    def log(step: int, scalars: dict[str, float]) -> None:
        context.on_log(steps_before + step, scalars)

    budget = Budget(int(share * context.budget.examples_seen), context.budget.batch_size)
    seed = int(context.draws.integers(2**62, 1))
    return replace(context, budget=budget, seed=seed, draws=Draws(seed, context.device), on_log=log)


def changed(hyperparameters: dict[str, Any]) -> dict[str, Any]:
    """Those hyperparameters of the family that differ from its defaults."""
    defaults = inspect.signature(Adversarial.__init__).parameters
    return {name: value for name, value in hyperparameters.items() if value != defaults[name].default}
