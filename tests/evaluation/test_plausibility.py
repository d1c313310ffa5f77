"""What is no log density has no likelihood; what is one is never taken for it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context

from genbench.data.spec import Column, DataSpec
from genbench.errors import ModelOutputError
from genbench.evaluation.likelihood import evaluate, evaluate_bound
from genbench.evaluation.plausibility import log_evidence
from genbench.evaluation.proposal import Proposal

RNG = np.random.default_rng(0)


class Density(FakeModel):
    """A standard normal (``real``) or fair coins (else), whose log density is changed by ``change(log_q, x)``."""

    def __init__(self, data, *, change=lambda log_q, x: log_q, scale=1.0):
        super().__init__(data)
        self.change, self.scale = change, scale

    def log_prob(self, x):
        flat = x.flatten(1).double()
        if self.data.support != "real":
            return self.change(torch.full((len(x),), -sum(map(math.log, self.data.categories))), flat)
        normal = torch.distributions.Normal(0.0, self.scale)
        return self.change(normal.log_prob(flat).sum(1), flat)

    def sample(self, n, draws, y=None):
        if self.data.support != "real":
            return torch.stack([draws.integers(count, n) for count in self.data.categories], 1).float()
        return self.scale * draws.normal(n, *self.data.shape)


class WithoutSamples(FakeModel):
    log_prob = Density.log_prob

    def __init__(self, data, *, change=lambda log_q, x: log_q, scale=1.0):
        super().__init__(data)
        self.change, self.scale = change, scale


def real(dim, n=400):
    return DataSpec("points", (dim,), "real"), RNG.normal(size=(n, dim))


def bits(dim, n=400):
    return DataSpec("bits", (dim,), "binary"), RNG.integers(0, 2, (n, dim))


def table(n=400):
    columns = (Column("a", 3), Column("b", 5))
    return DataSpec("t", (2,), "categorical", columns=columns), np.stack([RNG.integers(0, c, n) for c in (3, 5)], 1)


DATA = {"line": real(1), "plane": real(2), "space": real(8), "bits": bits(6), "many bits": bits(40), "table": table()}


def rows_of(data, change=lambda log_q, x: log_q, kind=Density, **settings):
    spec, x = DATA[data]
    return list(evaluate(make_context([kind(spec, change=change, **settings)], x, data=spec)))


@pytest.mark.parametrize("kind", [Density, WithoutSamples])
@pytest.mark.parametrize("data", DATA)
def test_a_density_is_taken_for_one(data, kind):
    assert {row.status for row in rows_of(data, kind=kind)} == {"ok"}


@pytest.mark.parametrize("kind", [Density, WithoutSamples])
@pytest.mark.parametrize("constant", [0.5, 1, 10, 1000])
@pytest.mark.parametrize("data", DATA)
def test_a_constant_too_much_is_told_with_what_it_integrates_to(data, constant, kind):
    (row,) = rows_of(data, lambda log_q, x: log_q + constant, kind)
    assert (row.metric, row.status, row.value) == ("nll", "failed", None)
    about = float(row.reason.split(" about ")[1].split(",")[0]) if constant < 700 else math.inf
    assert constant == 1000 or math.log(about) == pytest.approx(constant, abs=0.3)
    assert constant != 1000 or "1e434" in row.reason


@pytest.mark.parametrize("value", [1000.0, 0.0])
@pytest.mark.parametrize("data", ["plane", "bits", "many bits", "table"])
def test_a_number_that_is_the_same_everywhere_is_no_density(data, value):
    (row,) = rows_of(data, lambda log_q, x: torch.full((len(x),), value))
    assert "not 1" in row.reason


@pytest.mark.parametrize("constant", [-0.5, -10])
@pytest.mark.parametrize("data", ["line", "plane", "bits", "table"])
def test_a_constant_too_little_is_told_where_it_is_certain(data, constant):
    (row,) = rows_of(data, lambda log_q, x: log_q + constant)
    assert math.log(float(row.reason.split(" about ")[1].split(",")[0])) == pytest.approx(constant, abs=0.1)


@pytest.mark.parametrize("data", ["line", "plane"])
def test_samples_of_another_distribution_do_not_make_a_density_none(data):

    class Cooler(Density):
        def sample(self, n, draws, y=None):
            return 0.5 * super().sample(n, draws)

    assert rows_of(data, kind=Cooler)[0].status == "ok"
    assert rows_of(data, kind=WithoutSamples, scale=30.0)[0].status == "ok"  # far wider than the grid


def test_a_forgotten_scale_is_told():
    """A flow that forgets the log determinant of x -> 2 x."""
    (row,) = rows_of("space", lambda log_q, x: -0.5 * (0.5 * x).square().sum(1) - 4 * math.log(2 * math.pi))
    assert "integrates to about" in row.reason


@pytest.mark.parametrize("data", ["space", "bits", "many bits"])
def test_a_likelihood_that_is_normalised_over_the_batch_is_told(data):
    (row,) = rows_of(data, lambda log_q, x: (log_q + x[:, 0]).log_softmax(0))
    assert "depends on the other examples in its batch" in row.reason


def test_a_random_log_density_is_not_taken_for_one_that_depends_on_its_batch():
    row = rows_of("many bits", lambda log_q, x: log_q - 0.1 + 0.05 * torch.randn(len(x)))[0]
    assert row.metric == "nll"
    assert "batch" not in row.reason


def test_a_log_density_that_cannot_be_asked_far_away_or_sampled_is_left_as_it_is():
    def only_near(log_q, x):
        if x.abs().max() > 4.5:
            raise ValueError("outside")
        return log_q

    class Exits(Density):
        def sample(self, n, draws, y=None):
            raise SystemExit(3)

    assert rows_of("space", only_near)[0].status == "ok"
    assert rows_of("space", kind=Exits)[0].status == "ok"
    assert "1e434" in rows_of("space", lambda log_q, x: log_q + 1000, Exits)[0].reason


@pytest.mark.parametrize("data", ["many bits", "table", "space"])
@pytest.mark.parametrize("value", [-3.0, 7.0, 1e30, 0.0])
def test_samples_that_the_data_cannot_have_do_not_harm_the_likelihood(data, value):
    class Wild(Density):
        def sample(self, n, draws, y=None):
            return torch.full((n, *self.data.shape), value)

    assert rows_of(data, kind=Wild)[0].status == "ok"
    assert rows_of(data, lambda log_q, x: log_q + 1000, Wild)[0].status == "failed"


class Bound(FakeModel):
    """One-sample bounds of a standard normal that are unbiased after the exponential, as an ELBO's weights are."""

    above = 0.0

    def log_prob_bound(self, x, draws, k):
        noise = draws.normal(k, len(x))
        weights = (noise - 0.5).logsumexp(0) - math.log(k)
        return torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1) + weights + self.above


class TooHigh(Bound):
    above = 10.0


def test_a_bound_is_none_that_is_above_every_density():
    spec, x = DATA["space"]
    assert {row.status for row in evaluate_bound(make_context([Bound(spec)], x, data=spec))} == {"ok"}
    rows = list(evaluate_bound(make_context([TooHigh(spec)], x, data=spec)))
    assert [(row.metric, row.status) for row in rows] == [("nll", "failed")] * 2
    assert all(row.reason.startswith("log_prob_bound integrates to") for row in rows)
    TooHigh.above = -10.0
    assert {row.status for row in evaluate_bound(make_context([TooHigh(spec)], x, data=spec))} == {"ok"}


def test_levels_are_judged_where_the_model_is_a_density():
    spec = DataSpec("grey", (1, 2, 2), "unit", levels=17)
    x = RNG.integers(0, 17, (100, 1, 2, 2)) / 16

    class Uniform(FakeModel):
        continuous_density = True
        constant = 0.0

        def log_prob(self, x):
            if x.min() < 0 or x.max() > 1:
                raise ModelOutputError("outside of [0, 1]")
            return torch.full((len(x),), self.constant)

    rows = list(evaluate(make_context([Uniform(spec)], x, data=spec)))
    assert {row.status for row in rows} == {"ok"}
    Uniform.constant = 1.0
    (row,) = evaluate(make_context([Uniform(spec)], x, data=spec))
    assert "integrates to about 2.7, not 1" in row.reason


def test_false_alarms_are_as_rare_as_promised_whatever_the_tails():
    """Ratios with a mean of 1 and no variance: 1 / sqrt(u) / 2. One in a hundred of them may exceed 100."""
    found = [log_evidence(np.log(0.5 / np.sqrt(RNG.random(200)))) for _ in range(2000)]
    assert np.mean(np.array(found) > math.log(100)) <= 0.01


@pytest.mark.parametrize("kind", ["real", "unit", "binary", "mixed"])
def test_the_proposal_s_density_is_that_of_its_draws(kind):
    """E_p[1 / p] over a box is its volume; over states, their number."""
    if kind == "mixed":
        spec = DataSpec("m", (2,), "mixed", columns=(Column("a", 3), Column("b")))
        x = np.column_stack([RNG.integers(0, 3, 200), RNG.normal(size=200)])
    else:
        spec = DataSpec("d", (2,), kind)
        x = {
            "real": RNG.normal(size=(200, 2)),
            "unit": RNG.beta(2, 5, (200, 2)),
            "binary": RNG.integers(0, 2, (200, 2)),
        }[kind]
    proposal = Proposal(x, spec)
    drawn = proposal.sample(40_000, np.random.default_rng(1))
    low, high, volume = {"real": (-1, 1, 4), "unit": (0.1, 0.6, 0.25), "binary": (0, 1, 4), "mixed": (0, 1, 2)}[kind]
    inside = ((drawn >= low) & (drawn <= high)).all(axis=1)
    weights = np.where(inside, np.exp(-proposal.log_density(drawn)), 0)
    assert weights.mean() == pytest.approx(volume, abs=5 * weights.std() / 200)
