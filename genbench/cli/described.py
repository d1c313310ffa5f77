"""Describes models and data sets by their code, which is a plugin's: it is imported in a process of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from genbench.errors import GenbenchError, HyperparameterError, ModelError
from genbench.plugins.channel import Channel
from genbench.plugins.events import one_line
from genbench.plugins.guarded import Guarded, PluginEnded
from genbench.plugins.time_limit import VARIABLE, time_limit
from genbench.text import plain

if TYPE_CHECKING:
    from genbench.data.dataset import Dataset


def model_lines(name: str, plugin: str, target: str, options: dict[str, str]) -> list[str]:
    """Return what ``genbench info`` shows of a model class; raises :class:`GenbenchError` if it cannot be imported, or does
    not take the options."""
    question = {"name": name, "target": target, "options": options}
    return _lines(_ask("model", question), f"model {name!r} of plugin {plugin}", f"{target} cannot be imported")


def dataset_lines(spec: dict[str, Any], plugin: str, options: dict[str, str], reference: str | None) -> list[str]:
    """Return what ``genbench info`` shows of a data set's options and, where ``reference`` names data that are at hand, of
    its contents."""
    question = {"spec": spec, "options": options, "reference": reference}
    return _lines(_ask("dataset", question), f"data set {spec['name']!r} of plugin {plugin}", f"{spec['target']} fails")


def _ask(what: str, question: dict[str, Any]) -> dict[str, Any]:
    limit = time_limit()
    with Guarded(f"genbench.cli.described:{what}", lambda printed: None) as guarded:
        try:
            guarded.send(question, limit)
            answer = guarded.receive(time.monotonic() + limit)
            return answer if isinstance(answer, dict) else {"fault": "its process sent something that cannot be read"}
        except TimeoutError:
            return {
                "fault": f"it was stopped after {limit:g} s; if it only needs more time, set {VARIABLE} to more seconds"
            }
        except PluginEnded as end:
            return {"fault": str(end)}


def _lines(answer: dict[str, Any], owner: str, problem: str) -> list[str]:
    if "hyperparameter" in answer:
        raise HyperparameterError(plain(answer["hyperparameter"]))
    if "refused" in answer:
        raise GenbenchError(plain(answer["refused"]))
    if "unfit" in answer:
        raise GenbenchError(plain(f"{owner}: {answer['unfit']}"))
    if "lines" not in answer:
        raise GenbenchError(plain(f"{owner}: {problem}: {answer.get('fault')}"))
    return [str(line).encode(errors="replace").decode() for line in answer["lines"]]


def model(connection: socket.socket) -> None:
    """Answer, in a plugin's process, with the lines of a model."""
    _answer(connection, _of_model)


def dataset(connection: socket.socket) -> None:
    """Answer, in a plugin's process, with the lines of a data set."""
    _answer(connection, _of_dataset)


def _answer(connection: socket.socket, describe: Callable[[dict[str, Any]], Iterator[str]]) -> None:
    channel = Channel(connection)
    question = channel.receive()
    try:
        answer: dict[str, Any] = {"lines": list(describe(question))}
    except HyperparameterError as error:
        answer = {"hyperparameter": str(error)}
    except GenbenchError as error:
        answer = {"refused": str(error)}
    except ModelError as error:
        answer = {"unfit": str(error)}
    except BaseException as error:
        answer = {"fault": one_line(error)}
    channel.send(answer)


def _of_model(question: dict[str, Any]) -> Iterator[str]:
    from genbench.capabilities import CAPABILITIES
    from genbench.execution.loading import load_model_class
    from genbench.model import capabilities
    from genbench.signature import validate

    model_class = load_model_class(question["target"])
    values = validate(f"model {question['name']!r}", model_class, question["options"])
    supports = ", ".join(sorted(model_class.supports))
    labels = ", with labels" if model_class.needs_labels else ""
    unlabelled = ", also for a part of the examples alone" if model_class.takes_unlabelled else ""
    yield f"  takes: {supports} data{labels}{unlabelled}"
    yield f"  fit: {'the same for every seed' if model_class.deterministic_fit else 'differs with the seed'}"
    yield "  capabilities:"
    for capability in capabilities(model_class):
        yield f"    {CAPABILITIES[capability]}"
    yield from parameter_lines("hyperparameters", model_class, values)


def _of_dataset(question: dict[str, Any]) -> Iterator[str]:
    from genbench.data.catalogue import dataset_loader
    from genbench.execution.job import DatasetRef
    from genbench.execution.loading import load
    from genbench.records import DatasetSpec
    from genbench.signature import validate

    spec = DatasetSpec(**question["spec"])
    loader = dataset_loader(spec)
    values = validate(f"data set {spec.name!r}", loader, question["options"], noun="option")
    yield from parameter_lines("options", loader, values)
    if question["reference"] is not None:
        yield from contents_lines(load(DatasetRef.model_validate_json(question["reference"])))


def contents_lines(dataset: Dataset) -> Iterator[str]:
    """Yield what is shown of a data set that was loaded."""
    data, sizes = dataset.spec, [len(split) for split in (dataset.train, dataset.validation, dataset.test)]
    yield f"  examples: {sizes[0]} training, {sizes[1]} validation, {sizes[2]} test"
    levels = f", {data.levels} levels" if data.levels else ""
    yield f"  form: {data.support}{levels}, shape {data.shape}, {data.classes or 'no'} classes"
    known = [name for name in ("truth", "modes") if getattr(dataset, name) is not None]
    yield f"  known: {', '.join(known) or 'nothing but the examples'}"
    yield f"  fingerprint: {dataset.fingerprint}"
    yield from (f"  warning: {warning}" for warning in dataset.warnings)
    yield from (f"  note: {note}" for note in dataset.notes)


def parameter_lines(title: str, function: Callable[..., Any], values: dict[str, Any]) -> Iterator[str]:
    """Yield the keyword arguments of a model or loader, with their validated values and what they may be."""
    from genbench.labels import as_text
    from genbench.signature import parameters

    described = parameters(function)
    yield f"  {title}:{'' if described else ' none'}"
    for parameter in described:
        yield f"    {parameter.name} = {as_text(values[parameter.name])}  ({parameter.allowed})"
