"""Steps as CUDA graphs: recorded once, then started as a whole, which spares starting every operation by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from genbench.training.steps import Inputs, Trainer, close

if TYPE_CHECKING:
    from torch import Tensor

Recorder = Callable[[Callable[[], None]], Callable[[], None]]
"""Takes what is to be done, without doing it, and returns what does it, again and again, on the same memory."""

WARM_UP = 3
"""Steps before the recording, in which optimisers and libraries set up what they keep."""


def recorder(device: str) -> Recorder | None:
    """How steps are recorded on a device; None where they are not."""
    return _cuda_graph if torch.device(device).type == "cuda" else None


def _cuda_graph(function: Callable[[], None]) -> Callable[[], None]:
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        function()
    return graph.replay


class StepGraphs:
    """Takes a trainer's steps, those that are not logged from recordings.

    A recording is compared with a step as usual, from the same state. If it cannot be made, or does something else, that
    is printed, and all steps are taken as usual.
    """

    def __init__(self, trainer: Trainer, record: Recorder) -> None:
        self.trainer, self.record = trainer, record
        self.refused = ""
        self._taken: Counter[int] = Counter()
        self._graphs: dict[int, _StepGraph] = {}

    def step(self, index: int, inputs: Inputs, rate: float, log: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """As :meth:`Trainer.step`."""
        self._taken[index] += 1
        if self.refused or log or self._taken[index] <= WARM_UP:
            return self.trainer.step(index, inputs, rate, log)
        if index not in self._graphs:
            return self._recorded(index, inputs, rate)
        self.trainer.set_rate(index, rate)
        return self._graphs[index].replay(inputs), {}

    def _recorded(self, index: int, inputs: Inputs, rate: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Take a step as usual, and record it; what counts is the usual one."""
        state = self._state()
        before = [tensor.clone() for tensor in state]
        outcome = self.trainer.step(index, inputs, rate)
        after = [tensor.clone() for tensor in state]
        _copy(before, state)
        try:
            graph = _StepGraph(self.trainer, index, inputs, self.record)
            losses = graph.replay(inputs)
        except Exception as error:  # whatever it is, the same step has just worked without
            self._refuse(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        else:
            if all(close(one, other) for one, other in zip((*state, losses), (*after, outcome[0]), strict=True)):
                self._graphs[index] = graph
            else:
                self._refuse("the recorded step gives other numbers")
        _copy(after, state)
        return outcome

    def _refuse(self, reason: str) -> None:
        self.refused = reason
        print(f"steps are taken one operation after another, not as CUDA graphs: {reason}", flush=True)

    def _state(self) -> list[Tensor]:
        """All that a step may change: parameters, buffers and what the optimisers keep."""
        kept = [
            value
            for optimizer in self.trainer.optimizers
            for entry in optimizer.state.values()
            for value in entry.values()
        ]
        return [*self.trainer.tensors().values(), *(value for value in kept if isinstance(value, torch.Tensor))]


class _StepGraph:
    """One objective's step, recorded on memory of its own."""

    def __init__(self, trainer: Trainer, index: int, inputs: Inputs, record: Recorder) -> None:
        self._inputs = Inputs(
            torch.empty_like(inputs.x),
            None if inputs.y is None else torch.empty_like(inputs.y),
            [torch.empty_like(values) for values in inputs.values],
        )

        def take() -> None:
            self._losses = trainer.update(index, self._inputs)[0]

        self._run = record(take)

    def replay(self, inputs: Inputs) -> Tensor:
        """Take the step with other inputs of the same shapes; returns the losses (seeds,)."""
        self._inputs.x.copy_(inputs.x)
        if self._inputs.y is not None and inputs.y is not None:
            self._inputs.y.copy_(inputs.y)
        _copy(inputs.values, self._inputs.values)
        self._run()
        return self._losses.clone()


def _copy(sources: list[Tensor], targets: list[Tensor]) -> None:
    with torch.no_grad():
        for source, target in zip(sources, targets, strict=True):
            target.copy_(source)
