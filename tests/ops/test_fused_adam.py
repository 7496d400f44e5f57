"""The fused step is AdamW's, however gradients lie in memory."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.optim import AdamW

from seqgan.ops.fused_adam import fused_adamw

LR, BETAS, DECAY, EPS = 1e-2, (0.8, 0.99), 0.1, 1e-8


def by_hand(weight: Tensor, gradients: list[Tensor]) -> Tensor:
    """Return the weights after these steps (arXiv:1711.05101, algorithm 2)."""
    first, second = torch.zeros_like(weight), torch.zeros_like(weight)
    for step, gradient in enumerate(gradients, start=1):
        first = BETAS[0] * first + (1 - BETAS[0]) * gradient
        second = BETAS[1] * second + (1 - BETAS[1]) * gradient**2
        change = first / (1 - BETAS[0] ** step) / ((second / (1 - BETAS[1] ** step)).sqrt() + EPS)
        weight = weight - LR * DECAY * weight - LR * change
    return weight


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


LAYOUTS: dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]] = {
    "alike": (lambda: normal(5, 7), lambda: normal(5, 7)),
    "transposed gradient": (lambda: normal(5, 7), lambda: normal(7, 5).t()),
    "transposed weights": (lambda: normal(7, 5).t(), lambda: normal(5, 7)),
    "repeated gradient": (lambda: normal(5, 7), lambda: normal(5, 1).expand(5, 7)),
    "one number": (lambda: normal(), lambda: normal()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_steps_are_those_of_the_paper(layout: str) -> None:
    torch.manual_seed(0)
    make_weight, make_gradient = LAYOUTS[layout]
    weight = make_weight()
    start, gradients = weight.clone(), [make_gradient() for _ in range(3)]
    optimizer = fused_adamw([weight.requires_grad_()], lr=LR, betas=BETAS, weight_decay=DECAY)
    for gradient in gradients:
        weight.grad = gradient
        optimizer.step()
    torch.testing.assert_close(weight.detach(), by_hand(start, gradients))


def test_weights_without_a_gradient_stay() -> None:
    moved, still = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    optimizer = fused_adamw([moved, still], lr=LR, weight_decay=DECAY)
    moved.grad = torch.ones(3)
    optimizer.step()
    assert torch.equal(still.detach(), torch.ones(3))
    assert not torch.equal(moved.detach(), torch.ones(3))


def test_steps_go_on_from_moments_that_lie_otherwise() -> None:
    """As where weights have their channels last and a file had them first."""
    torch.manual_seed(0)
    start, gradients = normal(2, 3, 4, 4), [normal(2, 3, 4, 4) for _ in range(4)]
    weight = start.clone().to(memory_format=torch.channels_last).requires_grad_()

    def made() -> AdamW:
        return fused_adamw([weight], lr=LR, betas=BETAS, weight_decay=DECAY)

    optimizer = made()
    for step, gradient in enumerate(gradients):
        if step == 2:
            state = optimizer.state_dict()
            for name in ("exp_avg", "exp_avg_sq"):
                state["state"][0][name] = state["state"][0][name].contiguous()
            optimizer = made()
            optimizer.load_state_dict(state)
        weight.grad = gradient
        optimizer.step()
    torch.testing.assert_close(weight.detach(), by_hand(start, gradients))
