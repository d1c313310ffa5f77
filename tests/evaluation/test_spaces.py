"""The data set's own classifier, and the spaces."""

from __future__ import annotations

from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, make_context

from genbench.data import classifier as module
from genbench.data.classifier import image_classifier
from genbench.data.dataset import Split
from genbench.data.digits import digits
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.evaluation.features import derived_spaces
from genbench.evaluation.sample_quality import evaluate


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GENBENCH_CACHE", str(tmp_path))
    return tmp_path / "classifiers"


def test_it_tells_digits_and_comes_back_from_the_cache(cache, monkeypatch):
    dataset = digits(DataSource())
    trained = image_classifier(dataset.train, dataset.spec)
    (path,) = cache.glob("digits-cnn-v1-*.safetensors")
    log_proba = trained.log_proba(dataset.validation.x)
    assert np.mean(log_proba.argmax(axis=1) == dataset.validation.y) > 0.95
    np.testing.assert_allclose(np.exp(log_proba).sum(axis=1), 1)
    assert trained.features(dataset.validation.x[:7]).shape == (7, 64)

    monkeypatch.setattr(module, "_trained_apart", None)  # from now on only the file is there
    again = image_classifier(dataset.train, dataset.spec)
    assert again.name == trained.name
    np.testing.assert_array_equal(again.log_proba(dataset.validation.x), log_proba)
    assert path.stat().st_size > 0


@contextmanager
def settings_changed():
    """What a careless model leaves behind; all jobs share the classifier, so it must not depend on any of it."""
    kept = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(2)
    torch.manual_seed(1234)
    try:
        with mock.patch("torch.optim.Adam", torch.optim.SGD), torch.no_grad():
            yield
    finally:
        torch.set_num_threads(kept[0])
        torch.set_default_dtype(kept[1])


@pytest.mark.slow
def test_a_damaged_file_or_other_data_mean_another_training(cache, monkeypatch):
    data = DataSpec("spots", (1, 8, 8), "unit", classes=2)
    train = Split(np.random.default_rng(0).random((20, 1, 8, 8), dtype=np.float32), np.arange(20) % 2)
    first = image_classifier(train, data)
    (path,) = cache.glob("*.safetensors")
    path.write_bytes(b"torn")
    with settings_changed():
        again = image_classifier(train, data)
    assert again.name == first.name
    assert image_classifier(train[:10], data).name != first.name
    assert len(list(cache.glob("*.safetensors"))) == 2


@pytest.mark.slow
def test_without_a_cache_it_is_trained_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GENBENCH_CACHE", str(tmp_path / "file"))
    data = DataSpec("spots", (3, 4, 4), "unit", classes=2)
    train = Split(np.zeros((4, 3, 4, 4), dtype=np.float32), np.arange(4) % 2)
    state = torch.get_rng_state()
    assert image_classifier(train, data).name.startswith("spots-cnn-v1-")
    assert torch.equal(torch.get_rng_state(), state)


def test_principal_components_keep_what_varies():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(300, 10)) @ rng.normal(size=(10, 100)) + 5).astype(np.float32)
    (space,) = derived_spaces(Split(x), DataSpec("wide", (100,), "real"), None)
    vectors = space.vectors(x)
    assert (space.name, vectors.shape) == ("pca64", (300, 64))
    assert np.square(vectors).sum() == pytest.approx(np.square(x - x.mean(axis=0)).sum(), rel=1e-5)
    assert not list(derived_spaces(Split(x[:, :64]), DataSpec("narrow", (64,), "real"), None))


def test_labelled_images_are_also_compared_by_their_classifier(cache, monkeypatch):
    monkeypatch.setattr(module, "STEPS", 2)
    x = np.random.default_rng(0).random((150, 1, 9, 9), dtype=np.float32)
    data = DataSpec("noise", (1, 9, 9), "unit", classes=3)
    model = Sampler(data, draw=lambda n, draws: draws.uniform(n, 1, 9, 9))
    rows = list(evaluate(make_context([model] * 2, x, y=np.arange(150) % 3, data=data)))
    estimators = [row.estimator for row in rows if row.metric == "frechet_distance" and row.n == 150]
    assert estimators[:2] == ["fd[pixels]", "fd[pca64]"]
    assert estimators[2].startswith("fd[noise-cnn-v1-")
    (score,) = [row for row in rows if row.metric == "class_score"]
    assert 1 <= score.ci_low <= score.value <= score.ci_high <= 3
