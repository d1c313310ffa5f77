"""The typed, frozen records that a plugin's hooks yield.

They name code by string (``target="package.module:attribute"``), so that listing what is installed imports none of it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from genbench.capabilities import CAPABILITIES
from genbench.errors import did_you_mean
from genbench.text import HIDDEN, check_name

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Target = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
VISIBLE = f"^[^{HIDDEN}]*$"
Summary = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=VISIBLE)]

Source = Annotated[str, StringConstraints(max_length=500, pattern=VISIBLE)]

DERIVED_TABLES = ("failures", "likelihood_vs_quality", "crossings", "paired_tests")
"""Tables that are made of other tables and of jobs when a run ends; no evaluation fills them."""


def _metric(name: str) -> str:
    check_name("metric", name)
    return name


class Record(BaseModel):
    """A frozen record; an unknown field or a value of the wrong type is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSpec(Record):
    """One model.

    ``target`` names a subclass of :class:`genbench.Model`. ``source`` is the paper or book it comes from.
    ``control`` marks a baseline that stands under every table and never competes; ``flaw`` says in a few words what is
    wrong with it, however good its numbers, and stands beside them.
    """

    name: Name
    target: Target
    summary: Summary
    source: Source = ""
    control: bool = False
    flaw: Annotated[str, StringConstraints(max_length=200, pattern=VISIBLE)] = ""


class DatasetSpec(Record):
    """One data set.

    ``target`` names a function ``load(source: DataSource, **options) -> Dataset``, whose keyword-only arguments are the
    data set's options. ``files`` are the paths, inside a data folder, that it needs; a data set without any is bundled.
    ``fetchable`` tells that ``genbench data fetch`` knows where to get them.
    """

    name: Name
    target: Target
    summary: Summary
    source: Source = ""
    files: tuple[str, ...] = ()
    fetchable: bool = False


class EvaluationSpec(Record):
    """One evaluation; its measurements fill the table ``tables/<table>.csv``.

    ``target`` names a function ``evaluate(context: EvaluationContext) -> Iterable[Measurement]``. ``needs`` are the
    capabilities that a model must have; ``data_needs`` what the data must have (``"classes"``, ``"modes"``, ``"truth"``,
    ``"images"``; ``"numbers"``: every feature is a number, of ``real`` or ``unit`` support).
    ``files`` are paths, inside a data folder, of what else it needs, such as a network's parameters; the evaluation finds
    them in ``context.files``. ``metrics`` are the headline metrics, for each of which a failed evaluation leaves a row.
    ``instead_of`` names an evaluation that this one stands in for where a model lacks what that one needs: where one of the
    two runs, nothing is said of the other, and where neither does, the other's reason is enough.
    ``of_shared_loop`` says that it looks at what the shared training loop leaves, such as milestones; models with a fit of
    their own are then left out without a word.
    An evaluation gets the training split only if it says so with ``sees_training_data``.
    """

    name: Name
    target: Target
    summary: Summary
    table: Name
    metrics: tuple[Annotated[str, AfterValidator(_metric)], ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    data_needs: tuple[Literal["classes", "modes", "truth", "numbers", "images"], ...] = ()
    files: tuple[str, ...] = ()
    instead_of: str = ""
    of_shared_loop: bool = False
    sees_training_data: bool = False

    @field_validator("needs")
    @classmethod
    def _capabilities(cls, needs: tuple[str, ...]) -> tuple[str, ...]:
        for need in needs:
            if need not in CAPABILITIES:
                raise ValueError(f"there is no capability {need!r}{did_you_mean(need, CAPABILITIES)}")
        return needs

    @field_validator("table")
    @classmethod
    def _not_reserved(cls, table: str) -> str:
        if table in DERIVED_TABLES:
            raise ValueError(f"the table {table!r} is the harness's own; choose another name")
        return table
