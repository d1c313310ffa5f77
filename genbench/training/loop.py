"""The training loop: every seed of a model, side by side."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genbench.draws import Request, random_tensor
from genbench.seeding import derive_seed
from genbench.training.checkpoint import load_checkpoint, save_checkpoint
from genbench.training.feed import Feed
from genbench.training.graphs import StepGraphs, recorder
from genbench.training.group import Schedule, SeedGroup, Validation
from genbench.training.neural_model import NeuralModel
from genbench.training.precision import computing_in
from genbench.training.steps import Inputs, SingleTrainer, Trainer, copy_into
from genbench.training.stream import SeedStream, chunk_length
from genbench.training.trial import stack, try_out

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.data.dataset import Split
    from genbench.model import FitContext

VALIDATION_EXAMPLES = 1000
"""At most so many are shown to the criterion."""
CHECKPOINT_SECONDS = 30.0


def fit_side_by_side(
    models: Sequence[NeuralModel],
    train: Split,
    validation: Split,
    contexts: Sequence[FitContext],
    checkpoint: Path | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> list[BaseException | None]:
    """Train models that differ only in their seed, all under the budget of the first context.

    Returns for each seed None, or what ended it: a :class:`DivergedError` that says at which step it broke down, or what its
    ``after_fit`` or, where seeds are trained one by one, its training raised. Each model is left in evaluation mode, as it
    was when its criterion was best; without a criterion with its averaged parameters; without an average as it was at the
    end; a diverged one with its last finite parameters.

    ``checkpoint`` is a folder in which the state is kept, at most every ``checkpoint_seconds``; a training that finds one of
    its own goes on from there, on a CPU to the very same parameters. Raises :class:`ModelError` for a loss that breaks
    the rules of :class:`NeuralModel`, and what the training of a stack raises, which no seed can be blamed for.
    """
    with computing_in(contexts[0].precision, contexts[0].device):
        groups, positions = _trained(
            models, train, validation[:VALIDATION_EXAMPLES], contexts, checkpoint, checkpoint_seconds
        )
    errors: list[BaseException | None] = []
    for group, chosen in zip(groups, positions, strict=True):
        for place, i in enumerate(chosen):
            if group.failure is not None:
                errors.append(group.failure)
            else:
                give_back(models[i], group.result(place))
                errors.append(group.error(place) or _error_after_fit(models[i], train, validation, contexts[i]))
    return errors


def _error_after_fit(model: NeuralModel, train: Split, validation: Split, context: FitContext) -> BaseException | None:
    """Call the model's ``after_fit``; return what it raises."""
    try:
        with torch.no_grad():
            model.after_fit(train, validation, context)
    except BaseException as error:  # sys.exit in a plugin's code, too
        return error
    return None


def _trained(
    models: Sequence[NeuralModel],
    train: Split,
    validation: Split,
    contexts: Sequence[FitContext],
    checkpoint: Path | None,
    checkpoint_seconds: float,
) -> tuple[list[SeedGroup], list[list[int]]]:
    """The groups of seeds after their training, and the places of each one's seeds among the models."""
    for model in models:
        model.train()
    budget = contexts[0].budget
    first_batch = train[torch.arange(budget.batch_size, device=train.x.device) % len(train)]
    trial = try_out(models[0], first_batch, validation)
    stacked = stack(models, trial, first_batch, validation, budget.examples_seen // budget.batch_size)
    if len(models) > 1:
        way = f"one by one: {stacked}" if isinstance(stacked, str) else "in one stack"
        print(f"{len(models)} seeds are trained {way}", flush=True)
    if isinstance(stacked, str):
        trainers: list[Trainer] = [SingleTrainer(model, trial.requests) for model in models]
        positions = [[position] for position in range(len(models))]
    else:
        trainers, positions = [stacked], [list(range(len(models)))]
    groups = [
        _group(trainer, train, validation, [contexts[i] for i in chosen], trial.criterion)
        for trainer, chosen in zip(trainers, positions, strict=True)
    ]
    files = [None if checkpoint is None else checkpoint / f"{chosen[0]}.safetensors" for chosen in positions]
    _train(groups, files, contexts, checkpoint_seconds)
    return groups, positions


def _group(
    trainer: Trainer,
    train: Split,
    validation: Split,
    contexts: Sequence[FitContext],
    criterion: list[Request] | None,
) -> SeedGroup:
    device, budget = contexts[0].device, contexts[0].budget
    streams = [SeedStream(context.seed, len(train), device) for context in contexts]
    feed = Feed(train, budget.batch_size, trainer.objectives, trainer.requests, streams)
    steps = max(1, budget.examples_seen // (budget.batch_size * feed.batches_a_step))
    schedule = Schedule(steps, chunk_length(feed.requests_a_step))
    judged_on = None if criterion is None else _validation(criterion, validation, contexts)
    record = recorder(device)
    take_step = trainer.step if record is None else StepGraphs(trainer, record).step
    return SeedGroup(trainer, feed, contexts, schedule, judged_on, take_step)


def _validation(requests: list[Request], split: Split, contexts: Sequence[FitContext]) -> Validation:
    def values(context: FitContext) -> list[Tensor]:
        generator = torch.Generator(context.device).manual_seed(derive_seed(context.seed, "criterion"))
        return [random_tensor(request, generator) for request in requests]

    stacked = [torch.stack(drawn) for drawn in zip(*(values(context) for context in contexts), strict=True)]
    return Validation(requests, Inputs(split.x, split.y, stacked))


def _train(
    groups: Sequence[SeedGroup], files: Sequence[Path | None], contexts: Sequence[FitContext], checkpoint_seconds: float
) -> None:
    """Groups take turns, a chunk each, so that all seeds have got equally far if the job's time runs out."""
    for group, file in zip(groups, files, strict=True):
        if file is not None and load_checkpoint(group, file):
            print(f"training goes on from step {group.step} of {group.schedule.steps}", flush=True)
    saved = time.monotonic()
    while any(not group.done for group in groups):
        if any(context.should_stop() for context in contexts):
            print(
                f"training stops at step {groups[-1].step} of {groups[-1].schedule.steps}: the job's time is nearly spent"
            )
            break
        for group in groups:
            if not group.done:
                _advance(group, alone=len(groups) == 1)
        contexts[0].on_progress(sum(group.step for group in groups) / sum(group.schedule.steps for group in groups))
        if time.monotonic() - saved >= checkpoint_seconds:
            for group, file in zip(groups, files, strict=True):
                if file is not None:
                    save_checkpoint(group, file)
            saved = time.monotonic()


def _advance(group: SeedGroup, alone: bool) -> None:
    """Take a chunk of steps. What one of several groups raises, each a seed, ends that seed."""
    try:
        group.advance()
    except BaseException as error:  # sys.exit in a plugin's code, too
        if alone:
            raise
        group.failure = error


def give_back(model: NeuralModel, tensors: dict[str, Tensor]) -> None:
    """Put trained parameters and buffers (*shape) into a model, and the model into evaluation mode."""
    own = {name: tensor.detach() for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    copy_into(own, tensors)
    model.eval()
