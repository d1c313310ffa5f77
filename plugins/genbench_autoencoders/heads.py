"""What a decoder without a likelihood means by its output, by the support of the data."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from genbench import DataSpec, Draws


def expected(data: DataSpec, output: Tensor) -> Tensor:
    """The example (n, d) that a decoder's output stands for; ``unit`` and ``binary`` data pass through a sigmoid."""
    return output if data.support == "real" else output.sigmoid()


def misfit(data: DataSpec, rows: Tensor, output: Tensor) -> Tensor:
    """Cross-entropy for ``binary`` data, else the squared error, summed over features. (n,)"""
    if data.support == "binary":
        return binary_cross_entropy_with_logits(output, rows, reduction="none").sum(-1)
    return (expected(data, output) - rows).square().sum(-1)


def in_space(data: DataSpec, values: Tensor, draws: Draws) -> Tensor:
    """Expected examples (n, d) as examples (n, *shape) that the data can have: binary features are drawn with these
    probabilities, those with levels go to the nearest level."""
    if data.support != "real":
        values = values.clamp(0, 1)
    if data.support == "binary":
        values = draws.bernoulli(values)
    elif data.levels is not None:
        values = (values * (data.levels - 1)).round() / (data.levels - 1)
    return values.unflatten(1, data.shape)
