"""The evaluations that come with genbench, registered as any plugin registers its own."""

from __future__ import annotations

from collections.abc import Iterable

from genbench.hookspecs import hookimpl
from genbench.records import EvaluationSpec


@hookimpl
def genbench_evaluations() -> Iterable[EvaluationSpec]:
    yield EvaluationSpec(
        name="likelihood",
        target="genbench.evaluation.likelihood:evaluate",
        summary="Negative log-likelihood of the test split; KL divergence to the truth where it is known",
        table="likelihood",
        metrics=("nll",),
        needs=("log_prob",),
    )
    yield EvaluationSpec(
        name="likelihood_bound",
        target="genbench.evaluation.likelihood:evaluate_bound",
        summary="Bounds on the negative log-likelihood of the test split: ELBO and importance-weighted",
        table="likelihood",
        metrics=("nll",),
        needs=("log_prob_bound",),
    )
    yield EvaluationSpec(
        name="sample_quality",
        target="genbench.evaluation.sample_quality:evaluate",
        summary="Fréchet distance, precision, recall, density, coverage, and closeness to the training set",
        table="sample_quality",
        metrics=("frechet_distance", "precision", "recall", "density", "coverage", "nearest_train_ratio"),
        needs=("sample",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="mode_coverage",
        target="genbench.evaluation.mode_coverage:evaluate",
        summary="Modes found, share of high-quality samples, and reverse KL of the histogram of modes",
        table="mode_coverage",
        metrics=("modes_found", "reverse_kl"),
        needs=("sample",),
        data_needs=("modes",),
    )
    yield EvaluationSpec(
        name="learning_curve",
        target="genbench.evaluation.learning_curve:evaluate",
        summary="Test error, log loss, Brier score and calibration error of classifiers at growing training sizes",
        table="learning_curve",
        metrics=("test_error", "log_loss", "brier_score", "calibration_error"),
        needs=("predict_log_proba",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="shift",
        target="genbench.evaluation.shift:evaluate",
        summary="Classifiers where the classes' frequencies have changed, with and without correction",
        table="shift",
        metrics=("test_error", "log_loss", "brier_score", "calibration_error"),
        needs=("predict_log_proba",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="representation",
        target="genbench.evaluation.representation:evaluate",
        summary="Linear probe and nearest neighbours on frozen features, beside raw features and an untrained network",
        table="representation",
        metrics=("linear_probe_accuracy", "knn_accuracy"),
        needs=("embed",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="training_curve",
        target="genbench.evaluation.training_curve:evaluate",
        summary="What a model logged while it was trained, against training examples seen",
        table="learning_curve",
        metrics=("training",),
    )
    yield EvaluationSpec(
        name="cost",
        target="genbench.evaluation.cost:evaluate",
        summary="Seconds to train and to sample, and peak memory",
        table="cost",
        metrics=("train_seconds", "peak_memory_mb"),
    )
