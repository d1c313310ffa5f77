"""bfloat16 and TF32 by protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from small_models import Critic, WithCriterion, built, context, points
from torch import Tensor

from genbench import Draws
from genbench.training import NeuralModel
from genbench.training.loop import fit_side_by_side
from genbench.training.precision import computing_in


def last_entry(model: type[NeuralModel], seeds: list[int], precision: Any) -> dict[str, float]:
    """What the first seed logs last."""
    logs: list[dict[str, float]] = []
    models = built(model, seeds)
    contexts = [replace(context(seed), precision=precision) for seed in seeds]
    contexts[0].on_log = lambda step, scalars: logs.append(scalars)
    assert fit_side_by_side(models, points(100), points(40, 1), contexts) == [None] * len(seeds)
    assert {parameter.dtype for parameter in models[0].parameters()} == {torch.float32}
    return logs[-1]


@pytest.mark.parametrize("model", [Critic, WithCriterion])
def test_bfloat16_rounds_the_products_and_nothing_else(
    model: type[NeuralModel], capsys: pytest.CaptureFixture[str]
) -> None:
    exact = last_entry(model, [0, 1], "float32")
    alone, among = last_entry(model, [0], "bf16"), last_entry(model, [0, 1], "bf16")
    assert capsys.readouterr().out.count("in one stack") == 2
    for name, value in exact.items():
        assert alone[name] == pytest.approx(value, rel=0.05)
        assert alone[name] != value
        assert among[name] == pytest.approx(alone[name], rel=0.02)


def test_a_loss_sees_bfloat16_and_parameters_as_they_are_now() -> None:
    class Seen(WithCriterion):
        def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Any:
            outputs = self.net(x)
            assert outputs.dtype == torch.bfloat16
            return outputs.float().square().mean(), {"first": outputs[0, 0].float()}

    assert last_entry(Seen, [0, 1], "bf16")


@pytest.mark.parametrize(("precision", "allowed"), [("float32", False), ("tf32", True), ("bf16", True)])
def test_tf32_is_allowed_where_the_protocol_says_so_and_put_back(precision: Any, allowed: bool) -> None:
    before = torch.backends.cudnn.allow_tf32
    with computing_in(precision, "cpu"):
        assert torch.backends.cuda.matmul.allow_tf32 == torch.backends.cudnn.allow_tf32 == allowed
    assert torch.backends.cudnn.allow_tf32 == before
