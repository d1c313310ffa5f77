"""Learning curves over many random splits, every model fitted to the same subsets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genbench.draws import Draws
from genbench.errors import Unavailable
from genbench.evaluation.classification import example_losses, expected_calibration_error
from genbench.evaluation.fitted import Fitted, training_data
from genbench.evaluation.side_by_side import predictions_of_many
from genbench.model import Budget, FitContext, FitsManySplits, Model
from genbench.seeding import derive_seed
from genbench.study.pools import Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEASURES = ("test_error", "log_loss", "brier_score", "calibration_error")


def measure(model_class: type[Model], pool: Pool, device: str = "cpu", **hyperparameters: Any) -> NDArray[np.float64]:
    """The :data:`MEASURES` of each split at each size (splits, sizes, 4), on the split's own test examples.

    Splits are dealt to as many threads as there are cores, on a CPU.
    """
    workers = 1 if device != "cpu" else min(len(os.sched_getaffinity(0)), len(pool.orders))
    measured = np.empty((len(pool.orders), len(pool.sizes), len(MEASURES)))

    def work(share: NDArray[np.intp]) -> None:
        for splits, index, log_proba in _predictions(model_class, pool, share, device, hyperparameters):
            labels = pool.examples.y[pool.test[share[splits]]]
            losses = example_losses(log_proba, labels).mean(axis=2)
            calibration = expected_calibration_error(log_proba, labels)
            measured[share[splits], index] = np.column_stack([losses, calibration])

    with _one_thread_an_operation(), ThreadPoolExecutor(workers) as threads:
        list(threads.map(work, np.array_split(np.arange(len(pool.orders)), workers)))
    return measured


def _predictions(
    model_class: type[Model], pool: Pool, share: NDArray[np.intp], device: str, hyperparameters: dict[str, Any]
) -> Iterator[tuple[slice, int, NDArray[np.float64]]]:
    """(positions in ``share``, position in sizes, log p(y | x) (splits, tested, classes))."""
    model = model_class(pool.data, **hyperparameters)
    train = training_data(model_class, pool.data, pool.examples, "train").to_torch(device)
    seen = torch.tensor(Fitted(model, pool.data, 0).as_seen(pool.examples.x), dtype=torch.float32, device=device)
    if isinstance(model, FitsManySplits):
        with suppress(Unavailable):  # with these hyperparameters: said before the first answer
            yield from predictions_of_many(
                model, pool.data, train, pool.training[share], pool.sizes, seen, pool.test[share]
            )
            return
    for position, split in enumerate(share):
        for index, size in enumerate(pool.sizes):
            one = model_class(pool.data, **hyperparameters)
            held_out = train[torch.as_tensor(pool.test[split])]
            one.fit(train[torch.as_tensor(pool.orders[split, :size])], held_out, _context(device, int(split)))
            log_proba = Fitted(one, pool.data, int(split), device).predict_log_proba(pool.examples.x[pool.test[split]])
            yield slice(position, position + 1), index, log_proba[None]


def _context(device: str, split: int) -> FitContext:
    seed = derive_seed("study", split)
    return FitContext(device, Budget(100_000, 128), seed, Draws(seed, device))


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
