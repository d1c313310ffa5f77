"""Downloads from a server that answers as OpenML does, and from ones that do not."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from genbench.data.fetch import fetch
from genbench.errors import DataError

ROWS = [f"{number},30,tested_{'negative' if number < 500 else 'positive'}" for number in range(768)]
HEAD = """@relation x
@attribute plas numeric
@attribute age numeric
@attribute class {tested_negative,tested_positive}
@data
"""
ARFF = (HEAD + "\n".join([*ROWS, ""])).encode()
FEATURES = [
    {"index": str(i), "name": name, "data_type": kind, "is_target": str(name == "class").lower(), "is_ignore": "false",
     "is_row_identifier": "false", "number_of_missing_values": "0"}
    for i, (name, kind) in enumerate((("plas", "numeric"), ("age", "numeric"), ("class", "nominal")))
]  # fmt: skip


class OpenML:
    """A server whose answers a test changes: ``data`` is the file, ``md5`` what the description says of it."""

    def __init__(self) -> None:
        self.data, self.md5, self.redirect, self.lost = ARFF, hashlib.md5(ARFF).hexdigest(), "", 0
        self.description: dict[str, Any] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if server.redirect and "/file/" in self.path:
                    self.send_response(302)
                    self.send_header("Location", server.redirect)
                    self.end_headers()
                    return
                body = server.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) - server.lost if "/file/" in self.path else None])

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str) -> bytes:
        if path.startswith("/file/"):
            return self.data if self.data.startswith(b"\x1f\x8b") else gzip.compress(self.data)
        described = {
            "id": "37", "name": "diabetes", "version": "1", "format": "ARFF", "file_id": "37", "status": "active",
            "description": "",
            "default_target_attribute": "class", "url": f"{self.url}/file/37", "md5_checksum": self.md5, **self.description,
        }  # fmt: skip
        answers = {
            "/data/37": {"data_set_description": described},
            "/features/37": {"data_features": {"feature": FEATURES}},
            "/qualities/37": {"data_qualities": {"quality": []}},
        }
        return gzip.compress(json.dumps(answers[path]).encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def openml(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenML]:
    server = OpenML()
    for name, path in (("INFO", "data"), ("FEATURES", "features"), ("QUALITIES", "qualities")):
        monkeypatch.setattr(f"sklearn.datasets._openml._DATA_{name}", f"{server.url}/{path}/{{}}")
    monkeypatch.setattr("sklearn.datasets._openml.time.sleep", lambda seconds: None)
    yield server
    server.close()


def test_a_sound_download_is_kept(openml: OpenML, tmp_path: Path) -> None:
    (path,) = fetch("pima", tmp_path)
    lines = path.read_text().splitlines()
    assert lines[:2] == ["plas,age,target", "0,30,0"]
    assert len(lines) == 769


BOMB = gzip.compress(bytes(50_000_000))
BAD = {
    "wrong bytes": {"data": ARFF.replace(b"767,30", b"767,31")},
    "truncated": {"data": ARFF[:-50]},
    "longer": {"data": ARFF + b"1,2,tested_negative\n"},
    "nothing": {"data": b""},
    "a page": {"data": b"<html>Sign in to the network</html>"},
    "a bomb": {"data": BOMB},
    "half a gzip": {"data": gzip.compress(ARFF)[:-20]},
    "a damaged gzip": {"data": b"\x1f\x8b" + b"x" * 100},
    "cut off": {"lost": 100},
    "a file on this machine": {"redirect": "file:///etc/hostname"},
    "for ever": {"redirect": "/file/37"},
    "another data set under its own MD5": {"data": ARFF[:-30], "md5": hashlib.md5(ARFF[:-30]).hexdigest()},
    "no table under its own MD5": {"data": b"x", "md5": hashlib.md5(b"x").hexdigest()},
    "a description without a file": {"description": {"url": None}},
    "a description without an MD5": {"description": {"md5_checksum": None}},
    "an MD5 of another form": {"md5": ["x"]},
    "a file for an address": {"description": {"url": "file:///etc/hostname"}},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_anything_else_is_one_line_and_nothing_is_kept(changes: dict[str, Any], openml: OpenML, tmp_path: Path) -> None:
    for name, value in changes.items():
        setattr(openml, name, value)
    with pytest.raises(DataError) as error:
        fetch("pima", tmp_path)
    assert str(error.value).isprintable()
    assert {path.name for path in tmp_path.rglob("*")} <= {".lock"}


def test_a_download_that_changed_is_refused_and_the_first_one_stays(openml: OpenML, tmp_path: Path) -> None:
    (path,) = fetch("pima", tmp_path)
    before = path.read_bytes()
    openml.data = ARFF.replace(b"767,30", b"767,31")
    openml.md5 = hashlib.md5(openml.data).hexdigest()
    with pytest.raises(DataError, match="is not what it was when it was first fetched"):
        fetch("pima", tmp_path)
    assert path.read_bytes() == before
