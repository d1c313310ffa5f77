"""Seeds that are trained together, one or several, a chunk of steps at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from genbench.errors import DivergedError
from genbench.seeding import derive_seed
from genbench.training.averaging import MovingAverage
from genbench.training.best import Best, row_of
from genbench.training.steps import Inputs, Trainer

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.draws import Request
    from genbench.model import FitContext
    from genbench.training.feed import Feed

LOGGED_STEPS = 50
VALIDATIONS = 20
MILESTONES = 5


@dataclass(frozen=True)
class Schedule:
    """How many steps, how many in a chunk, and after which ones something is done. The same for all seeds."""

    steps: int
    chunk: int

    @property
    def logged(self) -> frozenset[int]:
        """The steps at which scalars are logged."""
        count = min(LOGGED_STEPS, self.steps)
        return frozenset(round(i * (self.steps - 1) / max(1, count - 1)) for i in range(count))

    @property
    def validated(self) -> frozenset[int]:
        """The numbers of steps after which the criterion is asked."""
        return self._chunk_ends(VALIDATIONS)

    @property
    def milestones(self) -> frozenset[int]:
        """The numbers of steps after which a seed's context is shown the model."""
        return self._chunk_ends(MILESTONES)

    def _chunk_ends(self, count: int) -> frozenset[int]:
        """About so many numbers of steps, evenly spaced, at ends of chunks, and the last."""
        chunks = (math.ceil(self.steps * time / count / self.chunk) for time in range(1, count + 1))
        return frozenset(min(self.steps, number * self.chunk) for number in chunks)


@dataclass(frozen=True)
class Validation:
    """What the criterion sees: the same examples, and the same draws for a seed, every time."""

    requests: list[Request]
    inputs: Inputs


@dataclass
class _Chunk:
    """What the steps of a chunk left on the device: the losses (seeds,) of each step and objective, and what is logged."""

    losses: list[tuple[int, str, Tensor]] = field(default_factory=list)
    logged: list[tuple[int, dict[str, Tensor]]] = field(default_factory=list)


class SeedGroup:
    """The training of some seeds, which share a trainer. Nothing in a step waits for the device: what became of the steps is
    looked at after each chunk.

    A seed has ended when it diverged (its parameters are then those from before the chunk in which it did) or ran out of
    patience; the others go on, and what its place in the stack does from then on counts for nothing.
    """

    def __init__(
        self,
        trainer: Trainer,
        feed: Feed,
        contexts: Sequence[FitContext],
        schedule: Schedule,
        validation: Validation | None,
        take_step: Callable[..., tuple[Tensor, dict[str, Tensor]]],
    ) -> None:
        """``take_step`` is called as :meth:`Trainer.step` is; what it leaves in the trainer is the same."""
        self.trainer, self.feed, self.contexts, self.schedule, self.validation = (
            trainer, feed, contexts, schedule, validation,
        )  # fmt: skip
        self.take_step = take_step
        model = trainer.skeleton
        self.step = 0
        self.failure: BaseException | None = None
        self.diverged: dict[int, str] = {}
        self.stopped: set[int] = set()
        self.last_good: dict[int, dict[str, Tensor]] = {}
        self.best = Best(len(contexts), model.patience)
        self.average = None
        if model.ema_decay is not None:
            self.average = MovingAverage(trainer, model.ema_decay)
        self.logs: list[tuple[int, int, dict[str, float]]] = []
        self.to_log: set[int] = set()
        self._logged, self._validated, self._milestones = schedule.logged, schedule.validated, schedule.milestones
        self.random_state = _random_state_of(contexts[0])
        self.take_snapshot()

    @property
    def done(self) -> bool:
        return self.failure is not None or self.step >= self.schedule.steps or not self._going()

    def advance(self) -> None:
        """Take the steps of one chunk, then see what became of them."""
        length = min(self.schedule.chunk, self.schedule.steps - self.step)
        self.feed.fill(length)
        chunk = _Chunk()
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self.random_state)
            for position in range(length):
                self._take_step(position, self.step + position, chunk)
            self.random_state = torch.get_rng_state()
        self.step += length
        self._find_diverged(chunk)
        self._log(chunk)
        self.take_snapshot()
        if self.step in self._milestones:
            self._show()
        if self.validation is not None and self.step in self._validated:
            self._validate(self.validation)

    def result(self, seed: int) -> dict[str, Tensor]:
        """The parameters and buffers (*shape) that a seed's model ends with."""
        if seed in self.best.rows:
            return self.best.rows[seed]
        return self.last_good[seed] if seed in self.last_good else row_of(self._to_evaluate(), seed)

    def error(self, seed: int) -> DivergedError | None:
        return DivergedError(self.diverged[seed]) if seed in self.diverged else None

    def _take_step(self, position: int, step: int, chunk: _Chunk) -> None:
        objectives = self.trainer.objectives
        if step in self._logged:
            self.to_log.update(range(len(objectives)))
        for repeat in range(self.feed.batches_a_step):
            batch = self.feed.batch(position, repeat)
            for index, objective in enumerate(objectives):
                if repeat < objective.repeats and step % objective.every == 0:
                    inputs = self.feed.inputs(index, position, repeat, batch)
                    rate = objective.optimizer.rate(step, self.schedule.steps)
                    losses, scalars = self.take_step(index, inputs, rate, log=index in self.to_log)
                    chunk.losses.append((step, objective.name, losses))
                    if index in self.to_log:
                        chunk.logged.append((step, scalars))
                        self.to_log.discard(index)
        if self.average is not None:
            self.average.update(step)

    def _going(self) -> list[int]:
        return [seed for seed in range(len(self.contexts)) if seed not in self.diverged and seed not in self.stopped]

    def _find_diverged(self, chunk: _Chunk) -> None:
        """A seed has diverged if a loss of the chunk, or a parameter or buffer at its end, is not finite."""
        checks = [(step, f"loss_{name}", losses) for step, name, losses in chunk.losses]
        checks.append((self.step - 1, "a parameter", _zero_or_nan(self._to_evaluate())))
        table = torch.stack([values for _, _, values in checks]).tolist()
        for (step, what, _), values in zip(checks, table, strict=True):
            for seed in self._going():
                if not math.isfinite(values[seed]):
                    self._end(seed, f"{what} became {values[seed]} at step {step}")

    def _end(self, seed: int, reason: str) -> None:
        self.diverged[seed] = reason
        self.last_good[seed] = row_of(self._snapshot, seed)

    def _log(self, chunk: _Chunk) -> None:
        """Log the scalars of the chunk; a seed with one that is not finite has diverged."""
        for step, scalars in chunk.logged:
            table = torch.stack([value.float() for value in scalars.values()], 1).tolist()
            for seed in self._going():
                entry = dict(zip(scalars, table[seed], strict=True))
                bad = [name for name, value in entry.items() if not math.isfinite(value)]
                if bad:
                    self._end(seed, f"{bad[0]} became {entry[bad[0]]} at step {step}")
                else:
                    self.note(seed, step, entry)

    def note(self, seed: int, step: int, entry: dict[str, float]) -> None:
        """Log a seed's scalars, and keep them for checkpoints."""
        self.logs.append((seed, step, entry))
        self.contexts[seed].on_log(step, entry)

    def _show(self) -> None:
        """Show each seed's context the model as it is now."""
        seen = self.step * self.feed.batches_a_step * self.feed.batch_size
        for seed in self._going():
            given = self.contexts[seed].at_milestone(row_of(self._snapshot, seed))
            if given is not None:
                self.contexts[seed].milestones[seen] = given

    def _validate(self, validation: Validation) -> None:
        average = {} if self.average is None else self.average.average
        with self.trainer.using(average):
            values = self.trainer.criteria(validation.requests, validation.inputs).tolist()
        tensors = self._to_evaluate()
        for seed in self._going():
            if math.isfinite(values[seed]):
                self.note(seed, self.step - 1, {"criterion": values[seed]})
            if self.best.judge(seed, values[seed], tensors):
                self.stopped.add(seed)

    def _to_evaluate(self) -> dict[str, Tensor]:
        """All tensors (seeds, *shape), those averaged in place of the last ones."""
        return {**self.trainer.tensors(), **({} if self.average is None else self.average.average)}

    def take_snapshot(self) -> None:
        """Keep all tensors as they are now, for the seeds that diverge in the next chunk."""
        self._snapshot = {name: tensor.clone() for name, tensor in self._to_evaluate().items()}


def _zero_or_nan(tensors: dict[str, Tensor]) -> Tensor:
    """(seeds,) float32: 0 for a seed whose tensors (seeds, *shape) are all finite, else NaN."""
    rows = [tensor.reshape(len(tensor), -1).mul(0).sum(1) for tensor in tensors.values() if tensor.is_floating_point()]
    return torch.stack(rows).sum(0).float()


def _random_state_of(context: FitContext) -> Tensor:
    """Where PyTorch's global generator starts, for a model that draws from it (dropout) though it cannot be stacked then."""
    return torch.Generator().manual_seed(derive_seed(context.seed, "global")).get_state()
