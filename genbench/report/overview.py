"""What ran, on what, how long, and what failed and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from genbench.report.payload import label
from genbench.results.loading import Run
from genbench.results.tables import FAILURES, jobs_of
from genbench.text import plain

SHOWN_FAILURES = 100
NOT_RUN = "not run yet"


@dataclass(frozen=True)
class Outcome:
    """What became of a model on a data set: a ``mark`` (ok, failed, skipped, or nothing), and more in words."""

    mark: str = ""
    words: str = ""


@dataclass(frozen=True)
class Overview:
    """``facts`` are (name, value); ``coverage`` has a line a model: (name, whether a control, an outcome a data set)."""

    facts: list[tuple[str, str]]
    counts: dict[str, int]
    datasets: list[dict[str, str]]
    coverage: list[tuple[str, bool, list[Outcome]]]
    failures: list[dict[str, str]]
    more_failures: int
    knows_controls: bool


def overview_of(run: Run) -> Overview:
    outcomes = _outcomes(run)
    failed = run.rows[(run.rows["table"] == FAILURES) & ~run.rows["status"].isin(["skipped", "ok"])]
    names = ["model", "dataset", "metric", "status", "reason"]
    shown = [dict(zip(names, map(plain, row), strict=True)) for row in failed[names].head(SHOWN_FAILURES).to_numpy()]
    counts = Counter(outcome.mark for outcome in outcomes.values())
    datasets = list(dict.fromkeys(dataset for _, dataset in outcomes))
    controls = frozenset(run.rows.loc[run.rows["control"], "model"])
    models = sorted({model for model, _ in outcomes}, key=lambda model: (model in controls, model))
    coverage = [
        (label(model), model in controls, [outcomes.get((model, dataset), Outcome()) for dataset in datasets])
        for model in models
    ]
    return Overview(
        _facts(run.record),
        {mark: counts[mark] for mark in ("ok", "failed", "skipped") if counts[mark]},
        [_dataset(dataset, run.record) for dataset in datasets],
        coverage,
        shown,
        len(failed) - len(shown),
        run.knows_controls,
    )


def _facts(record: dict[str, Any]) -> list[tuple[str, str]]:
    protocol, hardware, git = (record.get(name) or {} for name in ("protocol", "hardware", "git"))
    training = protocol.get("training") or {}
    commit = f"{git['commit'][:10]}{'' if git.get('clean') else ' with changes'}" if git.get("commit") else ""
    sizes = [
        _seeds(protocol),
        f"{training['examples_seen']} training examples seen" if "examples_seen" in training else "",
    ]
    memory = f"{hardware['memory_gb']} GiB of memory" if "memory_gb" in hardware else ""
    cores = f"{hardware['cores']} cores" if "cores" in hardware else ""
    found = {
        "command": " ".join(map(str, record.get("command") or ())),
        "protocol": _joined(protocol.get("name"), *sizes),
        "started": record.get("started"),
        "took": _duration(record.get("started"), record.get("finished")),
        "machine": _joined(hardware.get("device"), hardware.get("processor"), cores, memory, *hardware.get("gpus", ())),
        "versions": _joined(*(f"{name} {number}" for name, number in (record.get("versions") or {}).items())),
        "commit": commit,
    }
    return [(name, plain(value)) for name, value in found.items() if value]


def _seeds(protocol: dict[str, Any]) -> str:
    first = protocol.get("first_seed", 0)
    return f"{protocol['seeds']} seeds{f' from {first} on' if first else ''}" if "seeds" in protocol else ""


def _joined(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part)


def _duration(started: str | None, finished: str | None) -> str:
    if not started:
        return ""
    if not finished:
        return "not finished"
    seconds = round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{f'{hours} h ' if hours else ''}{f'{minutes} min ' if seconds >= 60 else ''}{seconds % 60} s"


def _dataset(dataset: str, record: dict[str, Any]) -> dict[str, str]:
    """What run.json says of the data set; its name alone where it says nothing."""
    known = record.get("datasets", {}).get(dataset, {})
    shape = " × ".join(map(str, known.get("shape", ())))
    sizes = " / ".join(str(known[split]) for split in ("train", "validation", "test") if split in known)
    texts = {"name": dataset, "shape": shape, "support": known.get("support", ""), "examples": sizes}
    return {name: label(text) for name, text in texts.items()} | {
        "classes": str(known.get("classes") or ""),
        "notes": plain("; ".join((*known.get("warnings", ()), *known.get("notes", ())))),
    }


def _outcomes(run: Run) -> dict[tuple[str, str], Outcome]:
    """By (model, data set): failed if anything of it failed, with the first reason; ok if it has a value."""
    found: dict[tuple[str, str], Outcome] = {}
    rows = run.of_models()
    seconds = {(job["model"], job["dataset"]): job.get("seconds") for job in jobs_of(run.folder)} if run.record else {}
    by = ["model", "dataset"]
    reasons = rows[rows["reason"] != ""].drop_duplicates(by).set_index(by)["reason"]
    kind = rows["status"].map({"ok": "ok", "skipped": "skipped"}).fillna("failed")
    worst = pd.Series(kind.map({"skipped": 0, "ok": 1, "failed": 2}), index=rows.index).groupby([rows[k] for k in by])
    for model, dataset, place in worst.max().rename("place").reset_index().itertuples(index=False):
        pair = (str(model), str(dataset))
        mark = ("skipped", "ok", "failed")[place]
        took = seconds.get(pair)
        words = f"{took:.1f} s" if mark == "ok" and took is not None else ""
        found[pair] = Outcome(mark, plain(reasons.get(pair, "")) if mark != "ok" else words)
    return found
