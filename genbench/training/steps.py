"""One step of training: of one model by itself, or of several, stacked, in one pass."""

from __future__ import annotations

import copy
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from genbench.draws import Request
from genbench.errors import ModelError
from genbench.text import plain
from genbench.training.draws import ReplayedDraws
from genbench.training.neural_model import NeuralModel
from genbench.training.objective import Objective
from genbench.training.tracing import trace

if TYPE_CHECKING:
    from torch import Tensor

Requests = list[Request]


@dataclass(frozen=True)
class Inputs:
    """What a loss sees, for each seed: x (seeds, n, *shape), y (seeds, n) or None, and one tensor (seeds, *shape) for
    each request of its draws."""

    x: Tensor
    y: Tensor | None
    values: list[Tensor]


class Trainer(ABC):
    """Parameters, buffers and optimisers of one model or several, and how to take a step.

    All tensors have a leading axis of seeds, of size 1 for a single model.
    """

    def __init__(self, skeleton: NeuralModel, seeds: int, requests: Sequence[Requests]) -> None:
        self.skeleton, self.seeds = skeleton, seeds
        self.objectives = list(skeleton.objectives())
        self.requests = requests
        self.trained = [self._trained(objective) for objective in self.objectives]
        self.optimizers = [
            objective.optimizer.build(list(parameters.values()))
            for objective, parameters in zip(self.objectives, self.trained, strict=True)
        ]

    @abstractmethod
    def _trained(self, objective: Objective) -> dict[str, Tensor]:
        """The parameters that the objective trains, by name."""

    @abstractmethod
    def gradients(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]]:
        """Losses (seeds,) of one objective, the scalars (seeds,) that it named, and the gradient by each parameter that it
        trains."""

    @abstractmethod
    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        """``model.criterion`` (seeds,), in evaluation mode and without gradients; x and y are shared: (n, *shape), (n,)."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Every parameter and buffer by name (seeds, *shape), sharing memory with those in training."""

    def step(self, index: int, inputs: Inputs, rate: float, log: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """Minimise one objective once. Returns the losses (seeds,) before the step and, if asked, what is logged (seeds,):
        the loss, the scalars that it named, and the norm of the gradients of each module before they are clipped."""
        self.set_rate(index, rate)
        return self.update(index, inputs, log)

    def set_rate(self, index: int, rate: float) -> None:
        """Set the learning rate of the objective's optimiser, if it changes at all."""
        if self.objectives[index].optimizer.is_scheduled:
            for group in self.optimizers[index].param_groups:
                if isinstance(group["lr"], torch.Tensor):
                    group["lr"].fill_(rate)
                else:
                    group["lr"] = rate

    def update(self, index: int, inputs: Inputs, log: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """A step at the rate that is set."""
        objective, optimizer = self.objectives[index], self.optimizers[index]
        settings = objective.optimizer
        losses, scalars, gradients = self.gradients(index, inputs)
        parameters = list(self.trained[index].values())
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = None if gradient is None else _laid_out_as(parameter, gradient)
        logged = {}
        if log:
            norms = {f"grad_norm_{module}": square.sqrt() for module, square in self._squared_norms(index).items()}
            named = {name: value.detach() for name, value in scalars.items()}
            logged = {f"loss_{objective.name}": losses.detach(), **named, **norms}
        if settings.clip_norm is not None:
            self._clip_norms(index, settings.clip_norm)
        optimizer.step()
        if settings.clip_weights is not None:
            with torch.no_grad():
                torch._foreach_clamp_min_(parameters, -settings.clip_weights)
                torch._foreach_clamp_max_(parameters, settings.clip_weights)
        return losses.detach(), logged

    def parameters_by_name(self) -> dict[str, Tensor]:
        """Every parameter (seeds, *shape), sharing memory with those in training."""
        names = {name for name, _ in self.skeleton.named_parameters()}
        return {name: tensor for name, tensor in self.tensors().items() if name in names}

    @contextmanager
    def using(self, values: dict[str, Tensor]) -> Iterator[None]:
        """Within the block, some parameters have other values."""
        own = self.tensors()
        kept = {name: own[name].clone() for name in values}
        copy_into(own, values)
        yield
        copy_into(own, kept)

    def _squared_norms(self, index: int) -> dict[str, Tensor]:
        """The squared norms (seeds,) of the gradients, for each module that the objective trains."""
        squares: dict[str, Tensor] = {}
        for name, parameter in self.trained[index].items():
            if parameter.grad is not None:
                square = parameter.grad.detach().reshape(self.seeds, -1).square().sum(1)
                module = name.partition(".")[0]
                squares[module] = squares[module] + square if module in squares else square
        return squares

    def _clip_norms(self, index: int, largest: float) -> None:
        norm = torch.stack(list(self._squared_norms(index).values())).sum(0).sqrt()
        factor = (largest / (norm + 1e-6)).clamp(max=1)  # as torch.nn.utils.clip_grad_norm_
        for parameter in self.trained[index].values():
            if parameter.grad is not None:
                rows = parameter.grad.reshape(self.seeds, -1)
                parameter.grad = (rows * factor[:, None]).view_as(parameter)


class SingleTrainer(Trainer):
    """Trains one model in place, as a hand-written loop would."""

    def __init__(self, model: NeuralModel, requests: Sequence[Requests]) -> None:
        super().__init__(model, 1, requests)

    def _trained(self, objective: Objective) -> dict[str, Tensor]:
        parameters = dict(self.skeleton.named_parameters())
        return {name: parameters[name] for name in objective.trained_names(self.skeleton)}

    def gradients(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]]:
        draws = ReplayedDraws(self.requests[index], [value[0] for value in inputs.values])
        y = None if inputs.y is None else inputs.y[0]
        loss, scalars = loss_and_scalars(self.objectives[index].loss(inputs.x[0], y, draws))
        gradients = torch.autograd.grad(loss, list(self.trained[index].values()), allow_unused=True)
        return loss.reshape(1), {name: value.reshape(1) for name, value in scalars.items()}, gradients

    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        self.skeleton.eval()
        with torch.no_grad():
            draws = ReplayedDraws(requests, [value[0] for value in inputs.values])
            value = self.skeleton.criterion(inputs.x, inputs.y, draws)
        self.skeleton.train()
        return value.reshape(1)

    def tensors(self) -> dict[str, Tensor]:
        tensors = itertools.chain(self.skeleton.named_parameters(), self.skeleton.named_buffers())
        return {name: tensor.detach()[None] for name, tensor in tensors}


class StackedTrainer(Trainer):
    """Trains models that differ only in their seed in one pass: losses under ``vmap``, one backward pass for their sum.

    A seed's loss depends on that seed's parameters alone, so the gradient of the sum is each seed's own gradient, and
    optimisers work element by element.
    """

    def __init__(self, models: Sequence[NeuralModel], requests: Sequence[Requests]) -> None:
        parameters, buffers = stack_module_state(list(models))
        self.parameters: dict[str, Tensor] = parameters
        self.buffers: dict[str, Tensor] = buffers
        super().__init__(copy.deepcopy(models[0]), len(models), requests)
        self._dispatch = _Dispatch(self.skeleton)
        self._programs: dict[int, Callable[..., Any]] = {}

    def _trained(self, objective: Objective) -> dict[str, Tensor]:
        return {name: self.parameters[name] for name in objective.trained_names(self.skeleton)}

    def gradients(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]]:
        """By a program traced in the first step, which spares what vmap and autograd cost in each."""
        if index not in self._programs:
            self._programs[index] = self._traced(index, inputs)
        # What autocast did is written down already.
        with torch.no_grad(), torch.autocast(inputs.x.device.type, enabled=False):
            parameters = {name: parameter.detach() for name, parameter in self.parameters.items()}
            answer: tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]] = self._programs[index](
                parameters, self.buffers, inputs.x, inputs.y, inputs.values
            )
        return answer

    def differentiated(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]]:
        """The same as :meth:`gradients` by vmap and autograd."""
        parameters = {name: parameter.detach() for name, parameter in self.parameters.items()}
        return self._differentiate(index, parameters, self.buffers, inputs)

    def _traced(self, index: int, inputs: Inputs) -> Callable[..., Any]:
        def gradients(parameters: Any, buffers: Any, x: Tensor, y: Tensor | None, values: list[Tensor]) -> Any:
            return self._differentiate(index, parameters, buffers, Inputs(x, y, values))

        parameters = {name: parameter.detach() for name, parameter in self.parameters.items()}
        buffers = {name: buffer.clone() for name, buffer in self.buffers.items()}  # tracing writes into them
        return trace(gradients, parameters, buffers, inputs.x, inputs.y, inputs.values)

    def _differentiate(
        self, index: int, parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Inputs
    ) -> tuple[Tensor, dict[str, Tensor], Sequence[Tensor | None]]:
        objective, requests, trained = self.objectives[index], self.requests[index], self.trained[index]
        used = {name: tensor.detach().requires_grad_(name in trained) for name, tensor in parameters.items()}

        def loss(parameters: Any, buffers: Any, x: Tensor, y: Tensor | None, values: list[Tensor]) -> Any:
            draws = ReplayedDraws(requests, values)
            state = {f"model.{name}": tensor for name, tensor in (*parameters.items(), *buffers.items())}
            return loss_and_scalars(functional_call(self._dispatch, state, (objective.loss, x, y, draws)))

        over = (0, 0, 0, None if inputs.y is None else 0, 0)
        losses, scalars = vmap(loss, in_dims=over, randomness="error")(used, buffers, inputs.x, inputs.y, inputs.values)
        found = torch.autograd.grad(losses.sum(), [used[name] for name in trained], allow_unused=True)
        return losses.detach(), {name: value.detach() for name, value in scalars.items()}, found

    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        def criterion(parameters: Any, buffers: Any, values: list[Tensor]) -> Tensor:
            draws = ReplayedDraws(requests, values)
            state = {f"model.{name}": tensor for name, tensor in (*parameters.items(), *buffers.items())}
            arguments = (self.skeleton.criterion, inputs.x, inputs.y, draws)
            answer: Tensor = functional_call(self._dispatch, state, arguments)
            return answer

        self.skeleton.eval()
        with torch.no_grad():
            values: Tensor = vmap(criterion, randomness="error")(self.parameters, self.buffers, inputs.values)
        self.skeleton.train()
        return values

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor.detach() for name, tensor in {**self.parameters, **self.buffers}.items()}


def copy_into(targets: dict[str, Tensor], values: dict[str, Tensor]) -> None:
    """Write values over the targets of the same names."""
    with torch.no_grad():
        for name, value in values.items():
            targets[name].copy_(value)


def _laid_out_as(parameter: Tensor, gradient: Tensor) -> Tensor:
    """The gradient with the parameter's strides; PyTorch's fused optimisers for the CPU take them for granted (2.13)."""
    same = gradient.stride() == parameter.stride()
    return gradient if same else torch.empty_like(parameter, requires_grad=False).copy_(gradient)


def close(one: Tensor | None, other: Tensor | None) -> bool:
    """Whether two results of one computation differ by no more than rounding."""
    if one is None or other is None:
        return one is other
    rounding = 5e-2 if torch.is_autocast_enabled(one.device.type) else 1e-3
    one, other = one.detach().double(), other.detach().double()
    size = float(other.abs().nan_to_num(0).max()) if other.numel() else 0.0
    return torch.allclose(one, other, rtol=rounding, atol=rounding * size, equal_nan=True)


class _Dispatch(nn.Module):
    """Lets ``functional_call`` swap a model's parameters while any of its methods runs."""

    def __init__(self, model: NeuralModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, method: Any, *arguments: Any) -> Any:
        return method(*arguments)


def loss_and_scalars(answer: Any) -> tuple[Tensor, dict[str, Tensor]]:
    """A loss's answer, with or without named scalars; raises :class:`ModelError` if it is neither."""
    loss, scalars = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, {})
    if not isinstance(loss, torch.Tensor) or loss.dim() != 0:
        shape = tuple(loss.shape) if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise ModelError(f"a loss must return one number (a tensor without axes), got {shape}")
    if not loss.is_floating_point():
        raise ModelError(f"a loss must return a real number, got one of type {loss.dtype}")
    for name, value in scalars.items() if isinstance(scalars, dict) else [("", scalars)]:
        if not isinstance(name, str) or not isinstance(value, torch.Tensor) or value.dim() != 0 or value.is_complex():
            what = (
                f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
            )
            raise ModelError(
                f"a loss must name its scalars in a dictionary of texts and real tensors without axes, got {what}"
                + (f" for {plain(repr(name), 60)}" if name else "")
            )
    return loss, scalars
