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
        name="ais",
        target="genbench.evaluation.annealed:evaluate",
        summary="Annealed importance sampling of the likelihood, and its gap on simulated data; none if ais_examples is 0",
        table="likelihood",
        metrics=("nll",),
        needs=("prior_code", "log_prior", "log_likelihood", "sample_given"),
    )
    yield EvaluationSpec(
        name="ais_noisy",
        target="genbench.evaluation.annealed:evaluate_noisy",
        summary="The same of decoders without a likelihood, with Gaussian observation noise chosen on validation",
        table="likelihood",
        metrics=("noisy_nll",),
        needs=("prior_code", "log_prior", "mean_given"),
        instead_of="ais",
        data_needs=("numbers",),
    )
    yield EvaluationSpec(
        name="parzen",
        target="genbench.evaluation.parzen:evaluate",
        summary="Parzen windows on samples, between those on training examples and on k-means centres",
        table="parzen",
        metrics=("parzen_log_density",),
        needs=("sample",),
        data_needs=("numbers",),
        sees_training_data=True,
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
        summary="Classifiers under shifts of the data, with and without correction, and on inputs that are nothing",
        table="shift",
        metrics=("test_error", "log_loss", "calibration_error", "confidence"),
        needs=("predict_log_proba",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="shift_detection",
        target="genbench.evaluation.shift_detection:evaluate",
        summary="Whether a shift of the data is seen in the model's own log p(x), or its bound",
        table="shift",
        metrics=("log_prob_auroc",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="semi_supervised",
        target="genbench.evaluation.semi_supervised:evaluate",
        summary="Classifiers with few labels, and what examples without labels add to those that take such",
        table="semi_supervised",
        metrics=("test_error", "log_loss", "calibration_error"),
        needs=("predict_log_proba",),
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="semi_supervised_trained",
        target="genbench.evaluation.semi_supervised:evaluate_trained",
        summary="The same of models that are no classifiers but learn labels too, on as many subsets as there are seeds",
        table="semi_supervised",
        metrics=("test_error", "log_loss", "calibration_error"),
        needs=("label_log_proba",),
        instead_of="semi_supervised",
        data_needs=("classes",),
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="generative_curve",
        target="genbench.evaluation.generative_curve:evaluate",
        summary="Likelihood and sample quality of generative models at growing training sizes",
        table="generative_curve",
        metrics=("frechet_distance", "kernel_distance"),
        needs=("sample",),
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
        of_shared_loop=True,
        sees_training_data=True,
    )
    yield EvaluationSpec(
        name="cost",
        target="genbench.evaluation.cost:evaluate",
        summary="Seconds to train and to sample, and peak memory",
        table="cost",
        metrics=("train_seconds", "peak_memory_mb"),
    )
