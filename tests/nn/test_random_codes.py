import math

import torch

from seqgan.nn.random_codes import RandomCodes


def test_the_same_example_always_gets_the_same_code() -> None:
    x = torch.rand(4, 1, 8, 8)
    assert torch.equal(RandomCodes((1, 8, 8), dim_out=3)(x), RandomCodes((1, 8, 8), dim_out=3)(x))
    other = RandomCodes((1, 8, 8), dim_out=3, seed=1)(x)
    assert not torch.allclose(other, RandomCodes((1, 8, 8), dim_out=3)(x))


def test_codes_are_standard_normal_and_near_examples_share_nothing() -> None:
    """Moments within 5 standard errors of N(0, 1); one grey level changes the code wholly."""
    torch.manual_seed(0)
    codes = RandomCodes((8,), dim_out=1)
    x = torch.rand(4000, 8)
    code_N = codes(x).flatten()
    near_N = codes(x + 1 / 127.5).flatten()
    error = 1 / math.sqrt(len(x))
    assert abs(code_N.mean()) < 5 * error
    assert abs(code_N.var() - 1) < 5 * math.sqrt(2) * error
    assert abs((code_N * near_N).mean()) < 5 * error
