"""Controls: models so simple that no metric may be fooled by them."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

CONTROLS = {
    "uniform": ("Uniform", "Uniform over the range of the data, or over its levels and categories"),
    "independent": ("Independent", "A smoothed histogram for each feature, all features independent"),
    "gaussian": ("Gaussian", "One Gaussian with full covariance"),
    "memoriser": ("Memoriser", "Resamples the training set"),
    "class_prior": ("ClassPrior", "Predicts the training frequencies of the classes, whatever the example"),
}


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name, (target, summary) in CONTROLS.items():
        yield ModelSpec(name=name, target=f"genbench_baselines.{name}:{target}", summary=summary, control=True)
