"""What a job keeps to be looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluation_fakes import FakeModel, Sampler

from genbench.data.dataset import Dataset, Split
from genbench.data.spec import DataSpec
from genbench.data.truths import GaussianMixture, NearestCentre
from genbench.evaluation.context import FitRecord
from genbench.evaluation.fitted import Fitted
from genbench.execution.events import write_events
from genbench.execution.kept import kept_arrays

IMAGES = DataSpec("images", (1, 4, 4), "unit")
PLANE = DataSpec("plane", (2,), "real")


class Copier(FakeModel):
    def reconstruct(self, x, draws):
        return x


def dataset_of(spec: DataSpec, **known: object) -> Dataset:
    rng = np.random.default_rng(0)
    train, validation, test = (Split(rng.random((n, *spec.shape), dtype=np.float32)) for n in (30, 5, 20))
    return Dataset(spec, train, validation, test, **known)  # type: ignore[arg-type]


def test_reconstructions_stand_beside_what_they_are_of() -> None:
    data = dataset_of(IMAGES)
    kept = kept_arrays([Fitted(Copier(IMAGES), IMAGES, seed) for seed in (0, 1)], data)
    assert set(kept) == {"seeds", "reconstructions", "real"}
    assert kept["reconstructions"].shape == (2, 8, 1, 4, 4)
    np.testing.assert_array_equal(kept["reconstructions"][1], kept["real"][:8])
    np.testing.assert_array_equal(kept["real"], data.test.x)


def test_each_sample_has_its_nearest_training_example() -> None:
    data = dataset_of(IMAGES)
    order = np.arange(64) % 30
    copies = Sampler(IMAGES, draw=lambda n, draws: data.train.x[order[:n]])
    kept = kept_arrays([Fitted(copies, IMAGES, 0)], data)
    np.testing.assert_array_equal(kept["nearest"], kept["samples"])


def test_in_the_plane_the_truth_is_kept_on_a_grid() -> None:
    truth = GaussianMixture(np.array([[0.0, 0.0], [1.0, 1.0]]), 0.01 * np.eye(2))
    data = dataset_of(PLANE, truth=truth, modes=NearestCentre(truth.means, 0.1))
    kept = kept_arrays([Fitted(Sampler(PLANE, draw=lambda n, draws: draws.normal(n, 2)), PLANE, 0)], data)
    assert kept["samples"].shape == (1, 1000, 2)
    np.testing.assert_array_equal(kept["centres"], truth.means)
    left, right, bottom, _ = kept["extent"]
    assert left < data.test.x[:, 0].min() < data.test.x[:, 0].max() < right
    corner = truth.log_prob(np.array([[right, bottom]]))
    np.testing.assert_allclose(kept["log_density"][0, -1], corner[0], rtol=1e-4)


def test_nothing_is_kept_of_a_model_that_shows_nothing() -> None:
    assert kept_arrays([Fitted(FakeModel(IMAGES), IMAGES, 0)], dataset_of(IMAGES)) == {}
    assert kept_arrays([], dataset_of(IMAGES)) == {}


def test_tensorboard_reads_what_was_logged(tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logged = FitRecord(3, 1.0, 0.0, ((10, "loss", 2.5), (20, "loss", 1.5)))
    write_events(tmp_path, [logged, FitRecord(4, 1.0, 0.0)])
    assert [path.name for path in tmp_path.iterdir()] == ["seed3"]
    read = events.EventAccumulator(str(tmp_path / "seed3"))
    read.Reload()
    assert [(event.step, event.value) for event in read.Scalars("loss")] == [(10, 2.5), (20, 1.5)]


def test_without_tensorboard_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genbench.execution.events.find_spec", lambda name: None)
    write_events(tmp_path, [FitRecord(0, 1.0, 0.0, ((1, "loss", 1.0),))])
    assert not list(tmp_path.iterdir())
