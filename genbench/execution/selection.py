"""From what a user typed (``-m vae:latent=8``, ``-d digits``, ``-d my/file.csv:target=price``) to models and data sets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genbench.data.files.kinds import (
    distinct_labels,
    label_file,
    label_of,
    names_a_file,
    path_text,
    printable,
    safe_name,
    stem,
    whole_path,
)
from genbench.data.source import DataSource
from genbench.errors import DataError, GenbenchError, UnknownNameError
from genbench.execution.job import DatasetRef, EvaluationRef, ModelRef, Skipped
from genbench.plugins import Registry
from genbench.protocol import Protocol
from genbench.records import EvaluationSpec
from genbench.signature import parse_assignments
from genbench.targets import code_hash
from genbench.text import plain

NAME_AND_OPTIONS = re.compile(r"^(?P<name>.+?)(?::(?P<options>\w+=.*))?$", re.DOTALL)
FILE_LOADER = "genbench.data.files.load:load_user_file"
LONGEST_SHOWN = 100
"""Characters of a file's name in what a data set is said to be."""


@dataclass(frozen=True)
class Selection:
    """The models, data sets and evaluations of a run, and what of ``--all`` is not at hand."""

    models: tuple[ModelRef, ...]
    datasets: tuple[DatasetRef, ...]
    evaluations: tuple[EvaluationRef, ...]
    evaluations_without_files: tuple[EvaluationSpec, ...]
    not_at_hand: tuple[Skipped, ...]
    datasets_named: bool
    """Whether the user named the data sets one by one, so that a damaged one is the user's to mend."""


def select(
    registry: Registry, protocol: Protocol, source: DataSource, models: Sequence[str], datasets: Sequence[str]
) -> Selection:
    """Every model where ``models`` is empty; the protocol's data sets that are at hand where ``datasets`` is."""
    chosen_models = [_model(registry, text) for text in (models or registry.models)]
    missing: list[Skipped] = []
    if datasets:
        chosen_datasets = _told_apart([dataset_ref(registry, source, text) for text in datasets])
    else:
        chosen_datasets, missing = _datasets_of(protocol, registry, source)
    _refuse_repeated("model", [model.label for model in chosen_models])
    _refuse_repeated("data set", [dataset.label for dataset in chosen_datasets])
    evaluations = tuple(
        EvaluationRef(
            spec=one.spec,
            plugin=one.plugin.name,
            version=one.plugin.version,
            code=code_hash(one.spec.target),
            files={file: source.path(file) for file in one.spec.files},
        )
        for one in registry.evaluations.values()
        if source.has(*one.spec.files)
    )
    lacking = tuple(one.spec for one in registry.evaluations.values() if not source.has(*one.spec.files))
    return Selection(tuple(chosen_models), tuple(chosen_datasets), evaluations, lacking, tuple(missing), bool(datasets))


def _model(registry: Registry, text: str) -> ModelRef:
    name, options = parsed(text)
    if name not in registry.models:
        raise _unknown("model", name, registry.models)
    provided = registry.models[name]
    return ModelRef(
        name=name,
        label=_label(name, options),
        target=provided.spec.target,
        plugin=provided.plugin.name,
        distribution=provided.plugin.distribution,
        version=provided.plugin.version,
        code=code_hash(provided.spec.target),
        control=provided.spec.control,
        flaw=provided.spec.flaw,
        hyperparameters=options,
    )


def dataset_ref(registry: Registry, source: DataSource, text: str) -> DatasetRef:
    """The data set, or the user's file, that ``NAME[:key=value,...]`` names; raises :class:`GenbenchError` if there is none,
    or its files are not at hand."""
    name, options = parsed(text)
    if name in registry.datasets:
        spec = registry.datasets[name].spec
        if not source.has(*spec.files):
            raise DataError(_how_to_get(name, spec.fetchable, spec.files))
        return DatasetRef(
            name=name,
            label=_label(name, options),
            target=spec.target,
            summary=spec.summary,
            code=code_hash(spec.target),
            folders=source.folders,
            files=tuple(source.path(file) for file in spec.files),
            options=options,
        )
    if names_a_file(name):
        return _user_file(Path(name), options)
    raise _unknown("data set", name, registry.datasets)


def _user_file(path: Path, options: dict[str, Any]) -> DatasetRef:
    if not path.exists():
        raise DataError(f"the file {printable(str(path))!r} does not exist")
    whole = whole_path(path)
    beside = label_file(whole)
    return DatasetRef(
        name=safe_name(whole),
        label=_label(label_of(stem(whole)), options),
        target=FILE_LOADER,
        summary=f"the {'folder' if path.is_dir() else 'file'} {plain(printable(whole.name), LONGEST_SHOWN)}",
        code=code_hash(FILE_LOADER),
        files=(whole, beside) if beside else (whole,),
        options={"path": path_text(whole), **options},
    )


def _told_apart(datasets: list[DatasetRef]) -> list[DatasetRef]:
    """Return the data sets with other labels for files that would be called as another file or data set is."""
    paths = list(dict.fromkeys(one.files[0] for one in datasets if one.target == FILE_LOADER))
    taken = [one.name for one in datasets if one.target != FILE_LOADER]
    labels = dict(zip(paths, distinct_labels(paths, taken), strict=True))
    return [
        one.model_copy(update={"label": labels[one.files[0]] + one.label[len(label_of(stem(one.files[0]))) :]})
        if one.target == FILE_LOADER
        else one
        for one in datasets
    ]


def _datasets_of(protocol: Protocol, registry: Registry, source: DataSource) -> tuple[list[DatasetRef], list[Skipped]]:
    chosen, missing = [], []
    for name in protocol.datasets or registry.datasets:
        if name not in registry.datasets:
            raise UnknownNameError("data set", name, registry.datasets)
        spec = registry.datasets[name].spec
        if source.has(*spec.files):
            chosen.append(dataset_ref(registry, source, name))
        else:
            reason = _how_to_get(name, spec.fetchable, spec.files)
            missing.append(Skipped(model="", dataset=name, plugin="", what="", reason=reason))
    return chosen, missing


def _how_to_get(name: str, fetchable: bool, files: tuple[str, ...]) -> str:
    fetch = f" or get it with: genbench data fetch {name}" if fetchable else ""
    return f"data set {name!r} needs {files[0]} in a data folder; name the folder with --data-dir{fetch}"


def parsed(text: str) -> tuple[str, dict[str, str]]:
    """The name and the options of ``NAME[:key=value,...]``; a file's name may hold colons, too."""
    for colon in (match.start() for match in re.finditer(":|$", text)):
        if ":" in text[:colon] and Path(text[:colon]).exists():
            return text[:colon], parse_assignments(text[colon + 1 :]) if text[colon + 1 :] else {}
    match = NAME_AND_OPTIONS.match(text)
    if match is None:
        raise GenbenchError("an empty name was given; expected NAME or NAME:key=value,...")
    return match["name"], parse_assignments(match["options"]) if match["options"] else {}


def _unknown(kind: str, name: str, known: Collection[str]) -> GenbenchError:
    """Of a name that nothing answers to, or of a known one with options that are none."""
    before, colon, rest = name.partition(":")
    if colon and before in known:
        return GenbenchError(
            f"{kind} {before!r}: {rest!r} is not of the form key=value; expected {before}:key=value,..."
        )
    return UnknownNameError(kind, name, known)


def _label(name: str, options: dict[str, Any]) -> str:
    return name + (":" + ",".join(f"{key}={value}" for key, value in options.items()) if options else "")


def _refuse_repeated(kind: str, labels: list[str]) -> None:
    for label in labels:
        if labels.count(label) > 1:
            raise GenbenchError(f"the {kind} {label!r} is named twice; name it once")
