"""A capability that a model lacks on the data at hand costs the evaluations that need it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import CommandLine, metric_rows, write_distribution

PLUGIN = """
from pathlib import Path
from genbench import Model, ModelSpec, Unavailable, hookimpl

@hookimpl
def genbench_models():
    yield ModelSpec(name="shy", target="shy:Shy", summary="Has no samples of any data, and an odd hyperparameter")

class Shy(Model):
    def __init__(self, data, *, place: Path = Path("somewhere")):
        super().__init__(data)

    def fit(self, train, validation, context):
        self.mean = train.x.mean(0)

    def state(self):
        return {"mean": self.mean}

    def sample(self, n, draws, y=None):
        raise Unavailable("not on such data")
"""


@pytest.mark.slow
def test_it_is_skipped_with_its_reason(tmp_path: Path) -> None:
    write_distribution(tmp_path / "site", "shy", {"shy": PLUGIN}, {"shy": "shy"})
    genbench = CommandLine(tmp_path / "work", tmp_path / "site")
    done = genbench.run("-m", "shy", "-d", "iris")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("sample_quality", "skipped", "not on such data") in metric_rows(genbench.table("failures"), "shy")
    (job,) = genbench.jobs()
    kept = {path.name for path in (genbench.cwd / "out" / "jobs" / job).iterdir()}
    assert kept == {"result.json", "log.txt", "model.safetensors"}
