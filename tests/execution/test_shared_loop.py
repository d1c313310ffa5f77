"""Neural models in a run: fitted side by side, kept, loaded back; a seed that diverges; a run killed in training."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from harness import CommandLine, wait_until, write_distribution
from safetensors.torch import load_file

PLUGIN = '''
import time
from genbench import ModelSpec, hookimpl
from genbench.training import NeuralModel, Objective
from genbench.training.loop import fit_side_by_side
import torch

fit_side_by_side.__defaults__ = (None, 0.5)  # checkpoint, and its seconds

@hookimpl
def genbench_models():
    for name in ("tiny", "slow", "shaky"):
        yield ModelSpec(name=f"{name}_vae", target=f"neural_plugin:{name.title()}", summary="A small autoencoder")

class Tiny(NeuralModel):
    def __init__(self, data, *, hidden: int = 8):
        super().__init__(data)
        self.encoder = torch.nn.Linear(data.dim, hidden)
        self.decoder = torch.nn.Linear(hidden, data.dim)

    def objectives(self):
        return [Objective("mse", self.loss)]

    def loss(self, x, y, draws):
        return (self.decoder(torch.tanh(self.encoder(x + draws.normal(*x.shape)))) - x).square().mean()

    def sample(self, n, draws, y=None):
        return self.decoder(torch.tanh(draws.normal(n, self.decoder.in_features)))

class Slow(Tiny):
    stackable = False
    def loss(self, x, y, draws):
        time.sleep(0.01)
        return super().loss(x, y, draws)

class Shaky(Tiny):
    """Diverges where the first weight begins below zero."""
    def loss(self, x, y, draws):
        return super().loss(x, y, draws) + 0 * torch.sqrt(self.encoder.weight[0, 0])
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("neural")
    write_distribution(folder, "neural-plugin", {"neural_plugin": PLUGIN}, {"neural": "neural_plugin"})
    return folder


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, site: Path) -> CommandLine:
    cli = CommandLine(tmp_path_factory.mktemp("shared-loop"), site)
    done = cli.run("-m", "tiny_vae", "-d", "iris", "--first-seed", "5")
    assert done.returncode == 0, done.stderr + done.stdout
    return cli


def job_folder(cli: CommandLine, out: str = "out") -> Path:
    (key,) = cli.jobs(out)
    return cli.cwd / out / "jobs" / key


def test_what_a_run_keeps(cli: CommandLine) -> None:
    folder = job_folder(cli)
    assert "2 seeds are trained in one stack" in (folder / "log.txt").read_text()
    rows = (folder / "training.csv").read_text().splitlines()
    assert len([row for row in rows if row.startswith("6,") and ",loss_mse," in row]) == 20
    assert any(",grad_norm_encoder," in row for row in rows)
    assert not list((cli.cwd / "out" / "jobs").glob(".*"))
    assert json.loads((folder / "result.json").read_text())["fitted_seeds"] == [5, 6]
    header = (cli.cwd / "out" / "seeds" / "sample_quality.csv").read_text().splitlines()[0]
    assert header.endswith(",examples,5,6")


def test_samples_at_the_milestones_of_the_training(cli: CommandLine) -> None:
    rows = cli.table("training_quality")
    assert set(rows["metric"]) == {"training:frechet_distance", "training:modes_found", "training:collapsed_seeds"}
    assert list(rows[rows["metric"] == "training:modes_found"]["examples"]) == ["1000"]  # a single chunk of 20 steps
    assert set(rows["seeds"]) == {"2"}


def test_load_model_gives_the_trained_model_back(cli: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from genbench import Draws, load_model
    from genbench.errors import GenbenchError
    from genbench.seeding import derive_seed

    monkeypatch.syspath_prepend(str(site))
    folder = job_folder(cli)
    kept = np.load(folder / "samples.npz")["samples"]
    for seed in (5, 6, None):
        model = load_model(folder, seed)
        assert isinstance(model, torch.nn.Module)
        assert not model.training
        with torch.no_grad():
            samples = model.sample(64, Draws(derive_seed("sample", "kept", seed or 5)))  # type: ignore[operator]
        np.testing.assert_allclose(samples.numpy(), kept[int(seed == 6)], rtol=1e-5, atol=1e-6)
    with pytest.raises(GenbenchError, match="keeps no model of seed 2; there is: 5, 6"):
        load_model(folder, 2)
    with pytest.raises(GenbenchError, match=r"keeps no model \(there is no model.safetensors\)"):
        load_model(folder.parent)


@pytest.mark.slow
def test_a_seed_that_diverges_fails_alone(cli: CommandLine) -> None:
    seeds = "8"
    done = cli.run("-m", "shaky_vae", "-d", "iris", "--seeds", seeds, out="shaky")
    assert done.returncode == 1, done.stderr
    result = json.loads((job_folder(cli, "shaky") / "result.json").read_text())
    assert result["status"] == "diverged"
    failures = result["failures"]
    assert 0 < len(failures) < 8
    assert {failure["reason"] for failure in failures} == {"loss_mse became nan at step 0"}
    fitted = {row["seeds"] for row in result["measurements"]["cost"] if row["metric"] == "train_seconds"}
    assert fitted == {8 - len(failures)}
    assert not list((cli.cwd / "shaky" / "jobs").glob(".*"))


@pytest.mark.slow
def test_a_run_killed_in_training_goes_on_to_the_same_parameters(site: Path, tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "killed", site)
    protocol = (cli.cwd / "tiny.toml").read_text().replace("examples_seen = 1000", "examples_seen = 8000")
    (cli.cwd / "tiny.toml").write_text(protocol)  # 160 steps of two seeds: some 3 seconds
    assert cli.run("-m", "slow_vae", "-d", "iris", out="undisturbed").returncode == 0
    process = cli.start("-m", "slow_vae", "-d", "iris")
    assert wait_until(lambda: list((cli.cwd / "out" / "jobs").glob(".checkpoint-*/1.safetensors")), 60)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert cli.processes_gone_within(10)
    assert not cli.jobs()
    done = cli.run("-m", "slow_vae", "-d", "iris")
    assert done.returncode == 0, done.stderr
    assert "training goes on from step" in (job_folder(cli) / "log.txt").read_text()
    assert cli.table("training_quality").equals(cli.table("training_quality", "undisturbed"))
    undisturbed, resumed = (load_file(job_folder(cli, out) / "model.safetensors") for out in ("undisturbed", "out"))
    assert undisturbed.keys() == resumed.keys()
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in undisturbed.items())
    assert not list((cli.cwd / "out" / "jobs").glob(".*"))
