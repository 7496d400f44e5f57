"""The scale of the noise: a dial for systems whose words are drawn from no distribution."""

import torch

from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.relaxed import RelaxedWriter
from seqgan.text.sentences.oracle import made_oracle
from seqgan.text.sentences.oracle_judging import OracleJudge, judge_oracle
from seqgan.text.sentences.writing import NOISE_SCALES, Writing


def system() -> Writing:
    """Return soft words of a generator whose sentences hang on its noise."""
    torch.manual_seed(1)
    model = RecurrentLanguageModel(30, pad=30, bos=0, eos=31, dim=6, hidden=6, noise_dim=4)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(4)
    return Writing("adversarial", None, RelaxedWriter(model, "soft", length=5).eval())


def variety(scale: float) -> int:
    drawn_NT = system().draw(200, length=5, seed=0, temperature=scale)
    return len(torch.unique(drawn_NT, dim=0))


def test_without_noise_all_sentences_are_one_and_with_more_there_are_more() -> None:
    assert variety(0.0) == 1
    assert 1 < variety(0.2) < variety(1.0)
    plain_NT = system().draw(200, length=5, seed=0)
    assert torch.equal(system().draw(200, length=5, seed=0, temperature=1.0), plain_NT)


def test_an_oracle_judges_every_scale() -> None:
    oracle = made_oracle(0)
    judge = OracleJudge(oracle, Writing("oracle", oracle).draw(20, length=5, seed=2), 20, seed=0)
    rows = judge_oracle(judge, [system()], temperatures=(0.5, 1.0))[1:]
    assert [row["noise_scale"] for row in rows] == list(NOISE_SCALES)
    assert [row["temperature"] for row in rows] == [None] * len(rows)
    assert all("nll_test" not in row["metrics"] for row in rows)
    assert len({row["metrics"]["distinct_1"] for row in rows}) > 1
