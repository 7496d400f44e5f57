"""Which augmentation stands before the critic."""

import pytest
import torch
from torch import Tensor

from seqgan.image.augmentation import AugmentOptions, augmentation
from seqgan.ops.augment import diff_augment, random_flips

PICTURES = torch.linspace(-1, 1, 6 * 3 * 8 * 8).reshape(6, 3, 8, 8)


def seen(options: AugmentOptions, seed: int = 0) -> Tensor:
    transform = augmentation(options)
    assert transform is not None
    return transform(PICTURES, torch.Generator().manual_seed(seed))


def test_without_options_there_is_none() -> None:
    assert augmentation(AugmentOptions()) is None


def test_flips_alone_mirror_and_change_nothing_else() -> None:
    flipped = seen(AugmentOptions(flips=True))
    assert torch.equal(flipped, random_flips(PICTURES, rng=torch.Generator().manual_seed(0)))
    mirrored = [torch.equal(now, old.flip(2)) for now, old in zip(flipped, PICTURES, strict=True)]
    same = [torch.equal(now, old) for now, old in zip(flipped, PICTURES, strict=True)]
    assert all(one or other for one, other in zip(mirrored, same, strict=True))
    assert any(mirrored)
    assert any(same)


@pytest.mark.parametrize("policy", ["color", "translation", "cutout"])
def test_a_policy_is_applied_alone(policy: str) -> None:
    made = seen(AugmentOptions(augment=(policy,)))  # type: ignore[arg-type]
    rng = torch.Generator().manual_seed(0)
    assert torch.equal(made, diff_augment(PICTURES, rng=rng, policies=(policy,)))
    assert not torch.equal(made, PICTURES)


def test_all_at_once_repeat_with_the_seed_and_carry_gradients() -> None:
    options = AugmentOptions(augment=("color", "translation", "cutout"), flips=True)
    assert torch.equal(seen(options), seen(options))
    assert not torch.equal(seen(options), seen(options, seed=1))
    pictures = PICTURES.clone().requires_grad_()
    transform = augmentation(options)
    assert transform is not None
    made = transform(pictures, torch.Generator().manual_seed(0))
    (slope,) = torch.autograd.grad(made.square().sum(), pictures)
    assert slope.abs().sum() > 0
