"""A traced step gives the numbers of the step that it was traced from, with fewer operations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from genbench.training.tracing import trace

F = nn.functional


def stacked(module: Callable[[], nn.Module]) -> tuple[Callable[..., list[Tensor]], list[Tensor], Tensor]:
    """A function of parameters and x that gives the losses of three modules and their gradients, and arguments for it."""
    modules = [module() for _ in range(3)]
    parameters, buffers = stack_module_state(modules)
    names = list(parameters)

    def loss(values: dict[str, Tensor], held: dict[str, Tensor], x: Tensor) -> Tensor:
        return F.softplus(functional_call(modules[0], (values, held), x)).mean()

    def gradients(values: list[Tensor], x: Tensor) -> list[Tensor]:
        used = {name: value.detach().requires_grad_() for name, value in zip(names, values, strict=True)}
        losses = vmap(loss)(used, {name: buffer.clone() for name, buffer in buffers.items()}, x)
        return [losses.detach(), *torch.autograd.grad(losses.sum(), list(used.values()))]

    return gradients, [parameter.detach() for parameter in parameters.values()], torch.randn(3, 10, 6)


@pytest.mark.parametrize(
    "module",
    [
        lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 1)),
        lambda: nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.LeakyReLU(0.2), nn.Linear(4, 3, bias=False)),
        lambda: nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 6), nn.Softmax(1)),
        lambda: nn.Sequential(nn.Unflatten(1, (1, 2, 3)), nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(4, 1)),
        lambda: nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Linear(3, 4), nn.Flatten(), nn.Linear(8, 1)),
    ],
    ids=["mlp", "batch-norm", "layer-norm", "convolution", "linear-of-sequences"],
)
def test_same_numbers_for_other_inputs(module: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    function, parameters, x = stacked(module)
    program = trace(function, parameters, x)
    parameters, x = [torch.randn_like(parameter) for parameter in parameters], torch.randn_like(x)
    expected = function(parameters, x)
    for one, other in zip(program(parameters, x), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_a_linear_layer_is_one_operation() -> None:
    function, parameters, x = stacked(lambda: nn.Linear(6, 5))
    program = trace(function, parameters, x)
    operations = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert sum("baddbmm" in name for name in operations) == 1
    assert sum("bmm" in name for name in operations) == 2  # and the gradient of the weight
    assert not any("detach" in name or "mul" in name for name in operations)


def test_gradients_of_weights_lie_as_the_weights_do() -> None:
    function, parameters, x = stacked(lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4)))
    for gradient, parameter in zip(trace(function, parameters, x)(parameters, x)[1:], parameters, strict=True):
        assert gradient.stride() == parameter.stride()


def test_writes_are_kept() -> None:
    """What a step writes into a buffer is written in every replay, and a value copied before it stays what it was."""

    def step(buffer: Tensor, x: Tensor) -> Tensor:
        before = buffer * 1
        buffer.add_(x)
        return before + buffer.detach()

    program = trace(step, torch.zeros(2), torch.ones(2))
    buffer = torch.zeros(2)
    assert program(buffer, torch.ones(2)).tolist() == [1, 1]
    assert program(buffer, torch.ones(2)).tolist() == [3, 3]
    assert buffer.tolist() == [2, 2]


def test_what_depends_on_no_argument_is_computed_once() -> None:
    def step(x: Tensor) -> Tensor:
        return x * torch.ones_like(x).mul(3).exp()

    program = trace(step, torch.ones(4))
    operations = [node for node in program.graph.nodes if node.op == "call_function"]
    assert len(operations) == 1
    torch.testing.assert_close(program(torch.arange(4.0)), torch.arange(4.0) * torch.tensor(3.0).exp())


def test_a_product_that_is_added_is_one_operation() -> None:
    def step(a: Tensor, b: Tensor, c: Tensor, row: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        used_twice = a * c
        return a + b * c, row * b + c, used_twice + used_twice.exp()

    arguments = [torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4), torch.randn(4)]
    program = trace(step, *arguments)
    names = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert sum("addcmul" in name for name in names) == 1  # the others are of several shapes, or used elsewhere, too
    for one, other in zip(program(*arguments), step(*arguments), strict=True):
        torch.testing.assert_close(one, other)
