"""What each metric can be. No interval reaches beyond it, whichever way it was found."""

from __future__ import annotations

import math

Range = tuple[float, float]

UNBOUNDED: Range = (-math.inf, math.inf)
NON_NEGATIVE: Range = (0.0, math.inf)
UNIT: Range = (0.0, 1.0)

RANGES: dict[str, Range] = {
    **dict.fromkeys(
        (
            *("log_loss", "bits_per_dim", "kl_to_truth", "reverse_kl_to_truth", "ais_gap"),
            *("frechet_distance", "kernel_distance", "sliced_wasserstein", "density", "nearest_train_ratio"),
            *("modes_found", "modes_found_ratio", "reverse_kl", "forward_kl", "mode_spread"),
            *("train_seconds", "sample_seconds_per_1000", "generator_gradient_norm"),
        ),
        NON_NEGATIVE,
    ),
    **dict.fromkeys(
        (
            *("test_error", "calibration_error", "asymptotic_error", "confidence"),
            *("precision", "recall", "coverage", "classifier_test_accuracy", "neighbour_test_accuracy"),
            *("memorised_share", "held_out_share", "exact_copies", "high_quality", "collapsed_seeds"),
            *("linear_probe_accuracy", "knn_accuracy", "cluster_accuracy"),
            *("label_agreement", "classifier_accuracy", "train_on_samples_accuracy"),
            *("log_prob_auroc", "bound_auroc", "critic_accuracy", "d_real", "d_generated"),
        ),
        UNIT,
    ),
    **dict.fromkeys(("entropy", "rate", "examples_within_0.01"), NON_NEGATIVE),
    **dict.fromkeys(("linear_probe_gain", "knn_gain"), (-1.0, 1.0)),
    **dict.fromkeys(("vendi_score", "class_score", "effective_modes"), (1.0, math.inf)),
    "brier_score": (0.0, 2.0),
    "d_distance_from_half": (0.0, 0.5),
    "jensen_shannon": (-math.inf, math.log(2)),
}
"""The least and the most that the estimated quantity can be, by metric. An estimate without bias may itself lie outside.
The Jensen-Shannon divergence of a discriminator is a bound, below 0 for one that is wrong. Where the data say more (the
number of classes, or that a likelihood is a probability's), an evaluation gives its own range."""


def range_of(metric: str) -> Range:
    """Return the least and the most that the metric can be, also as a median or in the course of a training; an unknown one
    is unbounded."""
    return RANGES.get(metric.removeprefix("training:").removeprefix("median_"), UNBOUNDED)
