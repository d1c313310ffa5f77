"""Adversarial models: a generator that learns from a discriminator."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

_GOODFELLOW = "Goodfellow et al. 2014, Generative adversarial nets, NIPS 27"
_MODELS = (
    (
        "gan",
        "gan:GAN",
        "Generative adversarial network with the non-saturating loss, multilayer perceptrons or small convolutions",
        _GOODFELLOW,
    ),
    ("gan_minimax", "gan:MinimaxGAN", "GAN whose generator minimises log(1 - D(G(z))), which saturates", _GOODFELLOW),
    (
        "lsgan",
        "lsgan:LSGAN",
        "GAN with squared errors in place of logarithms",
        "Mao et al. 2017, Least squares generative adversarial networks, ICCV",
    ),
    (
        "hinge_gan",
        "hinge_gan:HingeGAN",
        "GAN with the hinge loss",
        "Lim & Ye 2017, Geometric GAN, arXiv:1705.02894; Miyato et al. 2018, ICLR",
    ),
    (
        "wgan",
        "wgan:WGAN",
        "Wasserstein GAN whose critic has clipped weights",
        "Arjovsky, Chintala & Bottou 2017, Wasserstein generative adversarial networks, ICML",
    ),
    (
        "wgan_gp",
        "wgan:WGANGP",
        "Wasserstein GAN with a penalty on the critic's gradient",
        "Gulrajani et al. 2017, Improved training of Wasserstein GANs, NIPS",
    ),
    (
        "f_gan",
        "f_gan:FGAN",
        "GAN by the variational bound on an f-divergence: KL, reverse KL, Pearson, Hellinger or Jensen-Shannon",
        "Nowozin, Cseke & Tomioka 2016, f-GAN, NIPS",
    ),
    (
        "ebgan",
        "autoencoding:EBGAN",
        "Energy-based GAN: the discriminator is an autoencoder, its error the energy",
        "Zhao, Mathieu & LeCun 2017, Energy-based generative adversarial network, ICLR",
    ),
    (
        "began",
        "autoencoding:BEGAN",
        "Boundary equilibrium GAN: an autoencoder's errors on both sides are held in balance",
        "Berthelot, Schumm & Metz 2017, BEGAN: boundary equilibrium generative adversarial networks, arXiv:1703.10717",
    ),
    (
        "pacgan",
        "pacgan:PacGAN",
        "GAN whose discriminator judges several examples at once",
        "Lin et al. 2018, PacGAN: the power of two samples in generative adversarial networks, NeurIPS",
    ),
    (
        "unrolled_gan",
        "unrolled_gan:UnrolledGAN",
        "GAN whose generator foresees the discriminator's next steps",
        "Metz et al. 2017, Unrolled generative adversarial networks, ICLR",
    ),
    (
        "minibatch_gan",
        "minibatch_gan:MinibatchGAN",
        "GAN with minibatch discrimination and feature matching",
        "Salimans et al. 2016, Improved techniques for training GANs, NIPS",
    ),
    (
        "conditional_gan",
        "conditional:ConditionalGAN",
        "GAN given the label: samples of a class asked for",
        "Mirza & Osindero 2014, Conditional generative adversarial nets, arXiv:1411.1784",
    ),
    (
        "acgan",
        "conditional:ACGAN",
        "GAN whose generator is given the label, and whose discriminator tells it",
        "Odena, Olah & Shlens 2017, Conditional image synthesis with auxiliary classifier GANs, ICML",
    ),
    (
        "dcgan",
        "dcgan:DCGAN",
        "Deep convolutional GAN by its five guidelines, for images",
        "Radford, Metz & Chintala 2016, Unsupervised representation learning with deep convolutional GANs, ICLR",
    ),
    (
        "infogan",
        "infogan:InfoGAN",
        "GAN with a categorical and continuous codes that can be read off its samples",
        "Chen et al. 2016, InfoGAN: interpretable representation learning by information maximizing GANs, NIPS 29",
    ),
    (
        "bigan",
        "bigan:BiGAN",
        "GAN with an encoder, whose discriminator sees pairs of example and code",
        "Donahue, Krähenbühl & Darrell 2017, Adversarial feature learning, ICLR; Dumoulin et al. 2017, ICLR",
    ),
    (
        "veegan",
        "bigan:VEEGAN",
        "GAN with a reconstructor of the noise, against modes left out",
        "Srivastava et al. 2017, VEEGAN: reducing mode collapse in GANs using implicit variational learning, NIPS 30",
    ),
    (
        "adagan",
        "adagan:AdaGAN",
        "Boosted GANs, each trained on what the mixture of those before it lacks",
        "Tolstikhin et al. 2017, AdaGAN: boosting generative models, NIPS 30",
    ),
    (
        "lapgan",
        "lapgan:LAPGAN",
        "GANs on the levels of a Laplacian pyramid, for images",
        "Denton et al. 2015, Deep generative image models using a Laplacian pyramid of adversarial networks, NIPS 28",
    ),
    (
        "cogan",
        "cogan:CoGAN",
        "Two GANs that share weights, for the data and their negatives",
        "Liu & Tuzel 2016, Coupled generative adversarial networks, NIPS 29",
    ),
    (
        "bayesian_gan",
        "bayesian_gan:BayesianGAN",
        "Mixture of generators with a prior and injected noise against one discriminator",
        "Saatchi & Wilson 2017, Bayesian GAN, NIPS 30",
    ),
)


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    for name, target, summary, source in _MODELS:
        yield ModelSpec(name=name, target=f"genbench_adversarial.{target}", summary=summary, source=source)
