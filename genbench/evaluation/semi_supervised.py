"""Error of a classifier with few labels, and what the examples without labels add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import UNLABELLED, Split
from genbench.evaluation.classifier_rows import attempted_rows
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.subsets import subset_order
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ask = Callable[[Fitted, NDArray[Any]], NDArray[np.float64]]


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``test_error``, ``log_loss`` and ``calibration_error`` on the test examples (better lower), with the labels of
    ``examples`` training examples known,

    ``labels-only``      fitted to those alone,
    ``with-unlabelled``  fitted to those and to the next training examples without their labels, where the model takes
                         such: ``protocol.unlabelled_examples`` in all.

    At each number of ``protocol.semi_supervised_labels`` there are ``protocol.semi_supervised_subsets`` random subsets,
    nested and stratified as those of a learning curve, which play the part of seeds in the interval.
    """
    return _rows(context, context.protocol.semi_supervised_subsets, Fitted.predict_log_proba)


def evaluate_trained(context: EvaluationContext) -> Iterable[Measurement]:
    """The same by ``label_log_proba``, for models of which each fit is a training: on as many subsets as there are seeds.

    Raises :class:`Unavailable` where the model's hyperparameters leave it without labels to give.
    """
    context.models[0].label_log_proba(context.test_subset.x[:1])
    return _rows(context, len(context.models), Fitted.label_log_proba)


def _rows(context: EvaluationContext, subsets: int, ask: Ask) -> Iterator[Measurement]:
    assert context.train is not None, "declared by sees_training_data"
    pool = min(len(context.train), context.protocol.unlabelled_examples)
    orders = [subset_order(context.train.y, i)[:pool] for i in range(subsets)]
    kinds = {"labels-only": _labelled_alone}
    if context.models[0].model.takes_unlabelled:
        kinds["with-unlabelled"] = _labels_hidden
    for labels in sorted(set(context.protocol.semi_supervised_labels)):
        if labels >= pool:
            continue
        for name, chosen in kinds.items():
            splits = [chosen(context.train[order], labels) for order in orders]
            row = Measurement("", name, None, seeds=len(splits), examples=labels, status="failed")
            predict = partial(_predicted, context, splits, ask)
            yield from attempted_rows(row, predict, context.test_subset.y, context.protocol.resamples)


def _labelled_alone(split: Split, labels: int) -> Split:
    return split[:labels]


def _labels_hidden(split: Split, labels: int) -> Split:
    """The same examples, of which only the first keep their labels."""
    return replace(split, y=np.where(np.arange(len(split)) < labels, split.y, UNLABELLED))


def _predicted(context: EvaluationContext, splits: list[Split], ask: Ask) -> NDArray[np.float64]:
    """log p(y | x) of the test examples by a model fitted to each split (splits, n, classes)."""
    assert context.refit is not None
    fits = (context.refit(split, derive_seed("semi-supervised", i)) for i, split in enumerate(splits))
    return np.stack([ask(fitted, context.test_subset.x) for fitted in fits])
