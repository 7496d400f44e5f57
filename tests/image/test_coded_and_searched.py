import pytest
import torch

from seqgan.image.coded import CodeGenerator
from seqgan.image.searched import SearchGenerator

SHAPE = (1, 4, 4)


def test_without_classes_the_code_is_the_noise() -> None:
    generator = CodeGenerator("mlp", SHAPE, width=2, code_dim=3)
    noise = torch.randn(5, 3)
    assert torch.equal(generator(noise), generator.decoder(noise))


def test_fitted_codes_have_the_mean_and_covariance_of_the_given() -> None:
    torch.manual_seed(0)
    generator = CodeGenerator("mlp", SHAPE, width=2, code_dim=3).double()
    code = torch.randn(500, 3, dtype=torch.float64) @ torch.randn(3, 3, dtype=torch.float64) + 4
    generator.fit(code)
    torch.testing.assert_close(generator.mean_KL[0], code.mean(0))
    torch.testing.assert_close(generator.scale_LL.T @ generator.scale_LL, code.T.cov(correction=0))


def test_a_code_dimension_without_spread_is_fitted_too() -> None:
    generator = CodeGenerator("mlp", SHAPE, width=2, code_dim=2)
    generator.fit(torch.tensor([[0.0, 1.0], [2.0, 1.0]]))
    assert generator(torch.randn(3, 2)).isfinite().all()
    torch.testing.assert_close(
        generator.scale_LL.T @ generator.scale_LL, torch.diag(torch.tensor([1.0, 0.0]))
    )


def test_class_means_shift_the_code_and_are_learned() -> None:
    arguments = {"width": 2, "code_dim": 3, "num_classes": 2}
    generator = CodeGenerator("mlp", SHAPE, conditional="means", **arguments)
    noise, label = torch.randn(2, 3), torch.tensor([0, 1])
    expected = generator.decoder(noise + generator.mean_KL[label])
    assert torch.equal(generator.of_class(noise, label), expected)
    assert "mean_KL" in dict(generator.named_parameters())
    told = CodeGenerator("mlp", SHAPE, conditional="told", **arguments)
    assert "mean_KL" not in dict(told.named_parameters())
    assert told.means(label).abs().sum() == 0


def test_the_last_value_of_the_noise_chooses_the_class() -> None:
    generator = CodeGenerator("mlp", SHAPE, width=2, code_dim=3, num_classes=4, conditional="told")
    assert generator.latent_dim == 4
    quartiles = [-9.0, -0.68, -0.67, -0.01, 0.01, 0.67, 0.68, 9.0]
    noise = torch.cat([torch.randn(1, 3).expand(8, 3), torch.tensor(quartiles)[:, None]], 1)
    expected = generator.of_class(noise[:, :3], torch.arange(8) // 2)
    torch.testing.assert_close(generator(noise), expected)
    free = CodeGenerator("mlp", SHAPE, width=2, code_dim=3)
    assert free.latent_dim == 3


def test_classes_without_a_condition_are_refused() -> None:
    with pytest.raises(ValueError, match="3 classes do not go with conditional='no'"):
        CodeGenerator("mlp", SHAPE, width=2, code_dim=3, num_classes=3)


def test_found_pictures_score_higher_than_their_starts_and_are_the_same_again() -> None:
    torch.manual_seed(0)
    generator = SearchGenerator("mlp", SHAPE, width=2, steps=10, step=0.05, noise=0.01)
    noise = torch.randn(6, generator.latent_dim)
    with torch.no_grad():
        found = generator(noise)
        assert torch.equal(found, generator(noise))
        assert (generator.score(found) > generator.score(generator.start(noise))).all()
    assert found.shape == (6, *SHAPE)
    assert found.abs().max() <= 1
