"""The distances on Inception features, with a small network in the file's place."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, make_context

from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.frechet import frechet_distances
from genbench.evaluation.inception import Inception, evaluate

RNG = np.random.default_rng(0)
FILE = "inception/inception-2015-12-05.pt"


class Corner(torch.nn.Module):
    """The four corner values of the first channel, or without ``return_features`` nothing of use."""

    def forward(self, images: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        assert images.dtype == torch.uint8
        assert images.shape[1] == 3
        corner = images[:, 0, :2, :2].flatten(1).float()
        return corner if return_features else corner[:, :1]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("inception") / "network.pt"
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.save(torch.jit.script(Corner()), path)
    return path


@pytest.mark.parametrize("channels", [1, 3])
def test_images_go_in_as_bytes_with_three_channels(network, channels):
    x = RNG.random((100, channels, 4, 4)).astype(np.float32)
    np.testing.assert_array_equal(Inception(network).features(x), np.rint(255 * x[:, 0, :2, :2]).reshape(100, 4))


def test_rows_are_named_fid_and_kid_with_the_files_hash(network):
    data = DataSpec("images", (1, 4, 4), "unit")
    x = RNG.random((200, 1, 4, 4)).astype(np.float32)
    model = Sampler(data, draw=lambda n, draws: 0.5 * draws.uniform(n, 1, 4, 4))
    rows = list(evaluate(make_context([model] * 2, x, data=data, files={FILE: network})))
    name = Inception(network).name
    assert {row.estimator for row in rows} == {f"fid[{name}]", f"fid[{name},n=inf]", f"kid[{name}]"}
    assert all(row.status == "ok" and row.value > 0 for row in rows)
    fakes = [model.sample(200, "sample_quality") for model in make_context([model] * 2, x, data=data).models]
    expected = frechet_distances(Inception(network).features(x), [Inception(network).features(fake) for fake in fakes])
    assert rows[0].value == pytest.approx(expected.mean())


@pytest.mark.parametrize("data", [DataSpec("raw", (1, 4, 4), "real"), DataSpec("pairs", (2, 4, 4), "unit")])
def test_other_images_are_refused(data, network):
    context = make_context([Sampler(data, draw=None)], np.zeros((9, *data.shape)), data=data, files={FILE: network})
    with pytest.raises(Unavailable, match="one or three channels"):
        list(evaluate(context))
