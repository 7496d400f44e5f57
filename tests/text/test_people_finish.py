"""How far a trained generator went from its start, against enumeration."""

import torch
from markov_generator import MarkovGenerator, all_responses, logp_of

from seqgan.text.people.finish import in_chunks, kl_to_start


def test_the_mean_over_replies_is_the_divergence_of_whole_replies() -> None:
    """Although each reply only carries its own prefixes' divergences, not its own log-ratio."""
    generator, start = MarkovGenerator(seed=1), MarkovGenerator(seed=2)
    tokens_RT = all_responses(longest=3)
    source_RS = torch.tensor([[3, 4]]).expand(len(tokens_RT), -1)
    logp_R = logp_of(generator, source_RS, tokens_RT)
    exact = (logp_R.exp() * (logp_R - logp_of(start, source_RS, tokens_RT))).sum()
    got = (logp_R.exp() * kl_to_start(generator, start, source_RS, tokens_RT)).sum()
    torch.testing.assert_close(got, exact)
    assert exact > 0.1
    assert not kl_to_start(start, start, source_RS, tokens_RT).any()


def test_a_mean_over_chunks_weighs_rows_alike() -> None:
    values = torch.randn(300)
    assert abs(in_chunks(300, lambda a, b: values[a:b]) - values.mean().item()) < 1e-6
