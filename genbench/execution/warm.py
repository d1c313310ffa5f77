"""The heavy imports, done once in the process that workers are forked from, so that no job pays for them.

Every job starts as a copy of that process: what it imports lazily, each job imports anew. So whatever jobs import of
genbench and of its libraries belongs here; ``benchmarks/harness_overhead.py`` tells what is missing.
"""

from importlib import import_module

from genbench.execution.lifeline import die_with_direct_parent

HEAVY = (
    "ot.sliced",
    "pandas",
    "platformdirs",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.mixture",
    "sklearn.neighbors",
    "sklearn.svm",
    "torch",
    "torch._dynamo",
    "torchmetrics.image.fid",
    "genbench.execution.run_job",
    "genbench.execution.survey",
    "genbench.execution.worker",
)

die_with_direct_parent()  # first of all: a run that is stopped during the imports takes the fork server with it
for module in HEAVY:
    import_module(module)
for evaluation in import_module("genbench.evaluation.hooks").genbench_evaluations():
    import_module(evaluation.target.partition(":")[0])
