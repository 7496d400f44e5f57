import json
from pathlib import Path

import pytest
import torch

from seqgan.errors import UserError
from seqgan.image.building import KINDS
from seqgan.image.networks import (
    NETWORKS,
    AutoencoderCritic,
    PictureEncoder,
    PictureGenerator,
    load_picture_network,
    make_critic,
    make_generator,
)
from seqgan.nn.saving import save_module

SHAPE = (1, 8, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_halves_meet(kind: str) -> None:
    generator = make_generator(kind, SHAPE, width=8, latent_dim=6)
    critic = make_critic(kind, SHAPE, width=8)
    pictures = generator(torch.randn(3, generator.latent_dim))
    assert pictures.shape == (3, *SHAPE)
    assert critic(pictures).shape == (3,)


def test_fully_connected_networks_take_points() -> None:
    generator = make_generator("mlp", (2,), width=4, latent_dim=2)
    assert make_critic("mlp", (2,), width=4)(generator(torch.randn(5, 2))).shape == (5,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_comes_back_from_its_folder(kind: str, tmp_path: Path) -> None:
    for name, made in NETWORKS.items():
        sizes = {
            "PictureGenerator": {"latent_dim": 6, "num_classes": 3},
            "PictureEncoder": {"dim_out": 4},
            "PictureCritic": {"constrained": True},
            "AutoencoderCritic": {"code_dim": 4},
            "CodeGenerator": {"code_dim": 6, "num_classes": 3, "conditional": "told"},
            "SearchGenerator": {"steps": 2, "step": 0.1, "noise": 0.1},
        }[name]
        module = made(kind, SHAPE, width=8, **sizes).eval()
        save_module(module, module.arguments, tmp_path / name)
        again = load_picture_network(tmp_path / name)
        latent_dim = getattr(module, "latent_dim", 0)
        x = torch.randn(2, latent_dim) if latent_dim else torch.randn(2, *SHAPE)
        told = [torch.tensor([0, 2])] if name == "PictureGenerator" else []
        assert torch.equal(again(x, *told), module(x, *told))


@pytest.mark.parametrize("kind", KINDS)
def test_spectral_normalization_holds_every_largest_singular_value_at_one(kind: str) -> None:
    critic = make_critic(kind, SHAPE, width=8, constrained=True)
    for _ in range(30):  # power iterations
        critic(torch.randn(2, *SHAPE))
    critic.eval()
    weights = [
        m.weight.detach() for m in critic.modules() if torch.nn.utils.parametrize.is_parametrized(m)
    ]
    assert len(weights) >= 3
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1, abs=0.02)


def test_the_energy_is_the_mean_square_of_what_is_missed() -> None:
    critic = AutoencoderCritic("mlp", SHAPE, width=4, code_dim=3).double()
    x = torch.randn(2, *SHAPE, dtype=torch.float64)
    by_hand = [((critic.reconstruct(row[None])[0] - row) ** 2).sum() / 64 for row in x]
    torch.testing.assert_close(critic(x), torch.stack(by_hand))


def test_a_told_class_changes_the_picture_and_the_code() -> None:
    generator = PictureGenerator("mlp", SHAPE, width=4, latent_dim=2, num_classes=3)
    encoder = PictureEncoder("mlp", SHAPE, width=4, dim_out=2, num_classes=3)
    noise = torch.randn(1, 2).expand(3, 2)
    label = torch.tensor([0, 1, 1])
    made = generator(noise, label)
    codes = encoder(made[:1].expand(3, *SHAPE), label)
    for values in (made, codes):
        torch.testing.assert_close(values[1], values[2])
        assert not torch.allclose(values[0], values[1])
    with pytest.raises(ValueError, match="must be told one of 3 classes"):
        generator(noise)


def test_what_cannot_be_built_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'unet': choose one of residual, dcgan, mlp"):
        make_generator("unet", SHAPE, width=8, latent_dim=2)
    with pytest.raises(UserError, match=r"4 to 128 pixels a side, not of 1 x 1.*--size"):
        make_critic("residual", (3, 1, 1), width=8)
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "Chatbot", "arguments": {}}))
    with pytest.raises(UserError, match="holds a Chatbot, which is no network for pictures"):
        load_picture_network(tmp_path)
    wrong = {"architecture": "PictureCritic", "arguments": {"wide": 1}}
    (tmp_path / "config.json").write_text(json.dumps(wrong))
    with pytest.raises(UserError, match="does not describe a PictureCritic"):
        load_picture_network(tmp_path)
