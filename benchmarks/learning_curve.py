"""Learning curves of naive Bayes and logistic regression over many random splits: fitted side by side by genbench, and by a
loop of scikit-learn estimators on the same subsets, spread over all cores by joblib.

Both sides standardise by each subset, fit, and take error and log loss on the split's test examples. The loop uses
scikit-learn's defaults (GaussianNB; LogisticRegression with L-BFGS). The largest difference of a mean error between the
two is printed: naive Bayes is the same model but for a class of a single example, which takes shared variances here and
none but a smoothing of 1e-9 in scikit-learn; logistic regression is one up to the convergence of L-BFGS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import time
import warnings
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from genbench.data.catalogue import load_dataset
from genbench.data.source import DataSource
from genbench.execution.loading import load_model_class
from genbench.plugins import load_plugins
from genbench.study.curves import measure
from genbench.study.pools import Pool, pool_of

HYPERPARAMETERS: dict[str, dict[str, float]] = {"naive_bayes": {"variance_smoothing": 1e-9}, "logistic_regression": {}}
"""scikit-learn's defaults."""
DATASETS = ("iris", "wine", "breast_cancer", "digits", "gaussians", "correlated", "two_moons")


def loop_of_estimators(pool: Pool, model: str, cores: int) -> np.ndarray:
    """Error and log loss (splits, sizes, 2)."""
    x, y = pool.examples.x.reshape(len(pool.examples), -1).astype(np.float64), pool.examples.y

    def one_split(order: np.ndarray) -> np.ndarray:
        with threadpool_limits(1), warnings.catch_warnings(action="ignore"):
            test = order[-pool.tested :]
            rows = []
            for size in pool.sizes:
                estimator = GaussianNB() if model == "naive_bayes" else LogisticRegression(max_iter=10_000)
                if model != "naive_bayes" and pool.data.support == "real":
                    estimator = make_pipeline(StandardScaler(), estimator)
                estimator.fit(x[order[:size]], y[order[:size]])
                proba = estimator.predict_proba(x[test])
                wrong = estimator.classes_[proba.argmax(axis=1)] != y[test]
                rows.append([wrong.mean(), log_loss(y[test], proba, labels=estimator.classes_)])
            return np.array(rows)

    return np.array(Parallel(n_jobs=cores)(delayed(one_split)(order) for order in pool.orders))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=1000)
    parser.add_argument("--sizes", type=int, default=12)
    parser.add_argument("--datasets", nargs="+", default=DATASETS)
    parser.add_argument("--device", default="cpu", help="of the fits side by side")
    options = parser.parse_args()

    registry, cores = load_plugins(), len(os.sched_getaffinity(0))
    Parallel(n_jobs=cores)(delayed(np.zeros)(1) for _ in range(cores))  # the loop's processes are started beforehand
    totals: dict[str, dict[str, float]] = {
        name: {"many": 0.0, "loop": 0.0} for name in ("naive_bayes", "logistic_regression")
    }
    print("data set, model: side by side, loop, ratio, largest difference of a mean error")
    for name in options.datasets:
        dataset = load_dataset(registry.datasets[name].spec, DataSource(), {})
        pool = pool_of(dataset, options.splits, options.sizes)
        pool = replace(pool, data=replace(pool.data, levels=None))  # no noise on the pixels, as in the loop
        for model, total in totals.items():
            model_class = load_model_class(registry.models[model].spec.target)
            started = time.perf_counter()
            many = measure(model_class, pool, options.device, **HYPERPARAMETERS[model])
            between = time.perf_counter()
            loop = loop_of_estimators(pool, model, cores)
            seconds = between - started, time.perf_counter() - between
            total["many"] += seconds[0]
            total["loop"] += seconds[1]
            difference = np.abs(many[:, :, 0].mean(axis=0) - loop[:, :, 0].mean(axis=0)).max()
            ratio = seconds[1] / seconds[0]
            print(f"{name}, {model}: {seconds[0]:.2f} s, {seconds[1]:.1f} s, {ratio:.1f}, {difference:.2g}", flush=True)
    many_seconds, loop_seconds = (sum(total[side] for total in totals.values()) for side in ("many", "loop"))
    ratio = loop_seconds / many_seconds
    print(f"together {many_seconds:.1f} s side by side, {loop_seconds:.0f} s in a loop: {ratio:.1f} times as fast")
    ratios = {
        f"loop_over_side_by_side_{model}": round(total["loop"] / total["many"], 1) for model, total in totals.items()
    }
    ratios["loop_over_side_by_side"] = round(ratio, 1)
    peak_mb = {"side_by_side": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}
    machine = f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, {options.device}"
    print(json.dumps({"benchmark": "learning_curve", "ratios": ratios, "peak_mb": peak_mb, "machine": machine}))


if __name__ == "__main__":
    main()
