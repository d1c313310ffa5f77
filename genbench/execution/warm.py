"""The heavy imports, done once in the process that workers are forked from, so that no job pays for them."""

from importlib import import_module

HEAVY = (
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

for module in HEAVY:
    import_module(module)
