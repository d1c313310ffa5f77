"""How well the groups that a model finds without labels agree with the labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import confusion_matrix

from genbench.data.dataset import Split
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.intervals import mean_interval
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``cluster_accuracy``: share of test examples whose group is matched with their label, by the one-to-one matching
    that agrees best on the validation split (Hungarian method). Since the matching does not see the test examples,
    groups that know nothing of the labels score no more than chance.

    Estimators: ``hungarian[model]``, and ``hungarian[random-init]`` for the same network, untrained.
    """
    matched_on = context.validation[: context.protocol.test_examples]
    models = {"model": list(context.distinct)}
    if context.untrained is not None:
        seeds = [derive_seed("untrained", model.seed) for model in context.distinct]
        models["random-init"] = [context.untrained(seed) for seed in seeds]
    for name, clusterers in models.items():
        hits = np.stack([matched_hits(model, matched_on, context.test_subset) for model in clusterers])
        low, high = mean_interval(hits, context.protocol.resamples, share=True)
        yield Measurement(
            "cluster_accuracy",
            f"hungarian[{name}]",
            float(hits.mean()),
            better="higher",
            ci_low=low,
            ci_high=high,
            seeds=len(clusterers),
            n=hits.shape[1],
            examples=context.train_size,
            per_seed=tuple(hits.mean(axis=1)),
        )


def matched_hits(model: Fitted, matched_on: Split, test: Split) -> NDArray[np.bool_]:
    """Whether the group of each test example is the one that is matched with its label. (n,)"""
    found, groups = model.cluster(matched_on.x), model.cluster(test.x)
    size = int(max(found.max(), matched_on.y.max(), groups.max(), test.y.max())) + 1
    counts = confusion_matrix(found, matched_on.y, labels=np.arange(size))
    _, label_of = linear_sum_assignment(counts, maximize=True)
    return np.asarray(label_of[groups] == test.y)
