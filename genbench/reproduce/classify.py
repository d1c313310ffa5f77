"""Errors of a classifier on held-out examples: a published split, or cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import LeaveOneOut, StratifiedKFold

from genbench.data.dataset import Split
from genbench.evaluation.classification import example_losses
from genbench.evaluation.intervals import mean_interval
from genbench.execution.fitting import Fitter
from genbench.reproduce.bench import Bench
from genbench.reproduce.line import Obtained

Wrong = NDArray[np.float64]
Folds = Iterable[tuple[NDArray[Any], NDArray[Any]]]
RESAMPLES = 9_999


def joined(*splits: Split) -> Split:
    """All their examples."""
    return Split(*(np.concatenate([getattr(split, name) for split in splits]) for name in ("x", "y")))


def wrong(fitter: Fitter, train: Split, test: Split) -> Wrong:
    """Whether each test example (n,) is misclassified by the model fitted to ``train``."""
    log_proba = fitter.fit(train, seed=0).predict_log_proba(test.x)
    return np.asarray(example_losses(log_proba, test.y)[0])


def wrong_held_out(bench: Bench, model: str, data: str, validation: bool) -> Wrong:
    """Of the test split's examples (n,), by the model fitted to the training split, with ``validation`` to that one too."""
    dataset = bench.dataset(data)
    train = joined(dataset.train, dataset.validation) if validation else dataset.train
    return wrong(bench.fitter(model, data), train, dataset.test)


def wrong_in_folds(fitter: Fitter, examples: Split, folds: Folds) -> Wrong:
    """Of each example (n,), by the model fitted to the training part of the fold that tests it."""
    errors = np.full(len(examples), np.nan)
    for train, test in folds:
        errors[test] = wrong(fitter, examples[train], examples[test])
    return errors


def wrong_cross_validated(bench: Bench, model: str, data: str, folds: int | None, repeats: int = 1) -> Wrong:
    """Of all examples (repeats, n) in stratified folds, other ones each time; None leaves out one example at a time."""
    dataset = bench.dataset(data)
    examples, fitter = joined(dataset.train, dataset.validation, dataset.test), bench.fitter(model, data)
    return np.stack([wrong_in_folds(fitter, examples, cut) for cut in _cuts(examples, folds, repeats)])


def wrong_by_least_squares(bench: Bench, data: str) -> Wrong:
    """Of the test split's examples (n,), by the linear map of the features and 1 whose squared distance from the labels'
    indicators is least over all other examples: what a layer without a nonlinearity tends to under a squared error."""
    dataset = bench.dataset(data)
    train = joined(dataset.train, dataset.validation)
    x, test = (_with_one(split.x) for split in (train, dataset.test))
    weights = np.linalg.lstsq(x.T @ x, x.T @ np.eye(dataset.spec.classes)[train.y], rcond=1e-12)[0]
    return np.asarray((test @ weights).argmax(axis=1) != dataset.test.y, dtype=np.float64)


def _with_one(x: NDArray[Any]) -> NDArray[np.float64]:
    """Features (n, *shape), float64, and a column of ones: (n, d + 1)."""
    return np.column_stack([x.reshape(len(x), -1).astype(np.float64), np.ones(len(x))])


def error(errors: Wrong) -> Obtained:
    """Share of wrong predictions (n,) or (repeats, n) in per cent."""
    return mean(np.atleast_2d(errors), factor=100, share=True)


def mean(values: NDArray[np.float64], factor: float = 1, share: bool = False) -> Obtained:
    """Of values (repeats, n) of the same n examples, of a ``share`` 0 or 1, with its interval, times ``factor``."""
    low, high = (None if end is None else factor * end for end in mean_interval(values, RESAMPLES, share))
    return Obtained(factor * float(values.mean()), low, high, *values.shape)


def accuracy(errors: Wrong) -> Obtained:
    """Share of right predictions in per cent."""
    return error(1 - errors)


def _cuts(examples: Split, folds: int | None, repeats: int) -> Iterator[Folds]:
    if folds is None:
        yield LeaveOneOut().split(examples.x)
        return
    for seed in range(repeats):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a class has fewer examples than there are folds
            yield list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(examples.x, examples.y))
