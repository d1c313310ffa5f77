"""Files of trained models from elsewhere: nothing that no plugin declares is imported, and what is damaged is one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from harness import one_error_line
from safetensors.torch import save_file

from genbench import DataSpec, Draws, Split, load_model
from genbench.errors import GenbenchError
from genbench.plugins import load_plugins

TARGET = load_plugins().models["gaussian"].spec.target
SPEC = {"name": "d", "shape": [2], "support": "real"}
METADATA = {
    "model": "gaussian", "dataset": "d", "target": TARGET, "plugin": "genbench 1.0", "hyperparameters": "{}",
    "data": json.dumps(SPEC),
}  # fmt: skip


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """What a fit to three examples leaves."""
    from genbench.execution.loading import load_model_class
    from genbench.model import Budget, FitContext

    model = load_model_class(TARGET)(DataSpec("d", (2,), "real"))
    train = Split(torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), None)
    model.fit(train, train, FitContext("cpu", Budget(1, 1), 0, Draws(0)))
    return {name: torch.as_tensor(np.ascontiguousarray(array)) for name, array in (model.state() or {}).items()}


def written(folder: Path, state: dict[str, torch.Tensor], names: str = "0/{}", **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    metadata = {name: text for name, text in {**METADATA, **changes}.items() if text is not None}
    save_file({names.format(name): array for name, array in state.items()}, folder / "model.safetensors", metadata)
    return folder


def test_a_sound_file_is_loaded(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    model = load_model(written(tmp_path, state))
    assert model.sample(5, Draws(0)).shape == (5, 2)  # type: ignore[attr-defined]
    load_model(written(tmp_path, state, plugin=None))  # as earlier versions wrote it


TARGETS = [
    "os:system", "subprocess:Popen", "culprit:Model", "culprit:absent", "builtins:exec", "genbench.model:Model",
    "genbench.training:NeuralModel", f"{TARGET}2", TARGET.split(":")[0] + ":np", "antigravity:fly", "this:d",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_what_no_plugin_declares_is_never_imported(
    target: str, tmp_path: Path, state: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "culprit.py").write_text(f"open({str(mark)!r}, 'w').close()\nfrom genbench import Model\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    with pytest.raises(GenbenchError, match="which no installed plugin declares") as error:
        load_model(written(tmp_path, state, target=target, plugin="dream-models 2.1"))
    assert target in str(error.value)
    assert "install dream-models 2.1" in str(error.value)
    assert not mark.exists()
    assert not {"culprit", "antigravity", "this"} & (set(sys.modules) - before)


def of_data(changes: dict[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(SPEC | changes)}


DAMAGED = {
    "no target": {"target": None},
    "an empty target": {"target": ""},
    "a target with code": {"target": "os:system('x')"},
    "a target of lines": {"target": "os:x\ny"},
    "a path": {"target": "/tmp/x.py:Model"},
    "no model": {"model": None},
    "no hyperparameters": {"hyperparameters": None},
    "half of them": {"hyperparameters": '{"a": '},
    "a list of them": {"hyperparameters": "[]"},
    "a text": {"hyperparameters": '"x"'},
    "unknown ones": {"hyperparameters": '{"x": 1}'},
    "no data": {"data": None},
    "data of another form": {"data": "[1]"},
    "data without a shape": {"data": '{"name": "d", "support": "real"}'},
    "an unknown support": of_data({"support": "magic"}),
    "a negative shape": of_data({"shape": [-2]}),
    "no shape": of_data({"shape": []}),
    "a text for a shape": of_data({"shape": "2"}),
    "negative classes": of_data({"classes": -1}),
    "one level": of_data({"levels": 1}),
    "columns too few": of_data({"columns": [{"name": "a", "categories": 0}]}),
    "infinity": of_data({"shape": [float("inf")]}),
    "seeds that are words": {"names": "first/{}"},
    "seeds that are fractions": {"names": "0.5/{}"},
    "no seeds": {"names": "{}"},
    "no parameters": {"names": "0/"},
    "seeds with zeros": {"names": "00/{}"},
    "seeds with marks": {"names": "1_0/{}"},
    "other digits": {"names": "\uff11/{}"},
    "parameters of other names": {"names": "0/x{}"},
}


@pytest.mark.parametrize("changes", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_one_line(changes: dict[str, Any], tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    some = dict(list(state.items())[:1]) if changes.get("names") == "0/" else state
    with pytest.raises(GenbenchError, match=r"model\.safetensors is damaged") as error:
        load_model(written(tmp_path, some, **changes))
    assert str(error.value).isprintable()


@pytest.mark.parametrize("file", ["no metadata", "no arrays"])
def test_files_that_hold_less(file: str, tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "model.safetensors"
    if file == "no metadata":
        save_file({f"0/{name}": array for name, array in state.items()}, path)
    else:
        save_file({}, path, METADATA)
    with pytest.raises(GenbenchError, match=r"model\.safetensors is damaged"):
        load_model(tmp_path)


def test_the_command_says_it_in_one_line(genbench_here: Any, tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    job = written(tmp_path / "job", state, target="os:system")
    (job / "result.json").write_text("{}")
    assert "no installed plugin declares" in one_error_line(genbench_here("sample", job, "-o", "x.csv"))
