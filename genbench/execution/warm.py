"""The heavy imports, done once in the process that workers are forked from, so that no job pays for them."""

from importlib import import_module

from genbench.execution.lifeline import die_with_direct_parent

HEAVY = (
    "ot.sliced",
    "pandas",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.linear_model",
    "sklearn.mixture",
    "sklearn.neighbors",
    "sklearn.svm",
    "torch",
    "torchmetrics.image.fid",
    "genbench.execution.survey",
    "genbench.execution.worker",
)

die_with_direct_parent()  # first of all: a run that is stopped during the imports takes the fork server with it
for module in HEAVY:
    import_module(module)
