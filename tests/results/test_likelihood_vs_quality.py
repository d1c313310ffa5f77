"""Rankings by likelihood and by quality, from tables made by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from genbench.measurement import COLUMNS, Measurement
from genbench.results.likelihood_vs_quality import ALL_MODELS, likelihood_vs_quality

FD = "fd[pixels]"


def row(model: str, metric: str, estimator: str, value: float, better: str = "lower", **others: Any) -> dict[str, Any]:
    names = {"dataset": "digits", "model": model, "plugin": "p", "n": 100, **others}
    return Measurement(metric, estimator, value, "", better, **names).as_row()  # type: ignore[arg-type]


def tables(nll: dict[str, float], distance: dict[str, float], **more: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    rows = {
        "likelihood": [row(model, "nll", "exact", value) for model, value in nll.items()],
        "sample_quality": [row(model, "frechet_distance", FD, value) for model, value in distance.items()],
    }
    for name, extra in more.items():
        rows.setdefault(name, []).extend(extra)
    return {name: pd.DataFrame(found, columns=list(COLUMNS)) for name, found in rows.items()}


def joined(*arguments: Any) -> pd.DataFrame:
    rows = likelihood_vs_quality(tables(*arguments))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def values(frame: pd.DataFrame, metric: str, estimator: str = "exact") -> dict[str, float]:
    found = frame[(frame["metric"] == metric) & (frame["estimator"] == estimator)]
    return dict(zip(found["model"], found["value"], strict=True))


NLL = {"a": 1.0, "b": 2.0, "c": 3.0, "one_percent": 1.5, "memoriser": 99.0, "no samples": 0.0}
DISTANCE = {"a": 1.0, "b": 2.0, "c": 3.0, "one_percent": 50.0, "memoriser": 0.1, "gan": 0.2}


def test_one_line_of_values_and_ranks_a_model_that_has_both() -> None:
    frame = joined(NLL, DISTANCE)
    assert list(frame["model"].unique()) == ["a", "b", "c", "one_percent", "memoriser", ALL_MODELS]
    assert values(frame, "nll") == {name: NLL[name] for name in ("a", "b", "c", "one_percent", "memoriser")}
    assert values(frame, "frechet_distance", FD) == {name: DISTANCE[name] for name in values(frame, "nll")}
    assert values(frame, "likelihood_rank") == {"a": 1, "one_percent": 2, "b": 3, "c": 4, "memoriser": 5}
    assert values(frame, "quality_rank") == {"memoriser": 1, "a": 2, "b": 3, "c": 4, "one_percent": 5}


def test_the_correlation_and_its_interval() -> None:
    frame = joined(NLL, DISTANCE)
    last = frame.iloc[-1]
    squares = (1 - 2) ** 2 + (2 - 5) ** 2 + 0 + 0 + (5 - 1) ** 2
    expected = 1 - 6 * squares / (5 * 24)
    assert (last["model"], last["metric"], last["n"]) == (ALL_MODELS, "rank_correlation", 5)
    assert last["estimator"] == "spearman[exact,fd[pixels]]"
    assert last["value"] == pytest.approx(expected)
    width = 1.959964 * math.sqrt((1 + expected**2 / 2) / 2)
    assert math.atanh(last["ci_high"]) - math.atanh(last["ci_low"]) == pytest.approx(2 * width)


def test_estimators_are_never_ranked_together_and_higher_may_be_better() -> None:
    bounds = [row(model, "nll", "bound[elbo]", value) for model, value in (("vae", 0.5), ("iwae", 0.4))]
    parzen = [
        row(model, "parzen_log_density", "parzen[samples]", value, "higher")
        for model, value in (("a", 10.0), ("gan", 30.0), ("vae", 20.0))
    ]
    control = row("gan", "parzen_log_density", "parzen[k-means]", 40.0, "")
    distances = {**DISTANCE, "vae": 5.0, "iwae": 6.0}
    found = tables(NLL, distances, parzen=[*parzen, control])
    found["likelihood"] = pd.concat([found["likelihood"], pd.DataFrame(bounds)], ignore_index=True)
    frame = pd.DataFrame(likelihood_vs_quality(found))
    assert values(frame, "likelihood_rank", "bound[elbo]") == {"iwae": 1, "vae": 2}
    assert values(frame, "quality_rank", "bound[elbo]") == {"vae": 1, "iwae": 2}
    assert values(frame, "likelihood_rank", "parzen[samples]") == {"gan": 1, "vae": 2, "a": 3}
    assert "parzen[k-means]" not in set(frame["estimator"])
    assert len(frame[(frame["metric"] == "frechet_distance") & (frame["model"] == "vae")]) == 1
    assert list(frame[frame["metric"] == "rank_correlation"]["estimator"]) == ["spearman[exact,fd[pixels]]"]


def test_the_same_ranking_twice_has_a_correlation_of_one_and_no_interval() -> None:
    same = {name: float(value) for value, name in enumerate("abcd")}
    frame = joined(same, same)
    assert frame.iloc[-1]["value"] == pytest.approx(1)
    assert pd.isna(frame.iloc[-1]["ci_low"])


def test_no_table_without_models_that_have_both() -> None:
    assert likelihood_vs_quality(tables({"a": 1.0}, {"b": 1.0})) == []
    assert likelihood_vs_quality({"likelihood": tables(NLL, DISTANCE)["likelihood"]}) == []
