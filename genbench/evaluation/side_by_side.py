"""Predictions of a classifier that is fitted to many subsets at once, in chunks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import DivergedError, ModelOutputError
from genbench.evaluation.answers import numbers_of
from genbench.model import FitsManySplits

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_NUMBERS = 10_000_000
"""Numbers that the subsets, statistics and predictions of the splits in a chunk may have: 80 MB in float64, of which
a fit holds several copies."""


def splits_at_once(data: DataSpec, largest: int, tested: int) -> int:
    """How many splits are handed to a model together."""
    width = sum(max(1, categories) for categories in data.categories)
    a_split = largest * width + tested * data.classes + data.classes * min(width, largest) ** 2
    return max(1, CHUNK_NUMBERS // a_split)


def predictions_of_many(
    model: FitsManySplits,
    data: DataSpec,
    train: Split,
    orders: NDArray[np.int64],
    sizes: Sequence[int],
    x_test: Any,
    tested: NDArray[np.int64] | None = None,
) -> Iterator[tuple[slice, int, NDArray[np.float64]]]:
    """(splits, position in ``sizes``, log p(y | x) (splits, t, classes)), for each size of each chunk of splits.

    ``tested`` (splits, t) are each split's own test examples, as positions in ``x_test``; without it all count for all.
    ``train`` and ``x_test`` are tensors as the model is to see them. Raises :class:`ModelOutputError` and
    :class:`DivergedError` as any capability does.
    """
    device, step = train.x.device, splits_at_once(data, orders.shape[1], len(x_test))
    if tested is None:
        tested = np.broadcast_to(np.arange(len(x_test)), (len(orders), len(x_test)))
    for start in range(0, len(orders), step):
        chunk = slice(start, min(start + step, len(orders)))
        placed, positions = (torch.tensor(part[chunk], device=device) for part in (orders, tested))
        shape = (*positions.shape, data.classes)
        answers = model.fit_predict_many(train.x, train.y, placed, sizes, x_test, positions)
        for index, answer in enumerate(_one_a_size(answers, len(sizes))):
            _check_shape(answer, shape)
            yield chunk, index, _checked(answer)


def _one_a_size(answers: Any, sizes: int) -> Iterator[Any]:
    iterator = iter(answers)
    with torch.no_grad():
        for count in range(sizes):
            answer = next(iterator, None)
            if answer is None:
                raise ModelOutputError(f"fit_predict_many gave {count} answers, expected one for each of {sizes} sizes")
            yield answer


def _check_shape(answer: Any, shape: tuple[int, ...]) -> None:
    if not isinstance(answer, torch.Tensor) or tuple(answer.shape) != shape:
        given = tuple(answer.shape) if isinstance(answer, torch.Tensor) else type(answer).__name__
        raise ModelOutputError(f"fit_predict_many gave {given}, expected a tensor of shape {shape}")


def _checked(answer: torch.Tensor) -> NDArray[np.float64]:
    log_proba: NDArray[np.float64] = numbers_of("fit_predict_many", answer).astype(np.float64)
    total = np.exp(log_proba).sum(axis=2)
    if np.isnan(log_proba).any():
        raise DivergedError("fit_predict_many gave nan")
    if not np.allclose(total, 1, atol=1e-3):
        raise ModelOutputError("fit_predict_many: the probabilities of an example do not sum to 1")
    return log_proba
