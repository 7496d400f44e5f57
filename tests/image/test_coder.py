import pytest
import torch
from torch import Tensor

from seqgan.data.pictures import Pictures, from_bytes
from seqgan.games.autoencoding import Posterior
from seqgan.image.code_drawings import STEPS, same_label_pairs, ways
from seqgan.image.coder import Coder


def pictures(count: int) -> Pictures:
    images = torch.randint(0, 256, (count, 1, 4, 4), dtype=torch.uint8)
    return Pictures(images, torch.arange(count) % 3)


def encode(images: Tensor, labels: Tensor) -> Posterior:
    """A code is the picture itself."""
    code = images.flatten(1)
    return Posterior(code, torch.full_like(code, -torch.inf))


def decode(codes: Tensor, labels: Tensor) -> Tensor:
    return codes.unflatten(1, (1, 4, 4))


def test_what_is_kept_whole_has_no_error() -> None:
    part = pictures(600)  # more than two batches
    coder = Coder(encode, decode)
    codes = coder.codes(part, count=550, device="cpu")
    assert torch.equal(codes.mean_BL, from_bytes(part.images[:550]).flatten(1))
    assert coder.reconstruction_error(part, device="cpu") == 0


def test_the_error_is_a_mean_square() -> None:
    coder = Coder(encode, lambda codes, labels: decode(codes, labels) + 0.5)
    assert coder.reconstruction_error(pictures(7), device="cpu") == pytest.approx(0.25)


def test_codes_are_seen_from_the_mean_of_their_class() -> None:
    part = pictures(60)

    def by_class(images: Tensor, labels: Tensor) -> Posterior:
        mean = labels[:, None].float() * 5
        return Posterior(mean, torch.zeros_like(mean))

    from_zero = Coder(by_class, decode).code_figures(part, device="cpu")
    from_class = Coder(by_class, decode, lambda label: label[:, None].float() * 5)
    assert from_zero["used"] == 1
    assert from_class.code_figures(part, device="cpu") == {
        "posterior_variance": 1.0,
        "used": 0,
        "aggregate_mean": 0.0,
        "aggregate_variance": 1.0,
    }


def test_strips_lead_from_one_picture_to_the_other() -> None:
    part = pictures(30)
    strips = ways(Coder(encode, decode), part, device="cpu", count=4)
    assert strips.shape == (4, STEPS + 2, 1, 4, 4)
    torch.testing.assert_close(strips[:, 1], strips[:, 0])
    torch.testing.assert_close(strips[:, -2], strips[:, -1])
    middle = (strips[:, 0] + strips[:, -1]) / 2
    torch.testing.assert_close(strips[:, 1 + STEPS // 2], middle)


def test_pairs_are_alike_in_label() -> None:
    labels = torch.randint(0, 4, (50,))
    first, second = same_label_pairs(labels, 20)
    assert torch.equal(labels[first], labels[second])
    assert (first != second).all()
    assert len(first) == 20
