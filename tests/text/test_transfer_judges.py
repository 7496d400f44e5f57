"""Who tells styles apart, and how fluent a text is: known answers, repeats, folders."""

import math
from pathlib import Path

import pytest
import torch
from made_styles import CHINESE_POLAR, STYLES, chinese, styled, styled_texts

from seqgan.errors import UserError
from seqgan.text.evaluation.fluency import MAX_WORDS, FluencyScorer
from seqgan.text.transfer.judges import (
    NETWORKS,
    NeuralClassifier,
    StyleClassifier,
    StyleNetwork,
    neural_classifier,
    ngram_classifier,
)
from seqgan.text.transfer.style_networks import STRIDE, BagNetwork, ConvNetwork

TEXTS = styled_texts()
KINDS = ["ngram", "neural"]


@pytest.fixture(scope="module")
def classifiers() -> dict[str, StyleClassifier]:
    return {
        "ngram": ngram_classifier(TEXTS.judges, seed=0),
        "neural": neural_classifier(TEXTS.judges, seed=0, max_updates=150),
    }


@pytest.fixture(scope="module")
def fluency() -> FluencyScorer:
    return FluencyScorer.train([*TEXTS.judges[0], *TEXTS.judges[1]], seed=0, max_updates=80)


@pytest.mark.parametrize("kind", KINDS)
def test_styles_that_differ_by_a_word_are_told_apart(
    classifiers: dict[str, StyleClassifier], kind: str
) -> None:
    for style, texts in enumerate(TEXTS.test):
        found_NK = classifiers[kind].probabilities(texts)
        assert found_NK.shape == (len(texts), 2)
        torch.testing.assert_close(found_NK.sum(1), torch.ones(len(texts)))
        assert (found_NK.argmax(1) == style).float().mean() >= 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_case_spaces_and_company_do_not_count(
    classifiers: dict[str, StyleClassifier], kind: str
) -> None:
    """A text gets the same answer however it is spaced and whatever is asked beside it."""
    plain = "the soup was n't lovely , on the way home ."
    ways = [plain, "The SOUP was n't lovely, on  the way home.", "kind", plain]
    found_NK = classifiers[kind].probabilities(ways)
    torch.testing.assert_close(found_NK[0], found_NK[1])
    torch.testing.assert_close(found_NK[0], classifiers[kind].probabilities([plain])[0])
    assert classifiers[kind].probabilities([]).shape == (0, 2)
    assert classifiers[kind].probabilities([""]).sum() == pytest.approx(1)


def test_both_learn_three_styles_and_weigh_them_alike() -> None:
    texts = [styled("negative", 60, seed=1), styled("positive", 20, seed=2), ["who goes there ?"]]
    texts[2] *= 10
    for found_NK in (
        ngram_classifier(texts, seed=0).probabilities(["rude", "lovely", "who goes"]),
        neural_classifier(texts, seed=0).probabilities([texts[0][0], texts[1][0], texts[2][0]]),
    ):
        assert found_NK.argmax(1).tolist() == [0, 1, 2]


def test_a_style_with_more_texts_is_not_likelier() -> None:
    texts = [["this is bad"] * 10 + ["this is it"] * 10, ["this is good", "this is it"]]
    found_NK = ngram_classifier(texts, seed=0).probabilities(["this is it"])
    assert found_NK[0, 0] == pytest.approx(0.5, abs=0.01)


def test_chinese_is_read_by_characters() -> None:
    texts = [chinese(style) for style in STYLES]
    asked = [f"那个人{CHINESE_POLAR[style][0]}" for style in STYLES]
    found_NK = ngram_classifier(texts, seed=0).probabilities(asked)
    assert found_NK.argmax(1).tolist() == [0, 1]
    network = neural_classifier([each * 4 for each in texts], seed=0)
    assert network.probabilities(asked).argmax(1).tolist() == [0, 1]


def test_training_repeats_and_leaves_the_random_state() -> None:
    texts = [each[:40] for each in TEXTS.judges]
    state = torch.get_rng_state()
    first, second = (neural_classifier(texts, seed=3, max_updates=5) for _ in range(2))
    assert torch.equal(state, torch.get_rng_state())
    other = neural_classifier(texts, seed=4, max_updates=5)
    asked = TEXTS.test[0]
    assert torch.equal(first.probabilities(asked), second.probabilities(asked))
    assert not torch.equal(first.probabilities(asked), other.probabilities(asked))


def test_scores_are_kept_in_mixed_precision(classifiers: dict[str, StyleClassifier]) -> None:
    """A run with `--precision bf16` asks inside its autocast."""
    plain_NK = classifiers["neural"].probabilities(TEXTS.test[0])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found_NK = classifiers["neural"].probabilities(TEXTS.test[0])
    assert not torch.equal(found_NK, plain_NK)  # the network did run in bf16
    torch.testing.assert_close(found_NK, plain_NK, atol=0.05, rtol=0)


@pytest.mark.parametrize("kind", NETWORKS)
def test_padding_moves_no_score(kind: type[StyleNetwork]) -> None:
    torch.manual_seed(0)
    network = kind(9, 2, pad=0).eval()
    tokens_NT = torch.tensor([[4, 5, 6]])
    padded_NT = torch.tensor([[4, 5, 6, 0, 0, 0], [4, 5, 6, 7, 8, 3]])
    torch.testing.assert_close(network(tokens_NT)[0], network(padded_NT)[0])


def test_a_bag_is_linear_in_subwords_and_pairs() -> None:
    torch.manual_seed(0)
    network = BagNetwork(9, 2, pad=0, num_buckets=64).eval()
    pairs = [9 + (first * STRIDE + second) % 64 for first, second in ((4, 5), (5, 6))]
    assert pairs[0] != pairs[1]
    mean_D = network.embedding.weight[[4, 5, 6, *pairs]].mean(0)
    torch.testing.assert_close(network(torch.tensor([[4, 5, 6]]))[0], network.head(mean_D))
    turned_NK = network(torch.tensor([[6, 5, 4]]))
    assert not torch.allclose(turned_NK[0], network.head(mean_D))


def test_several_networks_say_what_the_least_convinced_says(tmp_path: Path) -> None:
    """The first of two repeats what it is alone: the same seed, trained before the second."""
    both = neural_classifier(TEXTS.judges, seed=0, max_updates=20, kinds=NETWORKS)
    alone = neural_classifier(TEXTS.judges, seed=0, max_updates=20, kinds=[ConvNetwork])
    asked = TEXTS.test[0]
    least_NK, first_NK = both.probabilities(asked), alone.probabilities(asked)
    assert (least_NK <= first_NK).all()
    assert (least_NK < first_NK).any()
    assert (least_NK == first_NK).any()
    assert (least_NK.sum(1) <= 1 + 1e-6).all()
    both.save(tmp_path / "style")
    assert torch.equal(NeuralClassifier.load(tmp_path / "style").probabilities(asked), least_NK)


def test_a_folder_gives_the_same_classifier_back(
    classifiers: dict[str, StyleClassifier], tmp_path: Path
) -> None:
    network = classifiers["neural"]
    assert isinstance(network, NeuralClassifier)
    network.save(tmp_path / "style")
    again = NeuralClassifier.load(tmp_path / "style")
    asked = [*TEXTS.test[0], "an UNKNOWN thing"]
    assert torch.equal(network.probabilities(asked), again.probabilities(asked))
    (tmp_path / "style" / "reading.json").write_text("[]")
    with pytest.raises(UserError, match=r"reading\.json must hold a JSON object"):
        NeuralClassifier.load(tmp_path / "style")
    with pytest.raises(UserError, match="holds no model"):
        NeuralClassifier.load(tmp_path / "nowhere")


@pytest.mark.parametrize("texts", [[], [["a"]], [["a"], []]])
def test_fewer_than_two_styles_are_refused(texts: list[list[str]]) -> None:
    for learn in (ngram_classifier, neural_classifier):
        with pytest.raises(UserError, match="two styles or more"):
            learn(texts, seed=0)


def test_order_is_more_fluent_than_disorder(fluency: FluencyScorer) -> None:
    assert fluency.perplexity(TEXTS.test[0]) < 12
    backward = [" ".join(reversed(text.split())) for text in TEXTS.test[0]]
    assert fluency.perplexity(backward) > 5 * fluency.perplexity(TEXTS.test[0])


def test_perplexity_is_over_whitespace_words_and_ends(fluency: FluencyScorer) -> None:
    scores = fluency.nll(["the soup was tasty .", "", "this room"])
    assert [count for _, count in scores] == [6, 1, 3]
    assert all(nats > 0 for nats, _ in scores)
    mean = sum(nats for nats, _ in scores) / 10
    texts = ["the soup was tasty .", "", "this room"]
    assert fluency.perplexity(texts) == pytest.approx(math.exp(mean))


def test_case_and_spaces_cost_no_nats(fluency: FluencyScorer) -> None:
    (first, words), (second, fewer) = fluency.nll(["this room is kind .", "This room  is kind."])
    assert first == pytest.approx(second)
    assert (words, fewer) == (6, 5)


def test_of_a_long_text_the_first_words_are_read(fluency: FluencyScorer) -> None:
    long = "the soup was kind " * 3000
    (nats, words), (_, least) = fluency.nll([long, long[: 4 * MAX_WORDS]])
    assert words == MAX_WORDS + 1
    assert math.isfinite(nats)
    assert least <= words


def test_a_folder_gives_the_same_scorer_back(fluency: FluencyScorer, tmp_path: Path) -> None:
    fluency.save(tmp_path / "fluency")
    again = FluencyScorer.load(tmp_path / "fluency")
    asked = [*TEXTS.test[1], "an unknown thing"]
    assert again.nll(asked) == fluency.nll(asked)
    reading = tmp_path / "fluency" / "reading.json"
    reading.write_text('{"known": ["the"], "num_rare": 1}')
    with pytest.raises(UserError, match="do not belong together"):
        FluencyScorer.load(tmp_path / "fluency")
    reading.write_text("{}")
    with pytest.raises(UserError, match="lacks the words"):
        FluencyScorer.load(tmp_path / "fluency")


def test_chinese_fluency_is_over_characters() -> None:
    texts = [*chinese("negative"), *chinese("positive")]
    scorer = FluencyScorer.train(texts, seed=0, max_updates=60)
    assert scorer.nll(["很好吃。"])[0][1] == 5
    assert scorer.perplexity(texts) < scorer.perplexity([text[::-1] for text in texts])
    with pytest.raises(UserError, match="every line is empty"):
        FluencyScorer.train(["", " "], seed=0)
