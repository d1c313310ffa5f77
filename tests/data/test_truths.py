"""The truths of the synthetic sets against closed forms, quadrature and their own samplers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import dblquad, quad

from genbench.data.source import DataSource
from genbench.data.synthetic import correlated, gaussians, grid25, grid100, mixture, ring8, two_moons
from genbench.data.truths import GaussianMixture, NearestCentre, TwoGaussians, TwoMoons

NOWHERE = DataSource()
LOADERS = {"ring8": ring8, "grid25": grid25, "two_moons": two_moons, "gaussians": gaussians, "correlated": correlated}


@pytest.fixture(scope="module")
def datasets():
    return {name: loader(NOWHERE) for name, loader in LOADERS.items()}


def _integral(truth, low, high, points):
    """Trapezoid rule on a grid, which converges fast for a smooth density that vanishes at the border."""
    axes = [np.linspace(a, b, points) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    return np.exp(truth.log_prob(grid)).sum() * cell


@pytest.mark.parametrize(
    ("name", "low", "high", "points"),
    [
        ("ring8", (-1.1, -1.1), (1.1, 1.1), 401),
        ("grid25", (-4.4, -4.4), (4.4, 4.4), 401),
        ("two_moons", (-1.7, -1.2), (2.7, 1.7), 151),
    ],
)
def test_density_integrates_to_one(datasets, name, low, high, points):
    assert _integral(datasets[name].truth, low, high, points) == pytest.approx(1, abs=1e-6)


def test_density_of_two_dimensional_gaussians_integrates_to_one():
    for loader in (gaussians, correlated):
        assert _integral(loader(NOWHERE, dim=2).truth, (-16, -16), (16, 16), 501) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", LOADERS)
def test_score_is_the_gradient_of_the_log_density(datasets, name):
    truth = datasets[name].truth
    x = truth.sample(20, np.random.default_rng(0))[0] + 0.003
    step = 1e-6
    numeric = np.empty_like(x)
    for axis in range(x.shape[1]):
        shift = step * np.eye(x.shape[1])[axis]
        numeric[:, axis] = (truth.log_prob(x + shift) - truth.log_prob(x - shift)) / (2 * step)
    np.testing.assert_allclose(truth.score(x), numeric, rtol=1e-5, atol=1e-4 * np.abs(numeric).max())


@pytest.mark.parametrize("name", LOADERS)
def test_expected_score_is_zero(datasets, name):
    """Stein's identity E[score] = 0, which ties the sampler to the density."""
    truth = datasets[name].truth
    score = truth.score(truth.sample(20_000, np.random.default_rng(1))[0])
    assert (np.abs(score.mean(axis=0)) < 5 * score.std(axis=0) / np.sqrt(len(score))).all()


@pytest.mark.parametrize("name", LOADERS)
def test_log_prob_agrees_with_the_reference_formula(datasets, name):
    truth = datasets[name].truth
    x = truth.sample(50, np.random.default_rng(2))[0]
    if isinstance(truth, TwoMoons):
        expected = [_moons_by_quad(point, truth.noise).sum() for point in x[:10]]
        x = x[:10]
    else:
        expected = np.mean([stats.multivariate_normal(mean, truth.covariance).pdf(x) for mean in truth.means], axis=0)
    np.testing.assert_allclose(truth.log_prob(x), np.log(expected), rtol=1e-10, atol=1e-9)


def _moons_by_quad(point, noise):
    """Joint density of the point and each label by adaptive quadrature."""

    def density(t, centre):
        return stats.norm.pdf(point - centre(t), scale=noise).prod() / (2 * np.pi)

    def upper(t):
        return np.array([np.cos(t), np.sin(t)])

    def lower(t):
        return np.array([1 - np.cos(t), 0.5 - np.sin(t)])

    return np.array(
        [quad(density, 0, np.pi, args=(arc,), epsabs=1e-14, epsrel=1e-12, limit=400)[0] for arc in (upper, lower)]
    )


def test_two_moons_quadrature_holds_far_away():
    """There the integrand is a narrow peak; eight times as many nodes change nothing."""
    far = np.array([[0.0, 8.0], [-6.0, 5.0], [7.0, -7.0]])
    np.testing.assert_allclose(
        TwoMoons(noise=0.1).log_prob(far), TwoMoons(noise=0.1, nodes=2048).log_prob(far), rtol=1e-10
    )


def test_two_moons_has_the_shape_of_scikit_learns():
    from sklearn.datasets import make_moons

    centres, labels = make_moons(2_000, noise=None)
    truth = TwoMoons(noise=0.1)
    assert (truth.class_log_prob(centres).argmax(axis=1) == labels).all()
    theirs, ours = make_moons(4_000, noise=0.1, random_state=0)[0], truth.sample(4_000, np.random.default_rng(0))[0]
    for direction in ([1, 0], [0, 1], [1, 1], [1, -1]):
        assert stats.ks_2samp(theirs @ direction, ours @ direction).pvalue > 1e-3


@pytest.mark.parametrize("name", ["two_moons", "gaussians", "correlated"])
def test_label_posterior_is_calibrated(datasets, name):
    truth = datasets[name].truth
    x, y = truth.sample(20_000, np.random.default_rng(3))
    log_posterior = truth.class_log_prob(x)
    np.testing.assert_allclose(np.exp(log_posterior).sum(axis=1), 1, atol=1e-12)
    p = np.exp(log_posterior[:, 1])
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1)
        if inside.sum() > 100:
            error = abs(y[inside].mean() - p[inside].mean())
            assert error < 5 * np.sqrt((p * (1 - p))[inside].mean() / inside.sum()) + 1e-9


@pytest.mark.parametrize("name", ["ring8", "grid25", "gaussians", "correlated"])
def test_sampler_follows_the_density_on_projections(datasets, name):
    """Along a random direction the mixture of Gaussians is a mixture of Gaussians on the line."""
    truth, rng = datasets[name].truth, np.random.default_rng(4)
    x = truth.sample(20_000, rng)[0]
    for _ in range(3):
        direction = rng.standard_normal(x.shape[1])
        centres, spread = truth.means @ direction, np.sqrt(direction @ truth.covariance @ direction)
        fit = stats.kstest(x @ direction, lambda v, c=centres, s=spread: stats.norm.cdf(v[:, None], c, s).mean(axis=1))
        assert fit.pvalue > 1e-4


def test_two_moons_sampler_follows_the_density():
    truth = TwoMoons(noise=0.1)
    x = truth.sample(40_000, np.random.default_rng(5))[0]
    for box in ((0.8, 1.2, -0.2, 0.3), (-0.2, 0.3, 0.8, 1.2), (0.3, 0.7, 0.0, 0.5)):
        inside = ((x[:, 0] > box[0]) & (x[:, 0] < box[1]) & (x[:, 1] > box[2]) & (x[:, 1] < box[3])).mean()
        mass = dblquad(lambda b, a: np.exp(truth.log_prob(np.array([[a, b]])))[0], *box, epsabs=1e-5)[0]
        assert abs(inside - mass) < 5 * np.sqrt(mass * (1 - mass) / len(x)) + 1e-4


@pytest.mark.parametrize("name", ["gaussians", "correlated"])
def test_bayes_error_is_that_of_the_posterior(datasets, name):
    truth = datasets[name].truth
    x, y = truth.sample(100_000, np.random.default_rng(6))
    p = np.exp(truth.class_log_prob(x))
    deviation = 5 * np.sqrt(0.25 / len(x))
    assert abs((p.argmax(axis=1) != y).mean() - truth.bayes_error) < deviation
    assert abs(p.min(axis=1).mean() - truth.bayes_error) < deviation


def test_bayes_errors_in_closed_form(datasets):
    independent, dependent = datasets["gaussians"].truth, datasets["correlated"].truth
    assert independent.bayes_error == pytest.approx(stats.norm.cdf(-1.15), abs=1e-12)
    assert independent.naive_bayes_error == pytest.approx(independent.bayes_error, abs=1e-12)
    assert dependent.bayes_error == pytest.approx(stats.norm.cdf(-1.25), abs=1e-12)
    # Along the two directions the variances are 8.2 and 0.2, the means 2 and 1.5 standard deviations apart.
    naive = -0.5 * (2**2 * 8.2 + 1.5**2 * 0.2) / np.sqrt(2**2 * 8.2**2 + 1.5**2 * 0.2**2)
    assert dependent.naive_bayes_error == pytest.approx(stats.norm.cdf(naive), abs=1e-12)
    assert dependent.naive_bayes_error > dependent.bayes_error + 0.04


@pytest.mark.parametrize("dim", [2, 3, 10, 31])
def test_bayes_errors_for_any_dimension(dim):
    assert gaussians(NOWHERE, dim=dim).truth.bayes_error == pytest.approx(stats.norm.cdf(-1.15), abs=1e-9)
    truth = correlated(NOWHERE, dim=dim).truth
    assert truth.bayes_error == pytest.approx(stats.norm.cdf(-1.25), abs=1e-9)
    assert truth.naive_bayes_error > truth.bayes_error + 0.035


@pytest.mark.parametrize("name", ["gaussians", "correlated"])
def test_naive_bayes_tends_to_its_asymptotic_error(datasets, name):
    """scikit-learn's naive Bayes, whose variances are equal by the data's symmetry, on many examples."""
    from sklearn.naive_bayes import GaussianNB

    truth = datasets[name].truth
    fitted = GaussianNB().fit(*truth.sample(100_000, np.random.default_rng(7)))
    x, y = truth.sample(100_000, np.random.default_rng(8))
    assert 1 - fitted.score(x, y) == pytest.approx(truth.naive_bayes_error, abs=0.008)


def test_learning_curves_cross_where_naive_bayes_is_wrong(datasets):
    """Ng & Jordan (2001): naive Bayes is ahead with 20 examples, logistic regression with 500."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    train, test = datasets["correlated"].train, datasets["correlated"].test
    difference = {}
    for size in (20, 500):
        parts = [train[size * i : size * (i + 1)] for i in range(20)]
        models = (GaussianNB(var_smoothing=1e-2), LogisticRegression(C=1e4, max_iter=500))
        errors = [[1 - model.fit(part.x, part.y).score(test.x, test.y) for model in models] for part in parts]
        difference[size] = np.subtract(*np.mean(errors, axis=0))
    assert difference[20] < 0 < difference[500]


def test_single_gaussian_is_scipys():
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    truth = GaussianMixture(np.array([[1.0, -1.0]]), covariance)
    x = np.random.default_rng(9).standard_normal((5, 2))
    np.testing.assert_allclose(truth.log_prob(x), stats.multivariate_normal([1, -1], covariance).logpdf(x))
    np.testing.assert_allclose(truth.score(x), -(x - [1, -1]) @ np.linalg.inv(covariance))


def test_linear_error_of_a_useless_direction_is_one_half():
    truth = TwoGaussians(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.eye(2))
    assert truth.linear_error(np.array([0.0, 1.0])) == pytest.approx(0.5)
    assert truth.bayes_error == pytest.approx(stats.norm.cdf(-1))


@pytest.mark.parametrize(("name", "modes", "sigma"), [("ring8", 8, 0.01), ("grid25", 25, 0.05)])
def test_modes_and_high_quality_share(datasets, name, modes, sigma):
    """Within three sigma of the centre lie 1 - exp(-9/2) = 98.89 % of a Gaussian in the plane."""
    dataset = datasets[name]
    nearest, good = dataset.modes.assign(dataset.train.x)
    assert good.mean() == pytest.approx(1 - np.exp(-4.5), abs=5 * np.sqrt(0.011 / 100_000))
    counts = np.bincount(nearest, minlength=modes)
    assert stats.chisquare(counts, dataset.modes.weights * len(nearest)).pvalue > 1e-4
    centred = dataset.train.x - dataset.modes.centres[nearest]
    np.testing.assert_allclose(centred.std(axis=0), sigma, rtol=0.02)
    assert (dataset.modes.name, dataset.modes.has_quality) == ("nearest-3sigma", True)


def test_settings_of_the_papers(datasets):
    ring, grid = datasets["ring8"].modes.centres, datasets["grid25"].modes.centres
    np.testing.assert_allclose(np.linalg.norm(ring, axis=1), 1)
    assert sorted(set(grid.ravel())) == [-4, -2, 0, 2, 4]
    assert len(np.unique(grid, axis=0)) == 25
    assert [len(datasets["ring8"].train), len(datasets["grid25"].train)] == [100_000, 100_000]


def test_far_sample_belongs_to_the_nearest_mode_but_is_poor():
    modes = NearestCentre(np.array([[0.0, 0.0], [1.0, 0.0]]), sigma=0.01)
    nearest, good = modes.assign(np.array([[0.4, 0.0], [0.972, 0.0], [1.0, 0.029]]))
    assert nearest.tolist() == [0, 1, 1]
    assert good.tolist() == [False, True, True]


def test_first_points_are_the_published_ones(datasets):
    """Golden values: the draws are part of the data sets and must never change."""
    assert datasets["ring8"].train.x[0] == pytest.approx([-0.0248287, 0.9963101], rel=1e-5)
    assert datasets["grid25"].train.x[0] == pytest.approx([-4.0154352, -1.9864078], rel=1e-5)
    assert datasets["two_moons"].train.x[0] == pytest.approx([0.1047683, 0.1789392], rel=1e-5)
    assert datasets["gaussians"].train.x[0, :3] == pytest.approx([0.3479783, 1.2138675, 1.2776794], rel=1e-5)
    assert datasets["correlated"].train.x[0, :3] == pytest.approx([-2.3045800, -1.5520858, -2.7342837], rel=1e-5)
    assert datasets["two_moons"].train.y[:6].tolist() == [1, 0, 1, 1, 0, 1]
    assert datasets["gaussians"].train.y[:6].tolist() == [1, 1, 1, 0, 1, 0]


def test_loading_twice_gives_the_same_data(datasets):
    assert {name: loader(NOWHERE).fingerprint for name, loader in LOADERS.items()} == {
        name: dataset.fingerprint for name, dataset in datasets.items()
    }


def test_the_wider_grid_is_centred_and_as_dense():
    dataset = grid100(NOWHERE)
    centres = dataset.modes.centres
    assert np.unique(centres[:, 0]).tolist() == [-9, -7, -5, -3, -1, 1, 3, 5, 7, 9]
    assert centres.shape == (100, 2)
    assert dataset.modes.radius == pytest.approx(0.15)


@pytest.mark.parametrize("dim", [2, 50])
def test_high_quality_holds_as_many_true_examples_in_any_dimension(dim):
    dataset = mixture(NOWHERE, dim=dim, modes=10)
    assigned, good = dataset.modes.assign(dataset.test.x)
    assert good.mean() == pytest.approx(1 - np.exp(-4.5), abs=0.004)
    if dim == 50:
        np.testing.assert_allclose(np.bincount(assigned) / 10_000, 0.1, atol=0.015)
        assert dataset.modes.name == "nearest-98.9%"
