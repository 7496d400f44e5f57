"""The mixture of Gaussians over pixels: what it is fitted to is what it draws."""

import torch

from seqgan.data.pictures import Pictures, to_bytes
from seqgan.image.pixel_mixture import LEAST_VARIANCE, PixelMixture, applies, fitted_mixture


def two_kinds() -> Pictures:
    """Return 300 dark and 100 bright pictures of 2 by 2, whose rows vary together."""
    rng = torch.Generator().manual_seed(0)
    level = torch.where(torch.arange(400) < 300, 60.0, 200.0)[:, None, None, None]
    shake = 20 * torch.randn(400, 1, 2, 1, generator=rng)
    images = (level + shake).expand(400, 1, 2, 2).round().clamp(0, 255).to(torch.uint8)
    return Pictures(images.contiguous(), torch.zeros(400, dtype=torch.long))


def test_it_draws_what_it_was_fitted_to() -> None:
    """Shares within 4 sigma of 20,000 draws; each kind's mean and covariance of the pixels."""
    train = two_kinds()
    mixture = fitted_mixture(train, 2, seed=0)
    noise = torch.randn(20_000, mixture.latent_dim, generator=torch.Generator().manual_seed(1))
    drawn = mixture(noise)
    assert drawn.shape == (20_000, 1, 2, 2)
    dark = drawn.mean((1, 2, 3)) < 0
    assert abs(float(dark.double().mean()) - 0.75) < 4 * (0.75 * 0.25 / 20_000) ** 0.5
    for kind, rows in ((dark, slice(0, 300)), (~dark, slice(300, 400))):
        real = train.images[rows].flatten(1).double() / 127.5 - 1
        fake = drawn[kind].flatten(1).double()
        torch.testing.assert_close(fake.mean(0), real.mean(0), atol=0.02, rtol=0)
        expected = real.T.cov(correction=0) + LEAST_VARIANCE * torch.eye(4)
        torch.testing.assert_close(fake.T.cov(), expected, atol=2e-3, rtol=0)
    assert to_bytes(drawn).dtype == torch.uint8


def test_an_unfitted_mixture_is_the_noise_itself() -> None:
    mixture = PixelMixture((1, 2, 2), num_components=3)
    noise = torch.randn(5, 5)
    assert torch.equal(mixture(noise).flatten(1), noise[:, :4])


def test_it_applies_to_small_pictures_and_enough_of_them() -> None:
    def part(count: int, side: int) -> Pictures:
        return Pictures(torch.zeros(count, 1, side, side), torch.zeros(count))

    assert applies(part(40, 16), num_components=20)
    assert not applies(part(39, 16), num_components=20)
    assert not applies(part(40, 17), num_components=20)
