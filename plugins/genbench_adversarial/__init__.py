"""Adversarial models: a generator that learns from a discriminator."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    yield ModelSpec(
        name="gan",
        target="genbench_adversarial.gan:GAN",
        summary="Generative adversarial network with the non-saturating loss, multilayer perceptrons or small convolutions",
        source="Goodfellow et al. 2014, Generative adversarial nets, NIPS 27",
    )
