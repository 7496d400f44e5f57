"""The pretrained discriminator reads our subwords as its encoder would read the text."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from transformers import RobertaConfig, RobertaModel, T5Config

from made_encoder import save_encoder
from seqgan.errors import UserError
from seqgan.text.encoder_scorer import EncoderScorer, portable
from seqgan.text.encoders import load_encoder
from seqgan.text.generators.store import load_scorer, save_scorer
from seqgan.text.tokenizer import SubwordTokenizer

WORDS = ("the", "cat", "sits", "here", "now", "dog")  # but not dogs
PIECES = ("##s", "##t", "bench")
TEXTS = [" ".join(order) for order in itertools.permutations(["the", "cat", "sits", "here", "now"])]
TEXTS += [text.replace("cat", "dogs") for text in TEXTS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny encoder."""
    return save_encoder(tmp_path_factory.mktemp("encoder"), [*WORDS, *PIECES])


@pytest.fixture(scope="module")
def words() -> SubwordTokenizer:
    """Return a vocabulary with all of the words, and some of their parts."""
    return SubwordTokenizer.train(TEXTS, vocab_size=34, exact=False)


def made(folder: Path, words: SubwordTokenizer) -> EncoderScorer:
    torch.manual_seed(0)
    scorer = EncoderScorer.pretrained(folder, words, vocab_size=words.vocab_size, longest=20)
    return scorer.eval()


def rows(words: SubwordTokenizer, texts: list[str]) -> torch.Tensor:
    """Return the padded subwords of texts with their ends."""
    ids = [[*words.encode(text), words.eos] for text in texts]
    most = max(map(len, ids)) + 2
    return torch.tensor([row + [words.pad] * (most - len(row)) for row in ids])


def test_whole_words_are_read_as_the_encoder_reads_the_text(
    folder: Path, words: SubwordTokenizer
) -> None:
    whole = TEXTS[:9]
    assert words.pieces(words.encode(whole[0])) == [f" {word}" for word in whole[0].split()]
    scorer, (encoder, own) = made(folder, words), load_encoder(folder)
    tokens_BT = rows(words, whole)
    with torch.no_grad():
        score_B = scorer(tokens_BT[:, :0], tokens_BT)
        for text, score in zip(whole, score_B, strict=True):
            states_1TD = encoder(**own(text, return_tensors="pt")).last_hidden_state
            torch.testing.assert_close(scorer.score(states_1TD.mean(1)).squeeze(), score)


def test_other_subwords_begin_as_the_mean_of_the_encoders_own_pieces(
    folder: Path, words: SubwordTokenizer
) -> None:
    scorer, (encoder, own) = made(folder, words), load_encoder(folder)
    table, known = encoder.get_input_embeddings().weight, own.get_vocab()
    spelled = {" cat": ["cat"], " dogs": ["dog", "##s"], "s": ["##s"], "t": ["##t"], " ": []}
    for place, piece in enumerate(words.pieces(range(words.vocab_size))):
        if piece in spelled:
            ids = [known[name] for name in spelled.pop(piece)]
            expected_D = table[ids].mean(0) if ids else torch.zeros(16)
            torch.testing.assert_close(scorer.embedding.weight[place], expected_D)
    assert not spelled
    assert torch.equal(scorer.embedding.weight[words.eos], table[known["[SEP]"]])
    assert torch.equal(scorer.marks, table[[known["[CLS]"]]])


def test_places_that_are_padding_in_every_sentence_cost_nothing(
    folder: Path, words: SubwordTokenizer
) -> None:
    scorer, given = made(folder, words), []
    scorer.encoder.register_forward_pre_hook(
        lambda module, args, named: given.append(named["inputs_embeds"].shape[1]), with_kwargs=True
    )
    tokens_BT = rows(words, TEXTS[:2])
    wide_BT = torch.nn.functional.pad(tokens_BT, (0, 20), value=words.pad)
    score_B, wide_B = (scorer(each[:, :0], each) for each in (tokens_BT, wide_BT))
    torch.testing.assert_close(score_B, wide_B)
    assert given == [1 + 5 + 1] * 2  # the mark before, the words, the end


def test_padding_is_not_read(folder: Path, words: SubwordTokenizer) -> None:
    scorer = made(folder, words)
    tokens_BT = rows(words, ["the cat sits here now", "the cat"])
    alone_1T = tokens_BT[1:, : len(words.encode("the cat")) + 1]
    together_B = scorer(tokens_BT[:, :0], tokens_BT)
    torch.testing.assert_close(scorer(alone_1T[:, :0], alone_1T), together_B[1:])
    beyond_BT = tokens_BT.where(tokens_BT != words.pad, 999)  # padding may lie anywhere
    scorer.pad = 999
    torch.testing.assert_close(scorer(beyond_BT[:, :0], beyond_BT), together_B)


def test_places_are_counted_as_by_ids() -> None:
    """RoBERTa's places begin behind its padding, also where it is given vectors."""
    config = RobertaConfig(
        vocab_size=12,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=20,
        pad_token_id=1,
        bos_token_id=0,
    )
    model = RobertaModel(config).eval()
    scorer = EncoderScorer(portable(config), vocab_size=12, pad=1, num_marks=1).eval()
    table = model.get_input_embeddings()
    weights = {name: kept for name, kept in model.state_dict().items() if "word" not in name}
    assert not scorer.encoder.load_state_dict(weights, strict=False).unexpected_keys
    with torch.no_grad():
        scorer.marks.copy_(table.weight[[0]])
        scorer.embedding.weight.copy_(table.weight)
        tokens_BT = torch.tensor([[5, 6, 7, 2]])
        read_BL = torch.tensor([[0, 5, 6, 7, 2]])
        states_BLD = model(read_BL).last_hidden_state
        expected_B = scorer.score(states_BLD.mean(1)).squeeze(1)
        torch.testing.assert_close(scorer(tokens_BT[:, :0], tokens_BT), expected_B)


def test_every_trainable_weight_gets_a_gradient(folder: Path, words: SubwordTokenizer) -> None:
    """Several processes wait for the gradient of each."""
    scorer = made(folder, words).train()
    tokens_BT = rows(words, TEXTS)
    scorer(tokens_BT[:, :0], tokens_BT).sum().backward()  # type: ignore[no-untyped-call]
    trained = {name for name, weight in scorer.named_parameters() if weight.requires_grad}
    reached = {name for name, weight in scorer.named_parameters() if weight.grad is not None}
    assert trained == reached
    assert not any("word_embeddings" in name or "pooler" in name for name in trained)


def test_saved_it_scores_alike(tmp_path: Path, folder: Path, words: SubwordTokenizer) -> None:
    scorer = made(folder, words)
    tokens_BT = rows(words, TEXTS)
    save_scorer(scorer, tmp_path / "scorer")
    loaded = load_scorer(tmp_path / "scorer")
    with torch.no_grad():
        score_B, again_B = (each(tokens_BT[:, :0], tokens_BT) for each in (scorer, loaded))
    assert torch.equal(score_B, again_B)
    assert str(folder) not in (tmp_path / "scorer" / "config.json").read_text()


@pytest.mark.parametrize("kind", ["no-such-kind", None, T5Config.model_type])
def test_a_damaged_configuration_is_named(
    tmp_path: Path, folder: Path, words: SubwordTokenizer, kind: str | None
) -> None:
    save_scorer(made(folder, words), tmp_path / "scorer")
    file = tmp_path / "scorer" / "config.json"
    about = json.loads(file.read_text())
    about["arguments"]["config"]["model_type"] = kind
    about["arguments"]["config"]["is_encoder_decoder"] = kind == "t5"
    file.write_text(json.dumps(about))
    with pytest.raises(UserError, match="unusable arguments"):
        load_scorer(tmp_path / "scorer")


def test_what_cannot_be_read_is_named(
    tmp_path: Path, folder: Path, words: SubwordTokenizer
) -> None:
    with pytest.raises(UserError, match=r"--discriminator-encoder .* cannot be loaded"):
        EncoderScorer.pretrained(tmp_path, words, vocab_size=words.vocab_size, longest=20)
    with pytest.raises(UserError, match=r"reads 32 subwords.*up to 40.*--max-words"):
        EncoderScorer.pretrained(folder, words, vocab_size=words.vocab_size, longest=40)
