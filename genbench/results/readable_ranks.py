"""Rankings as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from genbench.results.ranking import Scores, critical_differences, friedman, smallest_wilcoxon, win_rates
from genbench.results.significance import LEVEL

SHOWN_REFUSALS = 10


def ranks_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of :func:`genbench.results.rank`, short."""
    return pd.DataFrame(
        {
            "table": frame["table"],
            "metric": frame["metric"] + " (" + frame["estimator"] + ")",
            "model": frame["model"],
            "average rank": [f"{value:.2f}" for value in frame["average_rank"]],
            "first on": [f"{first} of {of}" for first, of in zip(frame["first_on"], frame["datasets"], strict=True)],
        }
    )


def first_of_each_table(found: Sequence[Scores]) -> list[Scores]:
    """Enough for a first look."""
    by_table: dict[str, Scores] = {}
    for scores in found:
        by_table.setdefault(scores.table, scores)
    return list(by_table.values())


def rank_notes(found: Sequence[Scores], refused: Sequence[str], post_hoc: str) -> list[str]:
    """What the ranks are worth, and what was not ranked and why."""
    notes = [_worth(scores, post_hoc) for scores in found] if len(found) == 1 else []
    if not found and not refused:
        notes.append("nothing to rank: no metric with a better direction has two models")
    notes += [f"not ranked: {reason}" for reason in refused[:SHOWN_REFUSALS]]
    if len(refused) > SHOWN_REFUSALS:
        notes.append(f"... and {len(refused) - SHOWN_REFUSALS} more; name one with --metric to see why")
    return notes


def pair_frames(scores: Scores, post_hoc: str) -> list[tuple[str, pd.DataFrame]]:
    """Win rates and p of the pairs, as text under their titles; models in the order of their ranks."""
    order = list(scores.ranks.mean().sort_values(kind="stable").index)
    wins, p = win_rates(scores), critical_differences(scores, post_hoc)
    name = "Nemenyi's test of the ranks" if post_hoc == "nemenyi" else "Wilcoxon's test with Holm's correction"
    return [
        ("share of the data sets on which the row's model is better than the column's", _matrix(wins, order, ".2f")),
        (f"p by {name}", _matrix(p, order, ".3f")),
    ]


def _worth(scores: Scores, post_hoc: str) -> str:
    count, p = len(scores.values), friedman(scores)
    text = f"{scores.described} on {count} data sets ({', '.join(map(str, scores.values.index))})"
    if not math.isnan(p):
        found = "the models do not all rank alike" if p <= LEVEL else "chance may account for these ranks"
        text += f"; Friedman's test: p = {p:.3g}, {found}"
    if post_hoc == "wilcoxon" and smallest_wilcoxon(count) > LEVEL:
        text += f"; on so few data sets Wilcoxon's test has no p below {smallest_wilcoxon(count):.3g}"
    return text


def _matrix(frame: pd.DataFrame, order: list[str], digits: str) -> pd.DataFrame:
    """Models down and across, nothing on the diagonal."""
    texts = {
        model: ["" if other == model else format(frame.loc[other, model], digits) for other in order] for model in order
    }
    return pd.DataFrame({"": order, **texts})
