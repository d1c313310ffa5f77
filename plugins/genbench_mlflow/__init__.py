"""Sends the results of finished jobs to MLflow, where MLflow is installed and MLFLOW_TRACKING_URI says where it keeps them.

A job becomes a run of the experiment ``genbench`` (or of MLFLOW_EXPERIMENT_NAME): its hyperparameters as parameters, what
names it as tags, and its values as metrics, whose steps are training examples. Without the variable nothing is sent, so that
having MLflow installed changes nothing by itself.
"""

from __future__ import annotations

import os
import re
import time
from importlib.util import find_spec
from typing import Any

from genbench import hookimpl

WHERE = "MLFLOW_TRACKING_URI"
TAGS = ("model", "dataset", "plugin", "distribution", "version", "seeds", "device", "data_fingerprint", "key")
LONGEST = 250
"""Characters of a metric's name that MLflow takes."""
BATCH = 1000
"""Metrics that MLflow takes at once."""


@hookimpl
def genbench_job_finished(job: dict[str, Any], result: dict[str, Any]) -> None:
    if not os.environ.get(WHERE) or find_spec("mlflow") is None:
        return
    from mlflow import MlflowClient, set_experiment
    from mlflow.entities import Metric, Param

    client, now = MlflowClient(), int(time.time() * 1000)
    experiment = set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME", "genbench")).experiment_id
    run = client.create_run(
        experiment,
        start_time=now - int(1000 * (result["seconds"] or 0)),
        tags={name: str(job[name]) for name in TAGS} | {"status": result["status"]},
        run_name=f"{job['model']} on {job['dataset']}",
    ).info.run_id
    client.log_batch(run, params=[Param(name, str(value)) for name, value in job["hyperparameters"].items()])
    metrics = [Metric(name, value, now, step) for (name, step), value in values(result).items()]
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run, metrics=metrics[start : start + BATCH])
    client.set_terminated(run, "FINISHED" if result["status"] == "ok" else "FAILED", now)


def values(result: dict[str, Any]) -> dict[tuple[str, int], float]:
    """The values of a job by name and step."""
    return {
        (metric_name(table, row), row["examples"] or 0): row["value"]
        for table, rows in result["measurements"].items()
        for row in rows
        if row["value"] is not None
    }


def metric_name(table: str, row: dict[str, Any]) -> str:
    """Table, metric, estimator and n of the row, of the characters that MLflow allows in names; it groups by the first."""
    n = "" if row["n"] is None else f" n={row['n']}"
    return re.sub(r"[^\w\-. /:]+", "_", f"{table}/{row['metric']} {row['estimator']}{n}")[:LONGEST]
