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
        summary="Distances, precision, recall, density, coverage, two-sample tests, diversity, closeness to training data",
        table="sample_quality",
        metrics=("frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"),
        needs=("sample",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="inception",
        target="genbench.evaluation.inception:evaluate",
        summary="Fréchet and kernel Inception distance of images; needs the network's file in a data folder",
        table="sample_quality",
        metrics=("frechet_distance", "kernel_distance"),
        needs=("sample",),
        data_needs=("images",),
        files=("inception/inception-2015-12-05.pt",),
    )
    yield EvaluationSpec(
        name="memorisation",
        target="genbench.evaluation.memorisation:evaluate",
        summary="Whether samples are nearer to training examples than held-out examples are",
        table="memorisation",
        metrics=("memorised_share", "data_copying_p_value"),
        needs=("sample",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="mode_coverage",
        target="genbench.evaluation.mode_coverage:evaluate",
        summary="Modes found, high-quality samples, divergences of the histogram of modes, spread within modes, collapse",
        table="mode_coverage",
        metrics=("modes_found", "reverse_kl"),
        needs=("sample",),
        data_needs=("modes",),
    )
    yield EvaluationSpec(
        name="class_coverage",
        target="genbench.evaluation.mode_coverage:evaluate_classes",
        summary="Mode coverage of labelled data: the classes, told by a classifier of real examples, are the modes",
        table="mode_coverage",
        metrics=("modes_found", "reverse_kl"),
        needs=("sample",),
        data_needs=("classes",),
        sees_training_data=True,
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
        name="clustering",
        target="genbench.evaluation.clustering:evaluate",
        summary="Agreement with the labels of groups that a model finds without them, beside an untrained network",
        table="representation",
        metrics=("cluster_accuracy",),
        needs=("cluster",),
        data_needs=("classes",),
    )
    yield EvaluationSpec(
        name="conditional_quality",
        target="genbench.evaluation.conditional_quality:evaluate",
        summary="Whether samples carry the label asked for, and whether a classifier can learn from them",
        table="conditional_quality",
        metrics=("label_agreement", "train_on_samples_accuracy"),
        needs=("sample",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="gan_diagnostics",
        target="genbench.evaluation.gan_diagnostics:evaluate",
        summary="Real against generated examples: the model's own discriminator, a fresh critic, collapsed seeds",
        table="gan_diagnostics",
        metrics=("jensen_shannon",),
        needs=("sample", "discriminate"),
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
        name="training_quality",
        target="genbench.evaluation.training_quality:evaluate",
        summary="Fréchet distance, modes found and collapsed seeds at a few steps of a neural model's training",
        table="training_quality",
        metrics=("training:frechet_distance",),
        needs=("sample",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="cost",
        target="genbench.evaluation.cost:evaluate",
        summary="Seconds to train and to sample, and peak memory",
        table="cost",
        metrics=("train_seconds", "peak_memory_mb"),
    )
