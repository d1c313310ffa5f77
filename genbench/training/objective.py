"""What is minimised, by whom, how often and how."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch

from genbench.errors import ModelError, check_choice

if TYPE_CHECKING:
    from torch import Tensor, nn

Loss = Callable[..., Any]
"""``loss(x, y, draws) -> scalar`` or ``(scalar, {name: scalar, ...})``; the named scalars are logged."""

OptimizerName = Literal["adam", "adamw", "rmsprop", "sgd"]
RateSchedule = Literal["constant", "linear", "cosine", "inverse_sqrt"]

HOLD = 1_000
"""Steps for which ``inverse_sqrt`` holds the rate before it falls."""


@dataclass(frozen=True)
class Optimizer:
    """An optimiser by name, with PyTorch's meaning of its settings (Adam: Kingma & Ba 2015).

    schedule      of the learning rate: ``constant``; ``linear`` or ``cosine`` over the budget down to 0; ``inverse_sqrt``,
                  which does not depend on the budget: constant for :data:`HOLD` steps, then as 1/sqrt(step) (Kingma &
                  Ba 2015, theorem 4.1, has that fall).
    warmup        steps in which the rate grows linearly from 0.
    clip_norm     gradients of all trained parameters together are scaled down to this norm, seed by seed.
    clip_weights  trained parameters are clamped to [-c, c] after each step (Arjovsky et al. 2017, WGAN).

    Raises :class:`ModelError` for a name or schedule that is not known and for a number out of its range.
    """

    name: OptimizerName = "adam"
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: RateSchedule = "constant"
    warmup: int = 0
    clip_norm: float | None = None
    clip_weights: float | None = None

    def __post_init__(self) -> None:
        check_choice("optimizer", self.name, get_args(OptimizerName), ModelError)
        check_choice("schedule", self.schedule, get_args(RateSchedule), ModelError)
        for name in ("lr", "clip_norm", "clip_weights"):
            value = getattr(self, name)
            if value is not None:
                _check_range(name, value, 0 < value < math.inf, "above 0 and finite")
        for name in ("momentum", "weight_decay", "warmup"):
            value = getattr(self, name)
            _check_range(name, value, 0 <= value < math.inf, "0 or more and finite")
        two = len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)
        _check_range("betas", self.betas, two, "two numbers from 0 to below 1")

    def build(self, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
        """The PyTorch optimiser; fused where PyTorch has it. It works element by element, so also on stacked parameters.
        On a GPU its state, and a rate that changes, lie there, as a CUDA graph needs."""
        device = parameters[0].device
        lr = torch.tensor(self.lr, device=device) if self.is_scheduled and device.type == "cuda" else self.lr
        common: dict[str, Any] = {"lr": lr, "weight_decay": self.weight_decay}
        capturable = {"capturable": device.type == "cuda"}
        if self.name == "adam":
            return torch.optim.Adam(parameters, betas=self.betas, fused=True, **capturable, **common)
        if self.name == "adamw":
            return torch.optim.AdamW(parameters, betas=self.betas, fused=True, **capturable, **common)
        if self.name == "rmsprop":
            return torch.optim.RMSprop(parameters, momentum=self.momentum, **capturable, **common)
        return torch.optim.SGD(parameters, momentum=self.momentum, fused=True, **common)

    @property
    def is_scheduled(self) -> bool:
        return self.schedule != "constant" or self.warmup > 0

    def rate(self, step: int, steps: int) -> float:
        """The learning rate at a step of a training of so many steps."""
        if not self.is_scheduled:
            return self.lr
        warm = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        progress = step / steps
        decay = {
            "constant": 1.0,
            "linear": 1 - progress,
            "cosine": (1 + math.cos(math.pi * progress)) / 2,
            "inverse_sqrt": math.sqrt(HOLD / max(HOLD, step)),
        }
        return self.lr * warm * decay[self.schedule]


def _check_range(name: str, value: object, fits: bool, expected: str) -> None:
    if not fits:
        raise ModelError(f"{name}={value} of an optimizer is not allowed; expected {expected}")


@dataclass(frozen=True)
class Objective:
    """A loss, and whom it trains.

    loss     see :data:`Loss`; a method of the model.
    trains   the name of a submodule, or several; None trains all parameters.
    repeats  how often it is minimised in a step, each time on a batch of its own.
    every    it is minimised in every so many steps.

    Raises :class:`ModelError` for ``repeats`` or ``every`` below 1.
    """

    name: str
    loss: Loss
    trains: str | tuple[str, ...] | None = None
    repeats: int = 1
    every: int = 1
    optimizer: Optimizer = field(default_factory=Optimizer)

    def __post_init__(self) -> None:
        for setting in ("repeats", "every"):
            if getattr(self, setting) < 1:
                raise ModelError(f"objective {self.name!r}: {setting}={getattr(self, setting)}, expected 1 or more")

    def trained_names(self, model: nn.Module) -> list[str]:
        """The names of the parameters that it trains; raises :class:`ModelError` if a submodule that it names has none."""
        names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        if self.trains is None:
            return names
        modules = (self.trains,) if isinstance(self.trains, str) else self.trains
        chosen = []
        for module in modules:
            found = [name for name in names if name == module or name.startswith(f"{module}.")]
            if not found:
                there = ", ".join(dict.fromkeys(name.partition(".")[0] for name in names))
                raise ModelError(
                    f"objective {self.name!r} trains {module!r}, which has no parameters; there is: {there}"
                )
            chosen.extend(found)
        return chosen
