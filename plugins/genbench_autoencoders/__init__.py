"""Autoencoders: plain, linear, denoising and contractive; variational ones with all kinds of priors and bounds; VAE-GAN."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

_MODELS = (
    (
        "autoencoder",
        "autoencoder:Autoencoder",
        "Autoencoder; samples by a Gaussian mixture fitted to the training codes",
        "Hinton & Salakhutdinov 2006, Reducing the dimensionality of data with neural networks, Science 313; "
        "sampling: Ghosh et al. 2020, From variational to deterministic autoencoders, ICLR",
    ),
    (
        "linear_autoencoder",
        "linear_autoencoder:LinearAutoencoder",
        "Linear autoencoder with squared error, which finds the subspace of principal components",
        "Baldi & Hornik 1989, Neural networks and principal component analysis, Neural Networks 2",
    ),
    (
        "denoising_autoencoder",
        "denoising_autoencoder:DenoisingAutoencoder",
        "Denoising autoencoder; its residual over the noise's variance is the score",
        "Vincent et al. 2008, ICML; Alain & Bengio 2014, What regularized auto-encoders learn, JMLR 15",
    ),
    (
        "contractive_autoencoder",
        "contractive_autoencoder:ContractiveAutoencoder",
        "Contractive autoencoder: one sigmoid layer, penalised by the Frobenius norm of its Jacobian",
        "Rifai et al. 2011, Contractive auto-encoders: explicit invariance during feature extraction, ICML",
    ),
    (
        "vae",
        "vae:VAE",
        "Variational autoencoder",
        "Kingma & Welling 2014, Auto-encoding variational Bayes, ICLR",
    ),
    (
        "beta_vae",
        "vae:BetaVAE",
        "VAE whose KL divergence counts beta times",
        "Higgins et al. 2017, beta-VAE: learning basic visual concepts with a constrained variational framework, ICLR",
    ),
    (
        "iwae",
        "vae:IWAE",
        "Importance-weighted autoencoder: a VAE trained on the bound from k samples",
        "Burda, Grosse & Salakhutdinov 2016, Importance weighted autoencoders, ICLR",
    ),
    (
        "vae_gmm",
        "vae:VAEGMM",
        "VAE with a learned mixture of Gaussians as the prior",
        "Tomczak & Welling 2018, VAE with a VampPrior, AISTATS (baseline MoG)",
    ),
    (
        "conditional_vae",
        "conditional_vae:ConditionalVAE",
        "VAE given the label: samples of a class asked for",
        "Kingma et al. 2014, Semi-supervised learning with deep generative models, NIPS; Sohn et al. 2015, NIPS",
    ),
    (
        "vae_categorical",
        "vae_categorical:VAECategorical",
        "VAE with categorical codes, trained through the Gumbel-softmax relaxation",
        "Jang, Gu & Poole 2017, Categorical reparameterization with Gumbel-softmax, ICLR",
    ),
    (
        "vae_gan",
        "vae_gan:VAEGAN",
        "VAE whose reconstruction error is measured in the features of a discriminator",
        "Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric, ICML",
    ),
)


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name, target, summary, source in _MODELS:
        yield ModelSpec(name=name, target=f"genbench_autoencoders.{target}", summary=summary, source=source)
