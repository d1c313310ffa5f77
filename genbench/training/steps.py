"""One step of training: of one model by itself, or of several, stacked, in one pass."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from genbench.draws import Request
from genbench.errors import ModelError
from genbench.training.draws import ReplayedDraws
from genbench.training.neural_model import NeuralModel
from genbench.training.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor

Requests = Sequence[Request]


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

    def __init__(self, skeleton: NeuralModel, requests: Sequence[Requests]) -> None:
        self.skeleton = skeleton
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
    def losses(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor]]:
        """Losses (seeds,) of one objective, with a graph, and the scalars (seeds,) that it named."""

    @abstractmethod
    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        """``model.criterion`` (seeds,), in evaluation mode and without gradients; x and y are shared: (n, *shape), (n,)."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Every parameter and buffer by name (seeds, *shape), sharing memory with those in training."""

    def step(self, index: int, inputs: Inputs, rate: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Minimise one objective once; the losses (seeds,) before the step, and the scalars (seeds,) that it named."""
        losses, scalars = self.losses(index, inputs)
        parameters = list(self.trained[index].values())
        gradients = torch.autograd.grad(losses.sum(), parameters, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        settings, optimizer = self.objectives[index].optimizer, self.optimizers[index]
        if settings.clip_norm is not None:
            self._clip_norms(index, settings.clip_norm)
        if settings.schedule != "constant" or settings.warmup:
            for group in optimizer.param_groups:
                group["lr"] = rate
        optimizer.step()
        if settings.clip_weights is not None:
            with torch.no_grad():
                torch._foreach_clamp_min_(parameters, -settings.clip_weights)
                torch._foreach_clamp_max_(parameters, settings.clip_weights)
        return losses.detach(), {name: value.detach() for name, value in scalars.items()}

    def gradient_norms(self, index: int) -> dict[str, Tensor]:
        """The norms (seeds,) of the last step's gradients, for each module that the objective trains."""
        squares: dict[str, Tensor] = {}
        for name, parameter in self.trained[index].items():
            if parameter.grad is not None:
                square = parameter.grad.detach().reshape(self._rows(parameter), -1).square().sum(1)
                module = name.partition(".")[0]
                squares[module] = squares[module] + square if module in squares else square
        return {module: square.sqrt() for module, square in squares.items()}

    def _clip_norms(self, index: int, largest: float) -> None:
        norm = torch.stack(list(self.gradient_norms(index).values())).square().sum(0).sqrt()
        factor = (largest / (norm + 1e-6)).clamp(max=1)
        for parameter in self.trained[index].values():
            if parameter.grad is not None:
                parameter.grad.mul_(factor.view(-1, *[1] * (parameter.dim() - 1)) if len(factor) > 1 else factor)

    @abstractmethod
    def _rows(self, parameter: Tensor) -> int:
        """The size of the axis of seeds."""


class SingleTrainer(Trainer):
    """Trains one model in place, as a hand-written loop would."""

    def _trained(self, objective: Objective) -> dict[str, Tensor]:
        parameters = dict(self.skeleton.named_parameters())
        return {name: parameters[name] for name in objective.trained_names(self.skeleton)}

    def losses(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor]]:
        draws = ReplayedDraws(self.requests[index], [value[0] for value in inputs.values])
        y = None if inputs.y is None else inputs.y[0]
        loss, scalars = loss_and_scalars(self.objectives[index].loss(inputs.x[0], y, draws))
        return loss.reshape(1), {name: value.reshape(1) for name, value in scalars.items()}

    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        self.skeleton.eval()
        with torch.no_grad():
            draws = ReplayedDraws(requests, [value[0] for value in inputs.values])
            value = self.skeleton.criterion(inputs.x, inputs.y, draws)
        self.skeleton.train()
        return value.reshape(1)

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor.detach()[None] for name, tensor in self.skeleton.state_dict().items()}

    def _rows(self, parameter: Tensor) -> int:
        return 1


class StackedTrainer(Trainer):
    """Trains models that differ only in their seed in one pass: losses under ``vmap``, one backward pass for their sum.

    A seed's loss depends on that seed's parameters alone, so the gradient of the sum is each seed's own gradient, and
    optimisers work element by element.
    """

    def __init__(self, models: Sequence[NeuralModel], requests: Sequence[Requests]) -> None:
        parameters, buffers = stack_module_state(list(models))
        self.parameters: dict[str, Tensor] = parameters
        self.buffers: dict[str, Tensor] = buffers
        self.seeds = len(models)
        super().__init__(copy.deepcopy(models[0]), requests)
        self._dispatch = _Dispatch(self.skeleton)
        self._arguments = [self._with_others_fixed(trained) for trained in self.trained]

    def _trained(self, objective: Objective) -> dict[str, Tensor]:
        return {name: self.parameters[name] for name in objective.trained_names(self.skeleton)}

    def _with_others_fixed(self, trained: dict[str, Tensor]) -> dict[str, Tensor]:
        """All parameters by the dispatcher's names; those that are not trained share memory but take no gradient."""
        return {
            f"model.{name}": parameter if name in trained else parameter.detach()
            for name, parameter in self.parameters.items()
        }

    def losses(self, index: int, inputs: Inputs) -> tuple[Tensor, dict[str, Tensor]]:
        objective, requests = self.objectives[index], self.requests[index]

        def loss(parameters: Any, buffers: Any, x: Tensor, y: Tensor | None, values: list[Tensor]) -> Any:
            draws = ReplayedDraws(requests, values)
            answer = functional_call(self._dispatch, (parameters, buffers), (objective.loss, x, y, draws))
            return loss_and_scalars(answer)

        over = (0, 0, 0, None if inputs.y is None else 0, 0)
        answer: tuple[Tensor, dict[str, Tensor]] = vmap(loss, in_dims=over, randomness="error")(
            self._arguments[index], self._buffers(), inputs.x, inputs.y, inputs.values
        )
        return answer

    def criteria(self, requests: Requests, inputs: Inputs) -> Tensor:
        def criterion(parameters: Any, buffers: Any, values: list[Tensor]) -> Tensor:
            draws = ReplayedDraws(requests, values)
            arguments = (self.skeleton.criterion, inputs.x, inputs.y, draws)
            answer: Tensor = functional_call(self._dispatch, (parameters, buffers), arguments)
            return answer

        self.skeleton.eval()
        with torch.no_grad():
            values: Tensor = vmap(criterion, randomness="error")(self._arguments[0], self._buffers(), inputs.values)
        self.skeleton.train()
        return values

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor.detach() for name, tensor in {**self.parameters, **self.buffers}.items()}

    def _buffers(self) -> dict[str, Tensor]:
        return {f"model.{name}": buffer for name, buffer in self.buffers.items()}

    def _rows(self, parameter: Tensor) -> int:
        return self.seeds


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
    return loss, scalars
