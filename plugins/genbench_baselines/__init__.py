"""Controls: models so simple that no metric may be fooled by them."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

CONTROLS = {
    "uniform": ("Uniform", "Uniform over the range of the data, or over its levels and categories", "it is noise"),
    "independent": (
        "Independent",
        "A smoothed histogram for each feature, all features independent",
        "it knows nothing of how features go together",
    ),
    "gaussian": ("Gaussian", "One Gaussian with full covariance", "it is one Gaussian, whatever the data"),
    "gaussian_1_percent": (
        "GaussianOnePercent",
        "One Gaussian with full covariance, in 99 % uniform noise",
        "99 of 100 samples are noise, which costs its likelihood at most log 100 nats",
    ),
    "memoriser": (
        "Memoriser",
        "Resamples the training set; one in a million is uniform noise",
        "its samples are copies of training examples",
    ),
    "one_point": ("OnePoint", "Always the same training example", "all its samples are one training example"),
    "held_out": (
        "HeldOut",
        "Samples the validation split: the floor of every distance",
        "no model: its samples are real examples, of the validation split",
    ),
    "class_prior": (
        "ClassPrior",
        "Predicts the training frequencies of the classes, whatever the example",
        "it never looks at the example",
    ),
}


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name, (target, summary, flaw) in CONTROLS.items():
        yield ModelSpec(
            name=name, target=f"genbench_baselines.{name}:{target}", summary=summary, control=True, flaw=flaw
        )
