"""Whether a data set's files are sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from genbench.data.catalogue import load_dataset
from genbench.data.checksums import CHECKSUMS, recorded_checksum, sha256
from genbench.data.files.contents import read_bytes
from genbench.data.source import DataSource
from genbench.errors import DataError, GenbenchError
from genbench.records import DatasetSpec


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it is as it should be, and what was found, in one line."""

    ok: bool
    text: str


def verify(source: DataSource, spec: DatasetSpec) -> list[Finding]:
    """Check the files' recorded SHA-256, MNIST's published MD5s, and that the data set loads with its defaults."""
    findings = [_check_file(source, name) for name in spec.files]
    if all(finding.ok for finding in findings):
        findings.append(_check_loading(source, spec))
    return findings


def _check_file(source: DataSource, name: str) -> Finding:
    try:
        path = source.path(name)
        expected = recorded_checksum(path, name)
        if expected is not None and sha256(path) != expected:
            return Finding(False, f"{path}: its SHA-256 is not the one in {CHECKSUMS}")
        md5 = _published_md5(name)
        if md5 is not None and hashlib.md5(read_bytes(path), usedforsecurity=False).hexdigest() != md5:
            return Finding(False, f"{path}: the MD5 of its contents is not the published one")
    except DataError as error:
        return Finding(False, str(error))
    checked = [label for label, known in (("SHA-256", expected), ("published MD5", md5)) if known is not None]
    return Finding(True, f"{path}: {' and '.join(checked) + ' as recorded' if checked else 'no checksum is recorded'}")


def _published_md5(name: str) -> str | None:
    from genbench.data.openml import MNIST_MD5

    path = PurePosixPath(name)
    return MNIST_MD5.get(path.name) if path.parent.name == "mnist" else None


def _check_loading(source: DataSource, spec: DatasetSpec) -> Finding:
    try:
        dataset = load_dataset(spec, source, {})
    except GenbenchError as error:
        return Finding(False, str(error))
    sizes = " / ".join(f"{len(split):,}" for split in (dataset.train, dataset.validation, dataset.test))
    return Finding(True, f"{spec.name} loads: {sizes} rows, shape {dataset.spec.shape}, {dataset.spec.classes} classes")
