"""A trial run of a model's losses, on a copy: which draws they ask for, what they cost, whether they can be stacked."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from genbench.draws import Request, empty, fill
from genbench.errors import ModelError
from genbench.training.draws import RecordedDraws
from genbench.training.neural_model import NeuralModel
from genbench.training.objective import Objective
from genbench.training.steps import Inputs, StackedTrainer, close, copy_into, loss_and_scalars

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.data.dataset import Split

STACKED_FLOPS = 300_000_000
"""On a CPU, seeds whose step (with each objective once, however often it is repeated) has fewer floating-point operations
than this are trained stacked. Small steps spend their time on starting operations, which a stack shares (8 seeds in a third
of the time at 20 million operations); large ones on doing them (no gain left beyond some 300 million). Fixed, not timed, so
that results never hang on a measurement."""
TRACED_BATCHES = 500
"""On a CPU, one seed by itself is trained by traced steps (a stack of one) from so many batches on: a traced step of a small
model takes six seventh of the time, and a trace as long as some 500 steps spare."""


@dataclass(frozen=True)
class Trial:
    """requests   of each objective's loss, and of the criterion (None if the model has none).
    flops         of minimising each objective once, for one seed: matrix products and convolutions, forward and backward.
    convolutions  whether there are any.
    changed       what a loss changes besides writing into buffers, in a few words, or "".
    """

    requests: list[list[Request]]
    criterion: list[Request] | None
    flops: int
    convolutions: bool
    changed: str


def try_out(model: NeuralModel, batch: Split, validation: Split) -> Trial:
    """Run every loss and the criterion once, without touching the model; raises :class:`ModelError` for what is wrong."""
    model = copy.deepcopy(model).train()
    objectives = list(model.objectives())
    if not objectives:
        raise ModelError(f"{type(model).__name__}.objectives() is empty; give at least one Objective")
    buffers, attributes = dict(model.named_buffers()), _attributes(model)
    with torch.random.fork_rng(), _Counter() as counter:
        requests = [_requests(model, objective, batch) for objective in objectives]
    replaced = [name for name, buffer in model.named_buffers() if buffers.get(name) is not buffer]
    rebound = [name for name, value in _attributes(model).items() if attributes.get(name) != value]
    changed = [f"the buffer {name!r} by replacing it (use copy_())" for name in replaced] + [
        f"the attribute {name!r}" for name in rebound
    ]
    criterion = _criterion_requests(model, validation) if model.has_criterion() else None
    return Trial(requests, criterion, counter.flops, counter.convolutions, changed[0] if changed else "")


def _attributes(model: NeuralModel) -> dict[str, object]:
    """Plain attributes of the model and its parts, by name."""
    plain = (bool, int, float, str, tuple, type(None))
    return {
        f"{prefix}.{name}".lstrip("."): value
        for prefix, module in model.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, plain) and name != "training"
    }


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts floating-point operations by PyTorch's own formulas. (``FlopCounterMode`` also follows modules, by hooks that
    ``torch.func.grad`` does not bear.)"""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops, self.convolutions = 0, False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.flops += int(formula(*args, **(kwargs or {}), out_val=out))
        self.convolutions |= "convolution" in str(func)
        return out


def _requests(model: NeuralModel, objective: Objective, batch: Split) -> list[Request]:
    draws = RecordedDraws(0, str(batch.x.device))
    parameters = dict(model.named_parameters())
    trained = [parameters[name] for name in objective.trained_names(model)]
    loss, _scalars = loss_and_scalars(objective.loss(batch.x, batch.y, draws))
    if not loss.requires_grad or not any(
        gradient is not None for gradient in torch.autograd.grad(loss, trained, allow_unused=True)
    ):
        raise ModelError(f"the loss of objective {objective.name!r} depends on no parameter that it trains")
    return draws.requests


def _criterion_requests(model: NeuralModel, validation: Split) -> list[Request]:
    draws = RecordedDraws(0, str(validation.x.device))
    model.eval()
    with torch.no_grad():
        loss_and_scalars(model.criterion(validation.x, validation.y, draws))
    return draws.requests


def stack(
    models: Sequence[NeuralModel], trial: Trial, batch: Split, validation: Split, batches: int
) -> StackedTrainer | str:
    """A trainer of all seeds in one pass, or in a few words why they are trained one by one. The same on every machine.

    ``batches`` is how many the training has.
    """
    if len(models) == 1 and (batch.x.device.type != "cpu" or batches < TRACED_BATCHES):
        return "there is one seed"
    if not models[0].stackable:
        return "the model says stackable = False"
    if trial.changed:
        return f"a loss changes {trial.changed}; it should be a function of x, y, draws and parameters alone"
    if batch.x.device.type == "cpu" and trial.convolutions:
        return "convolutions fill a CPU by themselves"
    if batch.x.device.type == "cpu" and trial.flops > STACKED_FLOPS:
        return f"a step of {trial.flops / 1e6:.0f} million floating-point operations fills a CPU by itself"
    try:
        trainer = StackedTrainer(models, trial.requests)
        different = _replay_differs(trainer, batch)
        if trial.criterion is not None:
            values = _some_values(trial.criterion, len(models), batch)
            trainer.criteria(trial.criterion, Inputs(validation.x, validation.y, values))
    except Exception as error:  # the losses ran a moment ago for one seed, so whatever this is comes of stacking
        return f"stacking failed with {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return "a step that was written down and replayed gives other numbers" if different else trainer


def _replay_differs(trainer: StackedTrainer, batch: Split) -> bool:
    """Whether a traced step, seeing other examples and draws than when it was traced, is not what vmap and autograd give.

    What a step writes into buffers is compared, too, and undone.
    """
    before = {name: buffer.clone() for name, buffer in trainer.buffers.items()}
    differs = False
    for index, requests in enumerate(trainer.requests):
        x = batch.x.expand(trainer.seeds, *batch.x.shape)
        y = None if batch.y is None else batch.y.expand(trainer.seeds, *batch.y.shape)
        trainer.gradients(index, Inputs(x, y, _some_values(requests, trainer.seeds, batch)))
        values = _some_values(requests, trainer.seeds, batch, seed=1)
        inputs = Inputs(x.flip(1), None if y is None else y.flip(1), values)
        outcomes = []
        for gradients in (trainer.gradients, trainer.differentiated):
            copy_into(trainer.buffers, before)
            losses, scalars, found = gradients(index, inputs)
            outcomes.append([losses, *scalars.values(), *found, *(b.clone() for b in trainer.buffers.values())])
        differs |= not all(close(one, other) for one, other in zip(*outcomes, strict=True))
    copy_into(trainer.buffers, before)
    return differs


def _some_values(requests: Sequence[Request], seeds: int, batch: Split, seed: int = 0) -> list[Tensor]:
    """Drawn numbers as a training's steps get them: the seeds' lie apart, since each seed's are drawn ahead."""
    generator = torch.Generator(batch.x.device).manual_seed(seed)
    drawn = [empty(request, (seeds, 2), batch.x.device) for request in requests]
    for request, values in zip(requests, drawn, strict=True):
        fill(values, request, generator)
    return [values[:, 0] for values in drawn]
