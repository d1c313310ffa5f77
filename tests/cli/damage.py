"""Ways in which a file of a run folder is damaged, or replaced by something foreign."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Damage = Callable[[Path], None]


def wrote(content: bytes) -> Damage:
    return lambda path: _replaced(path, content)


def edited(change: Callable[[Any], Any]) -> Damage:
    """A JSON file whose content is changed in place, or replaced by what ``change`` returns."""

    def damage(path: Path) -> None:
        content = json.loads(path.read_text())
        other = change(content)
        _replaced(path, json.dumps(content if other is None else other).encode())

    return damage


def _replaced(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def _half(path: Path) -> None:
    content = path.read_bytes()
    _replaced(path, content[: len(content) // 2])


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("foreign")


def _link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _bytes_changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 64] = os.urandom(64)
    _replaced(path, bytes(content))


OF_ANY_FILE: dict[str, Damage] = {
    "empty": wrote(b""),
    "half": _half,
    "random bytes": wrote(np.random.default_rng(0).bytes(3000)),
    "not UTF-8": wrote("Grüße, {}".encode("latin-1")),
    "a folder": _folder,
    "a link to nothing": _link_to_nothing,
}
OF_JSON: dict[str, Damage] = {
    "a list": wrote(b"[1, 2]"),
    "a string": wrote(b'"run"'),
    "a number": wrote(b"3"),
    "null": wrote(b"null"),
    "an empty object": wrote(b"{}"),
    "nested deeply": wrote(b"[" * 100_000),
    "a byte order mark": wrote(b"\xef\xbb\xbf{}"),
    "zero bytes": wrote(b"\0" * 4096),
}


def _row(result: dict[str, Any]) -> dict[str, Any]:
    """A row of the result with a value."""
    return next(row for rows in result["measurements"].values() for row in rows if row["value"] is not None)


def _set(name: str, value: Any) -> Damage:
    return edited(lambda content: content.__setitem__(name, value))


def _set_in_row(name: str, value: Any) -> Damage:
    return edited(lambda content: _row(content).__setitem__(name, value))


def _without(name: str) -> Damage:
    return edited(lambda content: content.pop(name) and None)


def _text(before: str, after: str) -> Damage:
    """The text of the file with the first occurrence replaced."""

    def damage(path: Path) -> None:
        text = path.read_text()
        assert before in text
        _replaced(path, text.replace(before, after, 1).encode())

    return damage


def _table_named_as_a_way_out(content: dict[str, Any]) -> None:
    content["measurements"]["../../pwned"] = content["measurements"].pop("likelihood")


OF_RESULT: dict[str, Damage] = {
    "another key": _set("key", "0123456789abcdef"),
    "no key": _without("key"),
    "no measurements": _without("measurements"),
    "no failures": _without("failures"),
    "another model": _set("model", "other"),
    "another model in a row": _set_in_row("model", "other"),
    "a status that is none": _set("status", "fine"),
    "a status of a row that is none": _set_in_row("status", "fine"),
    "seeds as an object": _set("fitted_seeds", {"0": 1}),
    "seeds as texts": _set("fitted_seeds", ["0", "1"]),
    "seconds as a text": _set("seconds", "3 s"),
    "measurements as a list": _set("measurements", []),
    "a table that is a text": edited(lambda content: content["measurements"].__setitem__("likelihood", "none")),
    "a row that is a text": edited(lambda content: content["measurements"].__setitem__("likelihood", ["none"])),
    "a row that is null": edited(lambda content: content["measurements"].__setitem__("likelihood", [None])),
    "a table named as a way out": edited(_table_named_as_a_way_out),
    "a value that is a text": _set_in_row("value", "abc"),
    "a value that is a number in a text": _set_in_row("value", "1.5"),
    "a value that is true": _set_in_row("value", True),
    "a value that is a list": _set_in_row("value", [1.0]),
    "a value that is missing": _set_in_row("value", None),
    "NaN": edited(lambda content: _row(content).__setitem__("value", float("nan"))),
    "Infinity": edited(lambda content: _row(content).__setitem__("ci_high", float("inf"))),
    "1e999": _text('"value": ', '"value": 1e999, "old": '),
    "a count beyond 64 bits": _set_in_row("n", 10**30),
    "a value of 400 digits": _set_in_row("value", 10**400),
    "half a count": _set_in_row("n", 1.5),
    "one end of an interval": _set_in_row("ci_low", None),
    "a metric that is a formula": _set_in_row("metric", "=cmd()"),
    "a failure that is a text": _set("failures", ["broke"]),
    "skipped as a list": _set("skipped", ["likelihood"]),
    "values of seeds as texts": _set_in_row("per_seed", ["a", "b"]),
    "control as a text": _set("control", "no"),
}
HARMLESS_IN_RESULT: dict[str, Damage] = {
    "more keys": _set("comment", {"by": "me"}),
    "more keys in a row": _set_in_row("comment", "mine"),
    "a key twice": _text('"status": ', '"status": "failed", "status": '),
}
OF_RUN: dict[str, Damage] = {
    "jobs as a list": _set("jobs", []),
    "a job that is a text": edited(lambda content: content["jobs"].update(a="b")),
    "a job without its model": edited(lambda content: content["jobs"].update(a={"dataset": "iris"})),
    "a key that is a way out": edited(
        lambda content: content["jobs"].update({"../../x": {"model": "m", "dataset": "d"}})
    ),
    "planned as a number": _set("planned", 3),
    "tables as a text": _set("tables", "likelihood"),
    "tables with a way out": _set("tables", ["../x"]),
    "left out as an object": _set("left_out", {}),
    "left out without a reason": _set("left_out", [{"model": "m"}]),
    "a data set that is a text": _set("datasets", {"iris": "a text"}),
    "warnings that are numbers": _set("datasets", {"iris": {"warnings": [1]}}),
    "a start that is no time": _set("started", "yesterday"),
    "a start without its zone": _set("started", "2026-01-01T00:00:00"),
    "a start that is a number": _set("started", 3),
    "hardware as a list": _set("hardware", ["cpu"]),
    "git as a text": _set("git", "main"),
    "versions as numbers": _set("versions", {"torch": 2}),
    "protocol as a text": _set("protocol", "quick"),
    "a command that is a number": _set("command", [1]),
    "inputs as a list": _set("inputs", []),
}
HARMLESS_IN_RUN: dict[str, Damage] = {
    "more keys": _set("comment", {"by": "me"}),
    "no versions": _without("versions"),
    "no planned": _without("planned"),
}


def arrays(**contents: Any) -> Damage:
    def damage(path: Path) -> None:
        file = io.BytesIO()
        np.savez(file, **contents)
        _replaced(path, file.getvalue())

    return damage


def _array_changed(change: Callable[[dict[str, Any]], None]) -> Damage:
    def damage(path: Path) -> None:
        with np.load(path) as kept:
            found = {name: kept[name] for name in kept.files}
        change(found)
        file = io.BytesIO()
        np.savez_compressed(file, **found)
        _replaced(path, file.getvalue())

    return damage


def _plain_array(path: Path) -> None:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    _replaced(path, file.getvalue())


def _zip_of_texts(path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("samples.npy", "no array")
    _replaced(path, file.getvalue())


OF_ARRAYS: dict[str, Damage] = {
    "pickled objects": arrays(samples=np.array([{"a": 1}], dtype=object)),
    "texts": arrays(samples=np.array(["a", "b"]), seeds=np.arange(2)),
    "no axes": arrays(samples=np.float64(1), seeds=np.arange(2)),
    "a plain array": _plain_array,
    "a zip of texts": _zip_of_texts,
    "changed bytes": _bytes_changed,
}
OF_PICTURES: dict[str, Damage] = {
    "no seeds": _array_changed(lambda found: found.__delitem__("seeds")),
    "other seeds": _array_changed(lambda found: found.update(seeds=np.arange(7))),
    "seeds as a table": _array_changed(lambda found: found.update(seeds=np.zeros((2, 2)))),
    "an axis less": _array_changed(lambda found: found.update(samples=found["samples"][0])),
    "other examples": _array_changed(lambda found: found.update(real=np.zeros((4, 1, 8, 8)))),
    "centres in space": _array_changed(lambda found: found.update(centres=np.zeros((4, 3)))),
    "an extent of three": _array_changed(lambda found: found.update(extent=np.zeros(3))),
    "a density on a line": _array_changed(lambda found: found.update(log_density=np.zeros(9))),
    "NaN": _array_changed(lambda found: found.update(samples=np.full_like(found["samples"], np.nan))),
    "no samples at all": _array_changed(lambda found: found.update(samples=found["samples"][:, :0])),
    "complex numbers": _array_changed(lambda found: found.update(samples=found["samples"] * 1j)),
}
OF_EXAMPLES: dict[str, Damage] = {
    "values on a line": _array_changed(lambda found: found.update({name: v[0] for name, v in found.items()})),
    "infinite values": _array_changed(
        lambda found: found.update({n: np.full_like(v, np.inf) for n, v in found.items()})
    ),
}


def _header(path: Path) -> None:
    _replaced(path, path.read_bytes().splitlines(keepends=True)[0])


def _rows(change: Callable[[list[str]], list[str]]) -> Damage:
    def damage(path: Path) -> None:
        header, *rows = path.read_text().splitlines()
        _replaced(path, "\n".join([header, *change(rows)]).encode())

    return damage


OF_TABLE: dict[str, Damage] = {
    "other columns": wrote(b"a,b\n1,2\n"),
    "a column less": lambda path: _replaced(path, path.read_text().replace("metric", "metrik", 1).encode()),
    "a row that is longer": _rows(lambda rows: [rows[0] + ",x,y", *rows[1:]]),
    "a row that is shorter": _rows(lambda rows: [",".join(rows[0].split(",")[:6]), *rows[1:]]),
    "a value that is a text": _rows(lambda rows: [_cell(rows[0], 5, "ten"), *rows[1:]]),
    "a value that is NaN": _rows(lambda rows: [_cell(rows[0], 5, "nan"), *rows[1:]]),
    "a value that is infinite": _rows(lambda rows: [_cell(rows[0], 5, "inf"), *rows[1:]]),
    "a value beyond doubles": _rows(lambda rows: [_cell(rows[0], 5, "1e999"), *rows[1:]]),
    "no value": _rows(lambda rows: [_cell(rows[0], 5, ""), *rows[1:]]),
    "a count beyond 64 bits": _rows(lambda rows: [_cell(rows[0], 9, "9" * 30), *rows[1:]]),
    "half a count": _rows(lambda rows: [_cell(rows[0], 9, "1.5"), *rows[1:]]),
    "a status that is none": _rows(lambda rows: [_cell(rows[0], 13, "fine"), *rows[1:]]),
    "a quote without its end": _rows(lambda rows: ['"' + rows[0], *rows[1:]]),
    "zero bytes": wrote(b"\0" * 500),
}
HARMLESS_IN_TABLE: dict[str, Damage] = {
    "the header alone": _header,
    "more columns": lambda path: _replaced(path, path.read_text().replace("\n", ",x\n").encode()),
}


def _cell(row: str, place: int, value: str) -> str:
    cells = row.split(",")
    cells[place] = value
    return ",".join(cells)


def in_place_of_a_folder(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("foreign")
