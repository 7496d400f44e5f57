"""Drawing from a trained generator: the same pictures for the same seed, strips between codes."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqgan.errors import UserError
from seqgan.image.model import GENERATOR_FOLDER, PictureModel, noise_dim, sampler_of
from seqgan.image.networks import make_generator
from seqgan.image.samples import BATCH, draw
from seqgan.nn.saving import save_built


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run that left an untrained generator."""
    generator = make_generator("mlp", (3, 6, 4), width=2, latent_dim=5)
    save_built(generator, tmp_path / GENERATOR_FOLDER)
    return tmp_path


def test_pictures_are_bytes_and_repeat_with_the_seed(run: Path) -> None:
    model = PictureModel.load(run)
    first = model.sample(7, seed=3)
    assert (first.dtype, first.shape) == (torch.uint8, (7, 3, 6, 4))
    assert torch.equal(PictureModel.load(str(run)).sample(7, seed=3), first)
    assert not torch.equal(model.sample(7, seed=4), first)
    assert not first.requires_grad
    torch.rand(9)
    assert torch.equal(model.sample(7, seed=3), first), "the global random state plays no part"


@pytest.mark.parametrize("count", [0, -1])
def test_no_pictures_cannot_be_drawn(run: Path, count: int) -> None:
    with pytest.raises(ValueError, match="1 is the least"):
        PictureModel.load(run).sample(count)


def test_a_run_without_a_generator_says_how_to_finish(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="finish it with --resume"):
        PictureModel.load(tmp_path)


def test_many_pictures_are_drawn_in_pieces() -> None:
    """One piece after the other from one stream of noise."""
    sizes: list[int] = []

    def sampler(count: int, rng: torch.Generator) -> Tensor:
        sizes.append(count)
        return torch.rand(count, 1, 2, 2, generator=rng) * 2 - 1

    made = draw(sampler, 2 * BATCH + 1, seed=0)
    assert sizes == [BATCH, BATCH, 1]
    assert len(made.flatten(1).unique(dim=0)) > BATCH


class Codes(nn.Module):
    """Shows its code, scaled down."""

    latent_dim = 4

    def forward(self, noise: Tensor) -> Tensor:
        return (noise / 6).reshape(-1, 1, 2, 2)


def test_strips_go_from_one_code_to_another_on_a_great_circle() -> None:
    model = PictureModel(Codes())
    strips = model.between(3, 5)
    assert strips.shape == (3, 5, 1, 2, 2)
    ends = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    for place, step in ((0, 0), (1, 4)):
        expected = model.generator(ends[place])
        expected = ((expected + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        assert torch.equal(strips[:, step], expected)
    half = (ends[0] + ends[1]) / 2**0.5
    expected = ((model.generator(half) + 1) * 127.5).round().clamp(0, 255)
    assert (strips[:, 2].float() - expected).abs().max() <= 1


def test_a_generator_says_how_much_noise_it_takes() -> None:
    assert noise_dim(Codes()) == 4
    assert sampler_of(Codes())(3, torch.Generator().manual_seed(0)).shape == (3, 1, 2, 2)
    with pytest.raises(AttributeError):
        noise_dim(nn.Linear(1, 1))
