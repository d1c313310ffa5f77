"""Adversarial models: a generator that learns from a discriminator."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

_GOODFELLOW = "Goodfellow et al. 2014, Generative adversarial nets, NIPS 27"
_MODELS = (
    (
        "gan",
        "gan:GAN",
        "Generative adversarial network with the non-saturating loss, multilayer perceptrons or small convolutions",
        _GOODFELLOW,
    ),
    ("gan_minimax", "gan:MinimaxGAN", "GAN whose generator minimises log(1 - D(G(z))), which saturates", _GOODFELLOW),
)


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name, target, summary, source in _MODELS:
        yield ModelSpec(name=name, target=f"genbench_adversarial.{target}", summary=summary, source=source)
