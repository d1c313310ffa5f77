"""Sends the results of finished jobs to MLflow, where MLflow is installed and MLFLOW_TRACKING_URI says where it keeps them.

A job becomes a run of the experiment ``genbench``: its hyperparameters and names as parameters and tags, and its values as
metrics. Without the variable nothing is sent, so that having MLflow installed changes nothing by itself.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from typing import Any

from genbench import hookimpl

WHERE = "MLFLOW_TRACKING_URI"
EXPERIMENT = "genbench"
TAGS = ("model", "dataset", "plugin", "distribution", "version", "device", "data_fingerprint", "key")
LONGEST = 250
"""Characters of a metric's name that MLflow takes."""


@hookimpl
def genbench_job_finished(job: dict[str, Any], result: dict[str, Any]) -> None:
    if not os.environ.get(WHERE) or find_spec("mlflow") is None:
        return
    import mlflow

    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=f"{job['model']} on {job['dataset']}"):
        mlflow.set_tags({name: str(job[name]) for name in TAGS} | {"status": result["status"]})
        mlflow.log_params(job["hyperparameters"])
        for row in (row for rows in result["measurements"].values() for row in rows):
            if row["value"] is not None:
                mlflow.log_metric(metric_name(row), row["value"], step=row["examples"] or 0)


def metric_name(row: dict[str, Any]) -> str:
    """The row's metric, estimator and n, of the characters that MLflow allows in names."""
    n = "" if row["n"] is None else f" n={row['n']}"
    return re.sub(r"[^\w\-. /:]+", "_", f"{row['metric']} {row['estimator']}{n}")[:LONGEST]
