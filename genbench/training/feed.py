"""What goes into the steps: batches and draws of one seed or several, drawn ahead for a chunk of steps at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from genbench.draws import Request, empty, fill
from genbench.training.steps import Inputs
from genbench.training.stream import SeedStream

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.data.dataset import Split
    from genbench.training.objective import Objective


@dataclass(frozen=True)
class Batch:
    """Training examples of each seed: x (seeds, n, *shape), y (seeds, n) or None."""

    x: Tensor
    y: Tensor | None


class Feed:
    """Gathers batches from the training set, on whose device everything lies.

    A seed's numbers come from its own stream, in an order that does not depend on the other seeds.
    """

    def __init__(
        self,
        train: Split,
        batch_size: int,
        objectives: Sequence[Objective],
        requests: Sequence[list[Request]],
        streams: Sequence[SeedStream],
    ) -> None:
        self.train, self.batch_size, self.streams, self.requests = train, batch_size, streams, requests
        self.repeats = [objective.repeats for objective in objectives]
        self.batches_a_step = max(self.repeats)
        self._room = 0

    @property
    def requests_a_step(self) -> list[Request]:
        """All that is drawn for one step of one seed."""
        pairs = zip(self.requests, self.repeats, strict=True)
        return [request for requests, repeats in pairs for request in requests * repeats]

    def fill(self, steps: int) -> None:
        """Draw the numbers of the next steps."""
        count = steps * self.batches_a_step
        indices = torch.stack([stream.batches(count, self.batch_size) for stream in self.streams], 1)
        self._indices = indices.to(self.train.x.device)
        if steps > self._room:
            self._make_room(steps)
        for requests, repeats, values in zip(self.requests, self.repeats, self._values, strict=True):
            for request, drawn in zip(requests, values, strict=True):
                for stream, own in zip(self.streams, drawn, strict=True):
                    fill(own[: steps * repeats], request, stream.draws)

    def _make_room(self, steps: int) -> None:
        """For each request (seeds, steps * repeats, *shape): memory that is used again for every chunk."""
        self._room, seeds, device = steps, len(self.streams), self.train.x.device
        self._values = [
            [empty(request, (seeds, steps * repeats), device) for request in requests]
            for requests, repeats in zip(self.requests, self.repeats, strict=True)
        ]

    def batch(self, position: int, repeat: int) -> Batch:
        """The batch that the objectives share at one repeat of the step at a position of the chunk."""
        chosen = self._indices[position * self.batches_a_step + repeat]
        return Batch(_rows(self.train.x, chosen), None if self.train.y is None else _rows(self.train.y, chosen))

    def inputs(self, index: int, position: int, repeat: int, batch: Batch) -> Inputs:
        """What one objective sees there."""
        row = position * self.repeats[index] + repeat
        return Inputs(batch.x, batch.y, [values[:, row] for values in self._values[index]])


def _rows(tensor: Tensor, chosen: Tensor) -> Tensor:
    """``tensor[chosen]`` for indices (seeds, n), which on a CPU takes several times as long."""
    return tensor.index_select(0, chosen.flatten()).view(*chosen.shape, *tensor.shape[1:])
