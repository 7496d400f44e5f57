"""Drawing by the inverse distribution function is exact, so the tests are too."""

import pytest
import torch
from torch import Tensor

from seqgan.ops import categorical
from seqgan.ops.sampling import BLOCK, filter_logits, sample_tokens


def plain(logits_BV: Tensor, uniform_B: Tensor) -> Tensor:
    """The inverse distribution function as it is written down, in float64."""
    cumulative_BV = logits_BV.double().softmax(-1).cumsum(-1)
    return (cumulative_BV <= uniform_B.double().unsqueeze(1)).sum(-1)


@pytest.mark.parametrize("vocab_size", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 5000])
def test_draws_are_those_of_the_plain_inverse_distribution_function(vocab_size: int) -> None:
    """Up to rounding: where they differ, the point lies within it of the border between the two.

    The sums are of float32, so a border is off by a few units of 2^-24.
    """
    rng = torch.Generator().manual_seed(vocab_size)
    logits_BV = 3 * torch.randn(2000, vocab_size, generator=rng)
    uniform_B = torch.rand(2000, generator=rng)
    drawn_B, plain_B = sample_tokens(logits_BV, uniform_B), plain(logits_BV, uniform_B)
    border_BV = logits_BV.double().softmax(-1).cumsum(-1)
    lower_B1 = torch.minimum(drawn_B, plain_B).unsqueeze(1)
    distance_B = (border_BV.gather(1, lower_B1).squeeze(1) - uniform_B).abs()
    differs_B = drawn_B != plain_B
    assert bool((distance_B[differs_B] < 1e-6).all())
    assert int(differs_B.sum()) < 5


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_every_precision_draws_by_its_own_probabilities(dtype: torch.dtype) -> None:
    rng = torch.Generator().manual_seed(3)
    logits_BV = torch.randn(500, 300, generator=rng).to(dtype)
    uniform_B = torch.rand(500, generator=rng)
    same_B = sample_tokens(logits_BV, uniform_B) == plain(logits_BV, uniform_B)
    assert float(same_B.float().mean()) > (0.9 if dtype == torch.bfloat16 else 0.99)


def test_several_draws_of_a_row_are_those_of_its_copies() -> None:
    rng = torch.Generator().manual_seed(4)
    logits_BV = torch.randn(7, 300, generator=rng)
    uniform_BN = torch.rand(7, 5, generator=rng)
    copies = sample_tokens(logits_BV.repeat_interleave(5, dim=0), uniform_BN.flatten())
    assert torch.equal(sample_tokens(logits_BV, uniform_BN), copies.view(7, 5))
    assert sample_tokens(logits_BV[:0], uniform_BN[:0]).shape == (0, 5)
    assert sample_tokens(logits_BV[:0], uniform_BN[:0, 0]).shape == (0,)


def test_half_precision_draws_what_its_logits_say() -> None:
    """As the log-probabilities are counted: in float32."""
    rng = torch.Generator().manual_seed(6)
    logits_BV = 4 * torch.randn(200, 500, generator=rng).bfloat16()
    uniform_B = torch.rand(200, generator=rng)
    assert torch.equal(
        sample_tokens(logits_BV, uniform_B), sample_tokens(logits_BV.float(), uniform_B)
    )
    half, full = (filter_logits(each, top_p=0.9) for each in (logits_BV, logits_BV.float()))
    assert torch.equal(half.isinf(), full.isinf())


def test_what_fits_in_the_cache_does_not_change_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = torch.Generator().manual_seed(5)
    logits_BV, uniform_B = torch.randn(50, 130, generator=rng), torch.rand(50, generator=rng)
    drawn_B = sample_tokens(logits_BV, uniform_B)
    for numbers in (1, 130, 1000):
        monkeypatch.setattr(categorical, "CACHED_LOGITS", numbers)
        assert torch.equal(sample_tokens(logits_BV, uniform_B), drawn_B)


@pytest.mark.parametrize("never", [-torch.inf, -3e4])
def test_whole_blocks_of_impossible_tokens_are_never_drawn(never: float) -> None:
    """Uniforms at both ends and at every border, each with its neighbors in float32."""
    vocab_size = 6 * BLOCK - 5
    logits_V = torch.full((vocab_size,), never)
    allowed = [BLOCK + 3, BLOCK + 4, 3 * BLOCK - 1, 3 * BLOCK, 5 * BLOCK + 1]
    logits_V[allowed] = torch.tensor([0.0, -20.0, 1.0, 0.0, -40.0])
    border_V = logits_V.softmax(0).cumsum(0)
    end = torch.ones_like(border_V)
    uniform_B = torch.cat(
        [border_V, torch.nextafter(border_V, end), torch.nextafter(border_V, -end), end, 0 * end]
    )
    drawn_B = sample_tokens(logits_V.expand(len(uniform_B), -1), uniform_B.clamp(0, 1))
    assert set(drawn_B.tolist()) <= set(allowed)


def test_no_gradient_is_asked_of_logits_that_have_one() -> None:
    logits_BV = torch.zeros(2, 3, requires_grad=True)
    assert not sample_tokens(logits_BV, torch.tensor([0.1, 0.9])).requires_grad


def test_the_uniform_line_is_divided_in_proportion_to_the_probabilities() -> None:
    """On a fine grid of uniforms every token is drawn as often as its probability says."""
    prob_V = torch.tensor([0.125, 0.5, 0.0, 0.25, 0.125])
    num = 4096
    uniform_B = (torch.arange(num) + 0.5) / num
    drawn_B = sample_tokens(prob_V.log().expand(num, -1), uniform_B)
    assert drawn_B.bincount(minlength=5).div(num).tolist() == prob_V.tolist()


def test_impossible_tokens_are_never_drawn_at_the_ends_of_the_line() -> None:
    logits_V = torch.tensor([-torch.inf, 0.0, -torch.inf, 1.0, -torch.inf, -torch.inf])
    almost_one = torch.nextafter(torch.tensor(1.0), torch.tensor(0.0)).item()
    for uniform in (0.0, 1e-45, 0.5, almost_one, 1.0 - 1e-16, 1.0):
        drawn_B = sample_tokens(logits_V.unsqueeze(0), torch.tensor([uniform], dtype=torch.float64))
        assert drawn_B.item() in (1, 3), uniform


def test_a_large_vocabulary_stays_in_range_just_below_one() -> None:
    rng = torch.Generator().manual_seed(0)
    logits_BV = torch.randn(64, 30_000, generator=rng)
    logits_BV[:, 20_000:] = -torch.inf
    drawn_B = sample_tokens(logits_BV, torch.full((64,), 1.0 - 2**-24))
    assert bool((drawn_B < 20_000).all())


def test_draws_do_not_depend_on_the_scale_or_on_other_rows() -> None:
    rng = torch.Generator().manual_seed(0)
    logits_BV = torch.randn(200, 7, generator=rng)
    uniform_B = torch.rand(200, generator=rng)
    drawn_B = sample_tokens(logits_BV, uniform_B)
    assert torch.equal(drawn_B, sample_tokens(logits_BV - 512.0, uniform_B))
    alone_B = torch.cat(
        [sample_tokens(logits_BV[i : i + 1], uniform_B[i : i + 1]) for i in range(200)]
    )
    assert torch.equal(drawn_B, alone_B)


def test_top_k_keeps_exactly_the_likeliest() -> None:
    logits_BV = torch.tensor([[0.0, 3.0, 1.0, 2.0], [9.0, 8.0, 7.0, 6.0]])
    kept_BV = filter_logits(logits_BV, top_k=2).isfinite()
    assert kept_BV.tolist() == [[False, True, False, True], [True, True, False, False]]
    assert torch.equal(filter_logits(logits_BV, top_k=0), logits_BV)
    assert torch.equal(filter_logits(logits_BV, top_k=10), logits_BV)


def test_top_p_keeps_the_smallest_set_that_reaches_the_mass() -> None:
    """Against the definition, by trying every prefix of the sorted probabilities."""
    rng = torch.Generator().manual_seed(0)
    for _ in range(50):
        logits_V = torch.randn(8, generator=rng, dtype=torch.float64) * 2
        top_p = float(torch.rand((), generator=rng, dtype=torch.float64)) * 0.98 + 0.01
        prob_V, order_V = logits_V.softmax(0).sort(descending=True)
        size = next(n for n in range(1, 9) if n == 8 or prob_V[:n].sum() >= top_p)
        kept_V = filter_logits(logits_V.unsqueeze(0), top_p=top_p)[0].isfinite()
        assert set(kept_V.nonzero().flatten().tolist()) == set(order_V[:size].tolist())


def test_top_p_keeps_the_likeliest_however_small_the_mass() -> None:
    kept_BV = filter_logits(torch.tensor([[0.0, 5.0, 1.0]]), top_p=1e-9).isfinite()
    assert kept_BV.tolist() == [[False, True, False]]


def test_what_is_kept_keeps_its_proportions() -> None:
    logits_BV = torch.tensor([[0.0, 3.0, 1.0, 2.0]], dtype=torch.float64)
    filtered_BV = filter_logits(logits_BV, top_k=3, top_p=0.95)
    kept_BV = filtered_BV.isfinite()
    assert torch.equal(filtered_BV[kept_BV], logits_BV[kept_BV])
