"""What lies between and beyond a model's samples in the space of its noise, found through its draws alone.

A model's ``sample`` gets all its randomness from ``draws``. So a walk through its noise needs nothing of the model: it is
handed draws that walk.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from genbench.draws import Draws, Request, random_tensor
from genbench.errors import Unavailable
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.judge import Judge
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

FIRST_SAMPLES = 1000
"""Samples among which those of each class are looked for."""
TRAVERSED = 2.0
"""How far, in standard deviations, one number of the noise goes either way."""


class WalkingDraws(Draws):
    """Draws for ``paths * steps`` samples, path by path, in which normal noise goes from one random end to another.

    Noise is cos(t) a + sin(t) b, t from 0 to pi / 2, so that it is standard normal at every step. What else is drawn for
    each sample is the same along a path.
    """

    def __init__(self, seed: int, paths: int, steps: int, device: str = "cpu") -> None:
        super().__init__(seed, device)
        self.paths, self.steps = paths, steps
        self.walked = False
        """Whether normal noise has been drawn for the samples."""

    def take(self, request: Request) -> Tensor:
        if request.kind == "permutation" or request.shape[:1] != (self.paths * self.steps,):
            return super().take(request)
        for_paths = request._replace(shape=(self.paths, *request.shape[1:]))
        start = random_tensor(for_paths, self.generator)
        if request.kind != "normal":
            return start.repeat_interleave(self.steps, 0)
        self.walked = True
        end = random_tensor(for_paths, self.generator)
        angle = torch.linspace(0, math.pi / 2, self.steps, device=start.device)
        angle = angle.reshape(1, -1, *(1,) * (start.dim() - 1))
        return (angle.cos() * start[:, None] + angle.sin() * end[:, None]).reshape(request.shape)


class NotedDraws(Draws):
    """Draws that note what they give."""

    def __init__(self, seed: int, device: str = "cpu") -> None:
        super().__init__(seed, device)
        self.noted: list[tuple[Request, Tensor]] = []

    def take(self, request: Request) -> Tensor:
        value = super().take(request)
        self.noted.append((request, value))
        return value


class GivenNoise(Draws):
    """Draws whose normal noise is given."""

    def __init__(self, seed: int, noise: Tensor, device: str = "cpu") -> None:
        super().__init__(seed, device)
        self.noise = noise

    def take(self, request: Request) -> Tensor:
        return self.noise if request.kind == "normal" else super().take(request)


class OnlyNoiseVaries(GivenNoise):
    """Draws whose normal noise is given; what else is drawn is the same for every sample."""

    def take(self, request: Request) -> Tensor:
        if request.kind in ("normal", "permutation"):
            return super().take(request)
        one = random_tensor(request._replace(shape=(1, *request.shape[1:])), self.generator)
        return one.expand(request.shape)


def interpolations(model: Fitted, paths: int, steps: int) -> NDArray[np.float32]:
    """Samples along paths through the model's noise: (paths, steps, *shape).

    Raises :class:`Unavailable` for a model that makes its samples of no normal noise: nothing would change along a path.
    """
    draws = WalkingDraws(derive_seed("interpolation", model.seed), paths, steps, model.device)
    samples = model.sample_with(draws, paths * steps)
    if not draws.walked:
        raise Unavailable("a sample is made of no normal noise")
    return samples.reshape(paths, steps, *model.data.shape)


def traversals(model: Fitted, rows: int, steps: int) -> NDArray[np.float32]:
    """Samples of one noise of which a single number goes from -2 to 2: (rows, steps, *shape), a row a number.

    Shown are the numbers that change the sample most between their ends, the one that changes it most first. Raises
    :class:`Unavailable` for a model that makes samples of more than one normal vector each.
    """
    draws = NotedDraws(derive_seed("traversal", model.seed), model.device)
    model.sample_with(draws, 1)
    noise = _only_noise(draws.noted)
    each = torch.arange(noise.shape[1], device=noise.device)
    ends = noise.repeat(2 * len(each), 1)
    ends[each, each], ends[len(each) + each, each] = -TRAVERSED, TRAVERSED
    low, high = _samples_of(model, ends).reshape(2, len(each), -1)
    chosen = each[np.square(high - low).sum(axis=1).argsort(kind="stable")[::-1][:rows].copy()]
    walked = noise.repeat(len(chosen) * steps, 1).reshape(len(chosen), steps, -1)
    walked[torch.arange(len(chosen)), :, chosen] = torch.linspace(-TRAVERSED, TRAVERSED, steps, device=noise.device)
    return _samples_of(model, walked.flatten(0, 1)).reshape(len(chosen), steps, *model.data.shape)


def _samples_of(model: Fitted, noise: Tensor) -> NDArray[np.float32]:
    draws = OnlyNoiseVaries(derive_seed("traversal", model.seed), noise, model.device)
    return model.sample_with(draws, len(noise))


def class_arithmetic(model: Fitted, judge: Judge, rows: int) -> NDArray[np.float32]:
    """Vector arithmetic between the mean noises of classes (Radford et al. 2016): (rows, 4, *shape).

    Row i has the samples of the mean noises of the classes i, i + 1, i + 2, and of the first minus the second plus the
    third. A noise belongs to the class that the judge sees in its sample; all are stretched to the length that is
    typical of normal noise. Raises :class:`Unavailable` for a model that makes samples of more than one normal vector
    each, and if fewer than three classes are found.
    """
    draws = NotedDraws(derive_seed("arithmetic", model.seed), model.device)
    labels = judge.labels(model.sample_with(draws, FIRST_SAMPLES))
    noise = _only_noise(draws.noted)
    classes = np.unique(labels)
    if len(classes) < 3:
        raise Unavailable("fewer than three classes are found among the samples")
    means = torch.stack([noise[torch.as_tensor(labels == label)].mean(0) for label in classes])
    triples = [[(i + j) % len(classes) for j in range(3)] for i in range(min(rows, len(classes)))]
    first, second, third = (means[list(column)] for column in zip(*triples, strict=True))
    wanted = torch.stack([first, second, third, first - second + third], 1).flatten(0, 1)
    wanted = wanted / wanted.norm(dim=1, keepdim=True) * math.sqrt(noise.shape[1])
    given = GivenNoise(derive_seed("arithmetic", model.seed), wanted, model.device)
    return model.sample_with(given, len(wanted)).reshape(len(triples), 4, *model.data.shape)


def _only_noise(noted: list[tuple[Request, Tensor]]) -> Tensor:
    """The normal vectors (n, d), if all that a sample is made of is one of them (and the noise of its discretisation)."""
    kinds = [request.kind for request, _ in noted]
    if kinds[:1] != ["normal"] or set(kinds[1:]) - {"uniform"} or noted[0][1].dim() != 2:
        raise Unavailable("a sample is made of more than one normal vector")
    return noted[0][1]
