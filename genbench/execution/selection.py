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
    names_a_file,
    path_text,
    printable,
    readable_name,
    safe_name,
    stem,
    whole_path,
)
from genbench.data.source import DataSource
from genbench.errors import DataError, GenbenchError, UnknownNameError
from genbench.execution.job import DatasetRef, EvaluationRef, ModelRef, Skipped
from genbench.identity.code import code_hash
from genbench.identity.contents import contents_hash, contents_named
from genbench.identity.units import HARNESS
from genbench.labels import label_of, parse_assignments, split_label
from genbench.plugins import Registry
from genbench.protocol import Protocol
from genbench.records import EvaluationSpec
from genbench.text import plain

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
            code=code_hash(one.spec.target, one.plugin.distribution),
            files={file: source.path(file) for file in one.spec.files},
            contents={file: contents_hash(source.path(file)) for file in one.spec.files},
        )
        for one in registry.evaluations.values()
        if source.has(*one.spec.files)
    )
    lacking = tuple(one.spec for one in registry.evaluations.values() if not source.has(*one.spec.files))
    return Selection(tuple(chosen_models), tuple(chosen_datasets), evaluations, lacking, tuple(missing), bool(datasets))


def _model(registry: Registry, text: str) -> ModelRef:
    name, options = split_label(text)
    if name not in registry.models:
        raise _unknown("model", name, registry.models)
    provided = registry.models[name]
    return ModelRef(
        name=name,
        label=label_of(name, options),
        target=provided.spec.target,
        plugin=provided.plugin.name,
        distribution=provided.plugin.distribution,
        version=provided.plugin.version,
        code=code_hash(provided.spec.target, provided.plugin.distribution),
        contents=contents_named(options),
        control=provided.spec.control,
        flaw=provided.spec.flaw,
        hyperparameters=options,
    )


def dataset_ref(registry: Registry, source: DataSource, text: str) -> DatasetRef:
    """The data set, or the user's file, that ``NAME[:key=value,...]`` names; raises :class:`GenbenchError` if there is none,
    or its files are not at hand."""
    name, options = split_name(text)
    if name in registry.datasets:
        spec, plugin = registry.datasets[name].spec, registry.datasets[name].plugin
        if not source.has(*spec.files):
            raise DataError(_how_to_get(name, spec.fetchable, spec.files))
        files = tuple(source.path(file) for file in spec.files)
        return DatasetRef(
            name=name,
            label=label_of(name, options),
            target=spec.target,
            summary=spec.summary,
            distribution=plugin.distribution,
            code=code_hash(spec.target, plugin.distribution),
            folders=source.folders,
            files=files,
            options=options,
            contents=_contents(files, options),
        )
    if names_a_file(name):
        return _user_file(Path(name), options)
    raise _unknown("data set", name, registry.datasets)


def _user_file(path: Path, options: dict[str, Any]) -> DatasetRef:
    if not path.exists():
        raise DataError(f"the file {printable(str(path))!r} does not exist")
    whole = whole_path(path)
    beside = label_file(whole)
    files = (whole, beside) if beside else (whole,)
    return DatasetRef(
        name=safe_name(whole),
        label=label_of(readable_name(stem(whole)), options),
        target=FILE_LOADER,
        summary=f"the {'folder' if path.is_dir() else 'file'} {plain(printable(whole.name), LONGEST_SHOWN)}",
        distribution=HARNESS,
        code=code_hash(FILE_LOADER),
        files=files,
        options={"path": path_text(whole), **options},
        contents=_contents(files, options),
    )


def _contents(files: Sequence[Path], options: dict[str, str]) -> dict[str, str]:
    """Hash the files that a data set is made of, by their position, and those that its options name."""
    return {**{str(i): contents_hash(file) for i, file in enumerate(files)}, **contents_named(options)}


def _told_apart(datasets: list[DatasetRef]) -> list[DatasetRef]:
    """Return the data sets with other labels for files that would be called as another file or data set is."""
    paths = list(dict.fromkeys(one.files[0] for one in datasets if one.target == FILE_LOADER))
    taken = [one.name for one in datasets if one.target != FILE_LOADER]
    labels = dict(zip(paths, distinct_labels(paths, taken), strict=True))
    return [
        one.model_copy(update={"label": labels[one.files[0]] + one.label[len(readable_name(stem(one.files[0]))) :]})
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


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the options of ``NAME[:key=value,...]``; a file's name may hold colons, too."""
    for colon in (match.start() for match in re.finditer(":|$", text)):
        if ":" in text[:colon] and Path(text[:colon]).exists():
            return text[:colon], parse_assignments(text[colon + 1 :]) if text[colon + 1 :] else {}
    return split_label(text)


def _unknown(kind: str, name: str, known: Collection[str]) -> GenbenchError:
    """Make the error for a name that nothing answers to, or for a known one with malformed options."""
    before, colon, rest = name.partition(":")
    if colon and before in known:
        return GenbenchError(
            f"{kind} {before!r}: {rest!r} is not of the form key=value; expected {before}:key=value,..."
        )
    return UnknownNameError(kind, name, known)


def _refuse_repeated(kind: str, labels: list[str]) -> None:
    for label in labels:
        if labels.count(label) > 1:
            raise GenbenchError(f"the {kind} {label!r} is named twice; name it once")
