"""What capabilities answer with: turned into the numbers that it holds, or refused by the capability's name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel

from genbench.data.spec import DataSpec
from genbench.errors import ModelOutputError
from genbench.evaluation.answers import numbers_of
from genbench.evaluation.fitted import Fitted
from genbench.training.steps import loss_and_scalars

X = torch.arange(4.0)


class Tensor(torch.Tensor):
    """A subclass."""


class OfAnotherLibrary:
    def __array__(self, dtype=None, copy=None):
        return np.arange(4.0)


class Deleted:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Array has been deleted")


TAKEN = {
    "float32": X,
    "float64": X.double(),
    "float16": X.half(),
    "bfloat16": X.bfloat16(),
    "with a gradient": torch.nn.Parameter(X),
    "of integers": X.long(),
    "of a subclass": X.as_subclass(Tensor),
    "a view that is negated when read": torch.complex(X, -X).conj().imag,
    "an array": np.arange(4.0),
    "an array of float16": np.arange(4, dtype=np.float16),
    "an array of long doubles": np.arange(4, dtype=np.longdouble),
    "an array of a subclass": np.arange(4.0).view(np.recarray),
    "a masked array with nothing masked": np.ma.masked_array(np.arange(4.0)),
    "a list": [0.0, 1.0, 2.0, 3.0],
    "an array of another library": OfAnotherLibrary(),
}
REFUSED = {
    "complex": X.to(torch.complex64),
    "complex without an imaginary part": np.arange(4) + 0j,
    "a complex number": 1j,
    "sparse": X.to_sparse(),
    "without data": X.to("meta"),
    "objects": np.array([0.0, 1.0, 2.0, None], dtype=object),
    "text": np.array(["0", "1", "2", "3"]),
    "dates": np.array(["2020-01-01"] * 4, dtype="M8[D]"),
    "records": np.zeros(4, dtype="f4,f4"),
    "masked": np.ma.masked_array(np.arange(4.0), [False, True, False, False]),
    "ragged": [[0.0], [0.0, 1.0]],
    "nothing": None,
    "a mapping": {"log_prob": X},
    "deleted": Deleted(),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_dense_real_numbers_are_taken_as_they_are(kind):
    numbers = numbers_of("log_prob", TAKEN[kind])
    assert numbers.dtype in (np.float32, np.float64, np.int64)
    assert type(numbers) is np.ndarray
    np.testing.assert_array_equal(numbers, np.arange(4))


@pytest.mark.parametrize("capability", ["log_prob", "sample"])
@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_by_the_capability_s_name(kind, capability):
    with pytest.raises(ModelOutputError, match=f"^{capability} returned "):
        numbers_of(capability, REFUSED[kind])


@pytest.mark.filterwarnings("ignore")
def test_quantised_compressed_and_nested_tensors_are_refused():
    kinds = {
        "a quantised tensor": torch.quantize_per_tensor(X, 0.1, 0, torch.qint8),
        "a tensor of layout torch.sparse_csr": torch.eye(4).to_sparse_csr(),
        "a nested tensor": torch.nested.as_nested_tensor([X, X[:2]]),
    }
    for kind, answer in kinds.items():
        with pytest.raises(ModelOutputError, match=f"embed returned {kind}, expected a dense tensor"):
            numbers_of("embed", answer)


def test_bits_are_examples_and_no_log_probabilities():
    assert numbers_of("sample", X > 1).tolist() == [0, 0, 1, 1]
    with pytest.raises(ModelOutputError, match="log_prob returned numbers of type bool"):
        numbers_of("log_prob", X > 1)


class Answers(FakeModel):
    def __init__(self, data, answer):
        super().__init__(data)
        self.answer = answer

    def log_prob(self, x):
        return self.answer

    embed = discriminate = log_prob


@pytest.mark.parametrize("capability", ["log_prob", "embed", "discriminate"])
def test_a_fitted_model_s_complex_answer_is_refused(capability):
    data = DataSpec("points", (2,), "real")
    with pytest.raises(ModelOutputError, match=f"{capability} returned numbers of type complex64"):
        getattr(Fitted(Answers(data, X.to(torch.complex64)), data, 0), capability)(np.zeros((4, 2)))


def test_a_complex_loss_is_refused():
    with pytest.raises(Exception, match="a loss must return a real number, got one of type torch"):
        loss_and_scalars(torch.tensor(1j))


@pytest.mark.parametrize("answer", [X, torch.zeros(4, 2, 2), torch.tensor(1.0), [[0.0], [0.0, 1.0]]])
def test_features_that_are_no_matrix_are_refused(answer):
    data = DataSpec("points", (2,), "real")
    with pytest.raises(ModelOutputError, match="embed returned"):
        Fitted(Answers(data, answer), data, 0).embed(np.zeros((4, 2)))
