"""A result is reused only if it would come out the same: runs again after edits of a third party's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness import CommandLine, write_distribution

MODULES = {
    "reuse": """
from genbench import DatasetSpec, EvaluationSpec, ModelSpec, hookimpl

@hookimpl
def genbench_models():
    yield ModelSpec(name="shifted", target="reuse_model:Shifted", summary="A mean, shifted")

@hookimpl
def genbench_datasets():
    yield DatasetSpec(name="points", target="reuse_data:load", summary="Points of a file")

@hookimpl
def genbench_evaluations():
    yield EvaluationSpec(name="ours", target="reuse_evaluation:evaluate", summary="Ours", table="ours", metrics=("ours",))
""",
    "reuse_model": """
import torch
from genbench import Model

class Shifted(Model):
    supports = frozenset({"real"})

    def fit(self, train, validation, context):
        from reuse_helper import SHIFT
        self.mean = train.x.mean(0) + SHIFT

    def log_prob(self, x):
        return torch.distributions.Normal(self.mean, 1.0).log_prob(x).sum(1)
""",
    "reuse_helper": """
from pathlib import Path
TEXT = Path(__file__).with_name("shift.txt").read_text()
SHIFT = 1 * float(TEXT)
""",
    "reuse_data": """
from pathlib import Path
import numpy as np
from genbench import DataSpec, Dataset, Split

def load(source, *, path: Path = Path("points.csv")):
    x = np.loadtxt(path, delimiter=",", dtype=np.float32)
    parts = [Split(part, None) for part in np.split(x, [60, 80])]
    return Dataset(DataSpec("points", (2,), "real"), *parts)
""",
    "reuse_evaluation": """
from genbench import Measurement
from reuse_metric import VALUE

def evaluate(context):
    yield Measurement(metric="ours", value=VALUE, ci_low=None, ci_high=None, unit="", better="lower", estimator="ours", n=1)
""",
    "reuse_metric": "VALUE = 1.25",
    "reuse_elsewhere": "OTHER = 1",
}
RUN = ("-m", "shifted", "-d", "points:path=points.csv", "--seeds", "1")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    folder = tmp_path_factory.mktemp("reuse")
    write_distribution(folder / "site", "reuse", MODULES, {"reuse": "reuse"})
    (folder / "site" / "shift.txt").write_text("0.5")
    cli = CommandLine(folder / "work", folder / "site")
    (cli.cwd / "points.csv").write_text("".join(f"{i % 7}.5,{i % 11}.5\n" for i in range(100)))
    done = cli.run(*RUN)
    assert "1 jobs; 0 failed" in done.stdout, done.stderr + done.stdout
    return cli


def edit_in_secret(path: Path, old: bytes, new: bytes) -> None:
    """Change the contents, and leave size and times as they were."""
    before = path.stat()
    contents = path.read_bytes()
    assert contents.count(old) >= 1
    assert len(old) == len(new)
    path.write_bytes(contents.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def jobs_again(cli: CommandLine) -> bool:
    """Run the same command; whether its job was done again."""
    before = cli.jobs()
    done = cli.run(*RUN)
    assert done.returncode == 0, done.stderr + done.stdout
    return cli.jobs().keys() != before.keys()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("site/reuse_model.py", b"1.0", b"2.0"),
        ("site/reuse_helper.py", b"1 * ", b"2 * "),
        ("site/shift.txt", b"0.5", b"0.7"),
        ("site/reuse_metric.py", b"1.25", b"1.75"),
        ("site/reuse_data.py", b"[60, 80]", b"[50, 80]"),
        ("work/points.csv", b"3.5,", b"9.5,"),
    ],
)
def test_an_edit_that_matters(cli: CommandLine, file: str, old: bytes, new: bytes) -> None:
    edit_in_secret(cli.cwd.parent / file, old, new)
    assert jobs_again(cli)
    assert not jobs_again(cli)


def test_what_does_not_matter(cli: CommandLine) -> None:
    (cli.cwd.parent / "site" / "reuse_elsewhere.py").write_text("OTHER = 2")
    os.utime(cli.cwd / "points.csv", (1, 1))
    os.utime(cli.cwd.parent / "site" / "reuse_model.py", (1, 1))
    assert not jobs_again(cli)


def test_a_default_written_out_is_the_same_data_set(cli: CommandLine) -> None:
    (row,) = cli.table("ours").to_dict("records")
    assert (row["model"], row["dataset"]) == ("shifted", "points")
