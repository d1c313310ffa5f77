"""``genbench info`` of models and data sets whose code ends, hangs or raises: one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from genbench.cli import info as verb
from genbench.cli.info import info
from genbench.errors import GenbenchError
from genbench.plugins import Plugin, Provided, Registry
from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec

PLUGIN = Plugin(name="mine", distribution="my-package", version="1.0", module="mine")
START = "model 'odd' of plugin mine: odd_code:Odd cannot be imported: "

MODELS = {
    "exits": ("import os\nos._exit(3)", "its process ended by itself with exit status 3"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "sys-exit": ("raise SystemExit(4)", "SystemExit: 4"),
    "own-base": ("class Own(BaseException): pass\nraise Own('mine')", "Own: mine"),
    "segfault": ("import ctypes\nctypes.string_at(0)", "its process was killed by SIGSEGV"),
    "absent": ("", "AttributeError: module 'odd_code' has no attribute 'Odd'"),
    "syntax": ("def (", "SyntaxError: invalid syntax (odd_code.py, line 1)"),
    "hangs": (
        "import time\ntime.sleep(9999)",
        "it was stopped after 20 s; if it only needs more time, set GENBENCH_PLUGIN_",
    ),
    "spoils": (
        "import json\njson.dumps = lambda *a, **k: '7'\nraise ValueError",
        "its process sent something that cannot",
    ),
}
QUICK = {"exits", "interrupts"}
BY_SPEED = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]


def refused(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str, **brought: object) -> str:
    (folder / "odd_code.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("GENBENCH_PLUGIN_SECONDS", "20")
    monkeypatch.setattr(verb, "registry_with_warnings", lambda no_plugin: Registry(**brought))  # type: ignore[arg-type]
    with pytest.raises(GenbenchError) as raised:
        info("odd")
    return str(raised.value)


@pytest.mark.parametrize("name", BY_SPEED)
def test_a_model_whose_module_ends_the_process(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, reason = MODELS[name]
    spec = ModelSpec(name="odd", target="odd_code:Odd", summary="Odd")
    message = refused(monkeypatch, tmp_path, source, models={"odd": Provided(spec, PLUGIN)})
    assert message.startswith(START + reason)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os\n    os._exit(3)", "odd_code:load fails: its process ended by itself with exit status 3"),
        pytest.param("raise KeyboardInterrupt", "odd_code:load fails: KeyboardInterrupt", marks=pytest.mark.slow),
    ],
)
def test_a_data_set_whose_loader_ends_the_process(
    body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = DatasetSpec(name="odd", target="odd_code:load", summary="Odd")
    source = f"def load(source):\n    {body}\n"
    message = refused(monkeypatch, tmp_path, source, datasets={"odd": Provided(spec, PLUGIN)})
    assert message == f"data set 'odd' of plugin mine: {reason}"


@pytest.mark.parametrize("source", [b"def (", b"\xff\xfe", b"\0"])
def test_an_evaluation_whose_source_cannot_be_read(
    source: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd_source.py").write_bytes(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = EvaluationSpec(name="odd", target="odd_source:evaluate", summary="Odd", table="odd", metrics=("m",))
    registry = Registry(evaluations={"odd": Provided(spec, PLUGIN)})
    monkeypatch.setattr(verb, "registry_with_warnings", lambda no_plugin: registry)
    info("odd")
    assert "table: odd.csv; headline metrics: m" in capsys.readouterr().out
