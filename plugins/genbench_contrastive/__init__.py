"""Contrastive learners: features by which two views of one example are told from views of others."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    yield ModelSpec(
        name="simclr",
        target="genbench_contrastive.simclr:SimCLR",
        summary="SimCLR: InfoNCE between two random views of each example, crops of images or corrupted features of tables",
        source="Chen et al. 2020, A simple framework for contrastive learning of visual representations, ICML",
    )
