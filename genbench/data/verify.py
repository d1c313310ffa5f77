"""Whether a data set's files are sound."""

from __future__ import annotations

from dataclasses import dataclass

from genbench.data.catalogue import load_dataset
from genbench.data.checksums import CHECKSUMS, PINNED, check_pinned, recorded_checksum, sha256
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
    """Check the files' recorded SHA-256, pinned contents, and that the data set loads with its defaults."""
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
        if name in PINNED:
            check_pinned(name, read_bytes(path))
    except DataError as error:
        return Finding(False, str(error))
    kinds = {"SHA-256": expected is not None, "pinned contents": name in PINNED}
    checked = [kind for kind, known in kinds.items() if known]
    return Finding(True, f"{path}: {' and '.join(checked) + ' as recorded' if checked else 'no checksum is recorded'}")


def _check_loading(source: DataSource, spec: DatasetSpec) -> Finding:
    try:
        dataset = load_dataset(spec, source, {})
    except GenbenchError as error:
        return Finding(False, str(error))
    sizes = " / ".join(f"{len(split):,}" for split in (dataset.train, dataset.validation, dataset.test))
    return Finding(True, f"{spec.name} loads: {sizes} rows, shape {dataset.spec.shape}, {dataset.spec.classes} classes")
