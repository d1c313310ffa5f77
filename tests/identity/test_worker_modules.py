"""What was in fact imported by a worker that has run a job, beside what its key covers."""

from __future__ import annotations

import pytest
from harness import CommandLine, write_distribution

from genbench.execution.job import WORKER
from genbench.identity.code import closure
from genbench.identity.units import unit_of
from genbench.plugins import load_plugins

STARTERS = (
    "genbench.execution.survey", "genbench.execution.warm", "genbench.execution.worker", "genbench.execution.pool",
    "genbench.evaluation.hooks",
)  # fmt: skip
"""What starts a worker, and looks at models before there is a job. What it finds out is part of the key, or of the plan."""

MODEL = """
import sys
import torch
from torch import nn
from genbench.training import NeuralModel, Objective

class Telltale(NeuralModel):
    supports = frozenset({"real"})

    def __init__(self, data):
        super().__init__(data)
        self.mean = nn.Parameter(torch.zeros(data.dim))

    def objectives(self):
        return [Objective("nll", self.criterion)]

    def criterion(self, x, y, draws):
        return -self.log_prob(x).mean()

    def log_prob(self, x):
        return torch.distributions.Normal(self.mean, 1.0).log_prob(x).sum(1)

    def sample(self, n, draws, y=None):
        return self.mean + draws.normal(n, self.data.dim)

    def state(self):  # asked for at the very end of a job
        command = "genbench.cli"  # multiprocessing imports the main module of its parent, the command, and that its verbs
        print("MODULES", *(name for name in sys.modules if name.startswith("genbench.") and not name.startswith(command)))
        return super().state()
"""
PLUGIN = """
from genbench import ModelSpec, hookimpl

@hookimpl
def genbench_models():
    yield ModelSpec(name="telltale", target="telltale_model:Telltale", summary="Says what its worker has imported")
"""


def covered(target: str) -> set[str]:
    unit = unit_of(target.partition(":")[0])
    assert unit is not None
    return {one.name for one in closure(unit)[0]}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("modules")
    write_distribution(
        folder / "site", "telltale", {"telltale": PLUGIN, "telltale_model": MODEL}, {"telltale": "telltale"}
    )
    cli = CommandLine(folder / "work", folder / "site")
    done = cli.run("-m", "telltale", "-d", "iris", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    (log,) = (cli.cwd / "out" / "jobs").glob("*/log.txt")
    found: set[str] = set()
    for line in log.read_text().splitlines():
        if line.startswith("MODULES"):
            found.update(line.split()[1:])
    return found


def test_all_that_a_worker_has_imported_is_in_a_key(imported: set[str]) -> None:
    registry = load_plugins()
    targets = [WORKER, *STARTERS, registry.datasets["iris"].spec.target]
    targets += [one.spec.target for one in registry.evaluations.values()]
    assert len(imported) > 50
    assert imported <= set().union(*map(covered, targets))


def test_what_is_in_no_key_was_not_imported(imported: set[str]) -> None:
    rooms = {name.split(".")[1] for name in imported if "." in name}
    assert {"training", "evaluation", "execution"} <= rooms
    assert not rooms & {"report", "study", "reproduce"}


def test_what_a_plugin_may_import_of_genbench_is_in_every_key() -> None:
    """But for what names records, and what gives a trained model back."""
    import genbench

    homes = {*genbench._HOMES.values(), "genbench.training"}
    assert homes - covered(WORKER) == {"genbench.hookspecs", "genbench.execution.trained"}


def test_the_starters_are_no_excuse() -> None:
    """What they need beyond a worker computes nothing: records of evaluations, which are part of keys as they are."""
    beyond: set[str] = set().union(*map(covered, STARTERS)) - covered(WORKER)
    beyond -= {"genbench.evaluation.hooks", "genbench.hookspecs"}
    assert {name.split(".")[1] for name in beyond if "." in name} <= {"execution"}
