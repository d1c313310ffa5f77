"""The plan: which model meets which data set under which evaluations, and why the others do not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from genbench.data.spec import DataSpec
from genbench.errors import DataError, GenbenchError
from genbench.execution.job import WORKER, DatasetRef, EvaluationRef, Job, ModelRef, Skipped
from genbench.execution.pool import WorkerPool
from genbench.execution.selection import Selection
from genbench.execution.survey import DatasetCard, ModelCard
from genbench.execution.task import Outcome, Task, TaskDied
from genbench.execution.validated import validated_datasets, validated_models
from genbench.identity.code import code_hash
from genbench.identity.libraries import numeric_versions
from genbench.protocol import Protocol
from genbench.records import EvaluationSpec

CLASSIFIES = "predict_log_proba"


@dataclass(frozen=True)
class Plan:
    """The jobs, in order; pairs and evaluations left out; data sets that could not be loaded; the machine."""

    jobs: tuple[Job, ...]
    left_out: tuple[Skipped, ...]
    broken_data: tuple[Skipped, ...]
    machine: dict[str, Any]
    datasets: dict[str, DatasetCard] = field(default_factory=dict)


def make_plan(pool: WorkerPool, selection: Selection, protocol: Protocol, device: str) -> Plan:
    """Look at every data set and model in workers, then pair them.

    Raises :class:`GenbenchError` for what the user can mend: a hyperparameter that is not allowed, a data set that was
    named and is damaged, a device that is not there.
    """
    seconds, memory = protocol.limits.seconds, protocol.limits.memory_bytes
    machine_future = pool.schedule(Task("genbench.execution.survey:survey_machine", (device,)))
    data_futures = [
        pool.schedule(Task("genbench.execution.survey:survey_dataset", (dataset,), dataset, seconds, memory))
        for dataset in selection.datasets
    ]
    machine = machine_future.result().message()
    loaded: list[tuple[DatasetRef, DatasetCard]] = []
    broken: list[Skipped] = []
    for dataset, future in zip(selection.datasets, data_futures, strict=True):
        card = _dataset_card(dataset, future, selection.datasets_named)
        if isinstance(card, DatasetCard):
            loaded.append((dataset, card))
        else:
            broken.append(Skipped(model="", dataset=dataset.label, plugin="", what="", reason=card))
    datasets = validated_datasets(loaded)
    cards = {dataset.label: card for dataset, card in datasets}
    model_cards = _model_cards(pool, selection.models, {label: card.spec for label, card in cards.items()}, seconds)
    models = validated_models(list(zip(selection.models, model_cards, strict=True)))

    jobs: list[Job] = []
    left_out = [*selection.not_at_hand, *_without_files(selection, cards.values())]
    for dataset, data_card in datasets:
        for model, model_card in models:
            job, skipped = _pair(model, model_card, dataset, data_card, selection, protocol, machine["device"])
            left_out.extend(skipped)
            jobs.extend([job] if job else [])
    return Plan(tuple(jobs), tuple(left_out), tuple(broken), machine, cards)


def _without_files(selection: Selection, cards: Collection[DatasetCard]) -> Iterator[Skipped]:
    """The evaluations that would have their say on one of the data sets, but lack a file."""
    for spec in selection.evaluations_without_files:
        if any(card.has.issuperset(spec.data_needs) for card in cards):
            reason = f"needs {spec.files[0]} in a data folder; name the folder with --data-dir"
            yield Skipped(model="", dataset="", plugin="", what=spec.name, reason=reason)


def _dataset_card(dataset: DatasetRef, future: Future[Outcome], named: bool) -> DatasetCard | str:
    try:
        return DatasetCard.model_validate(future.result().message())
    except GenbenchError as error:
        if named:
            raise
        return str(error)
    except TaskDied as death:
        reason = f"data set {dataset.label!r}: {death} while it was loaded"
    except Exception as error:
        reason = f"data set {dataset.label!r} cannot be loaded: {error}"
    if named:
        raise DataError(reason)
    return reason


def _model_cards(
    pool: WorkerPool, models: Sequence[ModelRef], data: dict[str, DataSpec], seconds: float
) -> list[ModelCard]:
    target = "genbench.execution.survey:survey_model"
    futures = [pool.schedule(Task(target, (model, data), seconds=seconds)) for model in models]
    return [_model_card(future) for future in futures]


def _model_card(future: Future[Outcome]) -> ModelCard:
    try:
        return ModelCard.model_validate(future.result().message())
    except TaskDied as death:
        return ModelCard(error=f"{death} while it was imported")


def _pair(
    model: ModelRef,
    model_card: ModelCard,
    dataset: DatasetRef,
    data_card: DatasetCard,
    selection: Selection,
    protocol: Protocol,
    device: str,
) -> tuple[Job | None, list[Skipped]]:
    def skipped(what: str, reason: str) -> Skipped:
        return Skipped(model=model.label, dataset=dataset.label, plugin=model.plugin, what=what, reason=reason)

    if dataset.label in model_card.refusals:
        return None, [skipped("", model_card.refusals[dataset.label])]
    classifies = CLASSIFIES in model_card.capabilities or model_card.error
    if dataset.label in protocol.classifier_datasets and not selection.datasets_named and not classifies:
        reason = f"protocol {protocol.name} runs only classifiers on {dataset.label}, unless it is named with -d"
        return None, [skipped("", reason)]
    chosen: list[EvaluationRef] = []
    lacks: dict[EvaluationSpec, str] = {}
    for evaluation in selection.evaluations if not model_card.error else ():
        own_fit = evaluation.spec.of_shared_loop and not model_card.shared_loop
        if own_fit or not data_card.has.issuperset(evaluation.spec.data_needs):
            continue  # says nothing about the model
        lacking = [need for need in evaluation.spec.needs if need not in model_card.capabilities]
        if lacking:
            lacks[evaluation.spec] = f"has no {' nor '.join(lacking)}"
        else:
            chosen.append(evaluation)
    job = Job(
        model=model,
        dataset=dataset,
        fingerprint=data_card.fingerprint,
        evaluations=tuple(chosen),
        protocol=protocol,
        device=device,
        core_code=code_hash(WORKER),
        versions=numeric_versions(),
        model_error=model_card.error,
    )
    told = worth_telling([evaluation.spec for evaluation in chosen], list(lacks))
    return job, [skipped(spec.name, lacks[spec]) for spec in told]


def worth_telling(chosen: Sequence[EvaluationSpec], lacking: Sequence[EvaluationSpec]) -> list[EvaluationSpec]:
    """The lacking evaluations without those that stand in for another or are stood in for, see ``instead_of``."""
    considered = {spec.name for spec in (*chosen, *lacking)}
    replaced = {spec.instead_of for spec in chosen}
    return [spec for spec in lacking if spec.name not in replaced and spec.instead_of not in considered]
