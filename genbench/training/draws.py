"""Draws of a loss: noted in a trial run, then fed from outside, so that a loss is a pure function of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genbench.draws import Draws, Request
from genbench.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


class RecordedDraws(Draws):
    """Draws that note what they are asked for."""

    def __init__(self, seed: int, device: str) -> None:
        super().__init__(seed, device)
        self.requests: list[Request] = []

    def take(self, request: Request) -> Tensor:
        self.requests.append(request)
        return super().take(request)


class ReplayedDraws(Draws):
    """Draws that hand out given tensors, in the order of the requests that were noted."""

    def __init__(self, requests: Sequence[Request], values: Sequence[Tensor]) -> None:
        self._requests, self._values, self._next = requests, values, 0

    def take(self, request: Request) -> Tensor:
        expected = self._requests[self._next] if self._next < len(self._requests) else None
        if request != expected:
            raise ModelError(
                f"a loss must ask for the same draws at every step: asked for {request}, expected {expected or 'no more'}"
            )
        self._next += 1
        return self._values[self._next - 1]

    def numpy(self) -> np.random.Generator:
        raise ModelError("a loss cannot use draws.numpy(); use the tensors that draws gives")
