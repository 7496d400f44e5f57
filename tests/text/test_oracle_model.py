"""The synthetic oracle: the paper's network, word for word, against plain numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch

from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.sentences.oracle import GATES, VOCAB_SIZE, made_oracle, published_oracle
from seqgan.text.sentences.oracle_judging import nll_estimate
from seqgan.text.sentences.writing import Writing
from seqgan.text.validation import TRIED, nll_figures, sentence_nlls, word_nll, word_nlls

Arrays = dict[str, np.ndarray]


def made_arrays() -> Arrays:
    rng = np.random.default_rng(0)
    shapes = {"embedding": (5000, 32), "W_out": (32, 5000), "b_out": (5000,)}
    for gate in GATES:
        shapes |= {f"W_{gate}": (32, 32), f"U_{gate}": (32, 32), f"b_{gate}": (32,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def nll_by_hand(arrays: Arrays, sentence: list[int]) -> float:
    """Return the mean -log p of a sentence's words by the equations of an LSTM."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-x)))

    hidden, cell, previous, total = np.zeros(32), np.zeros(32), 0, 0.0
    for word in sentence:
        x = arrays["embedding"][previous].astype(np.float64)
        pre = {
            gate: x @ arrays[f"W_{gate}"] + hidden @ arrays[f"U_{gate}"] + arrays[f"b_{gate}"]
            for gate in GATES
        }
        cell = sigmoid(pre["f"]) * cell + sigmoid(pre["i"]) * np.tanh(pre["c"])
        hidden = sigmoid(pre["o"]) * np.tanh(cell)
        logits = hidden @ arrays["W_out"] + arrays["b_out"]
        total += np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[word]
        previous = word
    return float(total / len(sentence))


def test_the_published_arrays_become_the_papers_network(tmp_path: Path) -> None:
    arrays = made_arrays()
    np.savez(tmp_path / "oracle.npz", **arrays)  # type: ignore[arg-type]
    oracle = published_oracle(tmp_path / "oracle.npz")
    sentences = torch.randint(0, VOCAB_SIZE, (3, 6), generator=torch.Generator().manual_seed(0))
    by_hand = np.mean([nll_by_hand(arrays, row) for row in sentences.tolist()])
    assert word_nll(oracle, sentences) == pytest.approx(float(by_hand), rel=1e-5)


@pytest.mark.parametrize("broken", ["missing", "shape", "text", "none"])
def test_anything_else_is_no_oracle(tmp_path: Path, broken: str) -> None:
    arrays, path = made_arrays(), tmp_path / "oracle.npz"
    if broken == "missing":
        del arrays["U_o"]
    if broken == "shape":
        arrays["W_f"] = arrays["W_f"][:5]
    if broken == "text":
        path.write_text("not an archive", encoding="utf-8")
    elif broken != "none":
        np.savez(path, **arrays)  # type: ignore[arg-type]
    problem = "cannot be read" if broken == "none" else "is no oracle: it must be"
    with pytest.raises(UserError, match=problem):
        published_oracle(path)


def test_a_made_oracle_depends_on_its_seed_alone() -> None:
    first, again, other = made_oracle(1), made_oracle(1), made_oracle(2)
    assert torch.equal(first.word_vectors(), again.word_vectors())
    assert not torch.equal(first.word_vectors(), other.word_vectors())
    spread = torch.cat([weight.flatten() for weight in first.parameters()]).std()
    assert float(spread) == pytest.approx(1.0, abs=0.02)


def test_its_own_sentences_are_as_likely_as_its_entropy_says() -> None:
    """The mean -log p of draws is the entropy of the distributions they were drawn from."""
    oracle = made_oracle(0)
    drawn_NT = Writing("oracle", oracle).draw(1500, length=5, seed=0)
    logits_NTV = oracle.logits(drawn_NT[:, :0], drawn_NT)
    logp_NTV = logits_NTV.log_softmax(-1)
    entropy = float(-(logp_NTV.exp() * logp_NTV).sum(-1).mean())
    assert word_nll(oracle, drawn_NT) == pytest.approx(entropy, abs=0.08)


def test_a_temperature_divides_the_logits() -> None:
    oracle: Generator = made_oracle(0)
    drawn_NT = Writing("oracle", oracle).draw(4, length=3, seed=0)
    logits_NTV = oracle.logits(drawn_NT[:, :0], drawn_NT)
    for temperature in (0.5, 2.0):
        logp_NTV = (logits_NTV / temperature).log_softmax(-1)
        expected = -float(logp_NTV.gather(-1, drawn_NT.unsqueeze(-1)).mean())
        assert word_nll(oracle, drawn_NT, temperature=temperature) == pytest.approx(expected)
        assert word_nlls(oracle, drawn_NT, [1.0, temperature])[1] == pytest.approx(expected)
    cold = Writing("oracle", oracle).draw(200, length=3, seed=0, temperature=0.2)
    warm = Writing("oracle", oracle).draw(200, length=3, seed=0, temperature=3.0)
    assert word_nll(oracle, cold) < word_nll(oracle, warm)


def test_an_nll_comes_with_an_interval_over_sentences() -> None:
    """As wide as the normal approximation of a mean over sentences says."""
    oracle: Generator = made_oracle(0)
    drawn_NT = Writing("oracle", oracle).draw(400, length=3, seed=0)
    found = nll_estimate(oracle, drawn_NT)
    assert found.value == pytest.approx(word_nll(oracle, drawn_NT))
    (nlls_N,) = sentence_nlls(oracle, drawn_NT, [1.0]) / 3
    assert float(nlls_N.mean()) == pytest.approx(found.value)
    spread = float(nlls_N.std()) / len(nlls_N) ** 0.5
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.25)
    alone = torch.stack([sentence_nlls(oracle, row_T[None], [1.0])[0, 0] for row_T in drawn_NT[:5]])
    torch.testing.assert_close(alone / 3, nlls_N[:5])


def test_a_model_that_is_too_sure_is_judged_at_its_best_temperature() -> None:
    """Draws at temperature 1.2 are likeliest there, of all that are tried."""
    oracle: Generator = made_oracle(0)
    drawn_NT = Writing("oracle", oracle).draw(600, length=3, seed=0, temperature=1.2)
    nlls = word_nlls(oracle, drawn_NT)
    assert TRIED[nlls.index(min(nlls))] == 1.2
    figures = nll_figures("likelihood", oracle, drawn_NT)
    assert figures["likelihood/nll"] == pytest.approx(word_nll(oracle, drawn_NT))
    assert figures["likelihood/tuned_nll"] == min(nlls)
