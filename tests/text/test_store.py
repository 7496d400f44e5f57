"""Models as folders: what is saved comes back, and what is damaged is one clear line."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer as Words
from tokenizers import models, pre_tokenizers
from torch import Tensor
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from seqgan.errors import UserError
from seqgan.text.decoding import sample
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pretrained import DecoderGenerator, EncoderDecoderGenerator
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.store import (
    load_generator,
    load_scorer,
    save_generator,
    save_scorer,
)
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.tokenizer import SubwordTokenizer


@pytest.fixture(scope="module")
def tokenizer() -> SubwordTokenizer:
    texts = ["the cat sat on the mat", "a dog ran in the park", "we saw the dog and the cat"] * 5
    return SubwordTokenizer.train(texts, vocab_size=27)


def recurrent(tokenizer: SubwordTokenizer) -> Generator:
    return RecurrentGenerator(
        tokenizer.vocab_size,
        pad=tokenizer.pad,
        bos=tokenizer.bos,
        eos=tokenizer.eos,
        dim=8,
        num_layers=2,
        tied=False,
    )


def tied(tokenizer: SubwordTokenizer) -> Generator:
    return RecurrentGenerator(
        tokenizer.vocab_size, pad=tokenizer.pad, bos=tokenizer.bos, eos=tokenizer.eos, dim=8
    )


def transformer(tokenizer: SubwordTokenizer) -> Generator:
    return TransformerGenerator(
        tokenizer.vocab_size,
        pad=tokenizer.pad,
        bos=tokenizer.bos,
        eos=tokenizer.eos,
        dim=8,
        num_layers=1,
        num_heads=2,
    )


def gpt2() -> PreTrainedModel:
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=6, n_positions=32, n_embd=8, n_layer=1, n_head=2, eos_token_id=2)
    )


def t5() -> PreTrainedModel:
    config = T5Config(
        vocab_size=9,
        d_model=8,
        d_kv=4,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        pad_token_id=3,
        eos_token_id=2,
        decoder_start_token_id=0,
    )
    return T5ForConditionalGeneration(config)


def publish(model: PreTrainedModel, folder: Path, **special: str) -> Path:
    """Save a model and a tokenizer of words the way others do."""
    names = ["<unk>", "<s>", "</s>", "red", "green", "blue"]
    words = Words(models.WordLevel({name: i for i, name in enumerate(names)}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", eos_token="</s>", **special
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


SOURCE_BS, TOKENS_BT = torch.tensor([[4, 5], [5, 5]]), torch.tensor([[5, 4, 2], [4, 2, 2]])


def logits(generator: Generator) -> Tensor:
    return generator.eval().logits(SOURCE_BS, TOKENS_BT)


@pytest.mark.parametrize("build", [recurrent, tied, transformer], ids=lambda build: build.__name__)
def test_own_models_come_back_with_their_tokenizer(
    build: Callable[[SubwordTokenizer], Generator], tokenizer: SubwordTokenizer, tmp_path: Path
) -> None:
    generator = build(tokenizer)
    folder = tmp_path / "new" / "generator"
    save_generator(generator, tokenizer, folder)
    loaded, loaded_tokenizer = load_generator(folder, offline=True)
    assert type(loaded) is type(generator)
    assert not loaded.training
    assert torch.equal(logits(loaded), logits(generator))
    assert loaded_tokenizer.encode("the dog sat") == tokenizer.encode("the dog sat")
    assert {file.name for file in folder.iterdir()} >= {"config.json", "model.safetensors"}
    save_generator(build(tokenizer), tokenizer, folder)
    assert not torch.equal(logits(load_generator(folder)[0]), logits(generator))
    assert [path.name for path in folder.parent.iterdir()] == ["generator"]


@pytest.mark.parametrize(
    ("build", "kind", "bos"), [(gpt2, DecoderGenerator, 2), (t5, EncoderDecoderGenerator, 0)]
)
def test_pretrained_models_are_read_grown_and_saved_again(
    build: Callable[[], PreTrainedModel], kind: type[Generator], bos: int, tmp_path: Path
) -> None:
    """Padding is added to vocabulary and model; the saved folder gives the same model back."""
    model = build()
    folder = publish(model, tmp_path / "published")
    generator, tokenizer = load_generator(folder, offline=True)
    assert type(generator) is kind
    assert (generator.bos, generator.eos, generator.pad) == (bos, 2, 6)
    assert generator.vocab_size == tokenizer.vocab_size == 7
    assert tokenizer.encode("blue red") == [5, 3]
    drawn_BT = sample(
        generator,
        torch.tensor([[4, 5], [5, 6]]),
        max_length=4,
        rng=torch.Generator().manual_seed(0),
    )
    assert tokenizer.decode(drawn_BT[0].tolist()) is not None
    save_generator(generator, tokenizer, tmp_path / "again")
    again, again_tokenizer = load_generator(tmp_path / "again", offline=True)
    assert torch.equal(logits(again), logits(generator))
    names = ("pad", "bos", "eos", "vocab_size")
    assert all(getattr(again_tokenizer, n) == getattr(tokenizer, n) for n in names)
    assert all(getattr(again, n) == getattr(generator, n) for n in names)


def test_a_decoder_scores_as_the_model_itself_does(tmp_path: Path) -> None:
    """Source, `bos`, response in a row, without any padding."""
    model = gpt2().eval()
    generator, _ = load_generator(publish(model, tmp_path / "published"), offline=True)
    inputs_BL = torch.tensor([[4, 5, 2, 5, 4], [5, 5, 2, 4, 2]])
    expected_BTV = model(input_ids=inputs_BL).logits[:, 2:]
    torch.testing.assert_close(
        logits(generator)[..., :6][..., [0, 1, 3]], expected_BTV[..., [0, 1, 3]]
    )


def test_an_encoder_decoder_scores_as_the_model_itself_does(tmp_path: Path) -> None:
    model = t5().eval()
    generator, _ = load_generator(publish(model, tmp_path / "published"), offline=True)
    expected_BTV = model(
        input_ids=torch.tensor([[4, 5, 2], [5, 5, 2]]),
        decoder_input_ids=torch.tensor([[0, 5, 4], [0, 4, 2]]),
    ).logits
    torch.testing.assert_close(logits(generator)[..., [1, 3, 4]], expected_BTV[..., [1, 3, 4]])


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        load_generator(folder, offline=True)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_damaged_weights_are_refused_by_name(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    folder = tmp_path / "generator"
    save_generator(tied(tokenizer), tokenizer, folder)
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(folder)
    file.write_bytes(pickle.dumps({"weight": 1}))
    assert "damaged" in refusal(folder)
    torch.save({"weight": torch.zeros(1)}, file)
    assert "damaged" in refusal(folder)
    file.write_bytes(b"")
    assert "damaged" in refusal(folder)
    file.unlink()
    assert "model.safetensors is missing" in refusal(folder)


def test_a_damaged_configuration_is_refused(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    folder = tmp_path / "generator"
    save_generator(tied(tokenizer), tokenizer, folder)
    file = folder / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "architecture": "Oracle"}))
    assert "RecurrentGenerator, TransformerGenerator" in refusal(folder)
    file.write_text(json.dumps({**config, "arguments": {**config["arguments"], "dims": 3}}))
    assert "dims" in refusal(folder)
    file.write_text(json.dumps({**config, "arguments": {**config["arguments"], "dim": 16}}))
    assert "does not fit" in refusal(folder)
    file.write_text("{")
    assert "JSON" in refusal(folder)
    file.unlink()
    assert "config.json is missing" in refusal(folder)


def test_a_tokenizer_of_another_model_is_refused(
    tokenizer: SubwordTokenizer, tmp_path: Path
) -> None:
    other = SubwordTokenizer.train(["one two three four"] * 5, vocab_size=17)
    save_generator(tied(tokenizer), other, tmp_path / "generator")
    assert "do not belong together" in refusal(tmp_path / "generator")


def test_pickles_and_incomplete_models_of_others_are_refused(tmp_path: Path) -> None:
    folder = publish(gpt2(), tmp_path / "published")
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "no weights could be read" in refusal(folder)
    file.unlink()
    torch.save(gpt2().state_dict(), folder / "pytorch_model.bin")
    assert "pickles are never loaded" in refusal(folder)


def test_a_model_that_reads_in_both_directions_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=6, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    model = BertForMaskedLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    assert "in both directions" in refusal(publish(model, tmp_path / "encoder"))


def test_names_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    assert "neither a model folder nor" in refusal(tmp_path / "nothing")
    assert "neither a model folder nor" in refusal(Path("no-one/no-model"))


def test_other_files_are_never_replaced(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(UserError, match="not a model"):
        save_generator(tied(tokenizer), tokenizer, tmp_path)
    with pytest.raises(UserError, match="cannot be written"):
        save_scorer(CausalScorer(9, pad=0, dim=8), tmp_path / "letter.txt" / "scorer")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_failed_save_leaves_the_earlier_model(
    tokenizer: SubwordTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scorer"
    scorer = CausalScorer(9, pad=0, dim=8)
    save_scorer(scorer, folder)

    def fail(self: CausalScorer, folder: Path) -> None:
        (folder / "config.json").write_text("half")
        raise OSError("no space left")

    monkeypatch.setattr(CausalScorer, "save_pretrained", fail)
    with pytest.raises(UserError, match="no space left"):
        save_scorer(CausalScorer(9, pad=0, dim=8), folder)
    assert torch.equal(load_scorer(folder).embedding.weight, scorer.embedding.weight)
    assert [path.name for path in tmp_path.iterdir()] == ["scorer"]


def test_a_generator_is_no_scorer(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    save_generator(tied(tokenizer), tokenizer, tmp_path / "generator")
    with pytest.raises(UserError, match="allowed here: ProjectionScorer"):
        load_scorer(tmp_path / "generator")
    with pytest.raises(UserError, match=r"config\.json is missing"):
        load_scorer(tmp_path / "nothing")
