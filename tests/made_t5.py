"""A tiny pretrained encoder-decoder as a folder."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer as Words
from tokenizers import models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration


def save_t5(target: Path, texts: Iterable[str]) -> None:
    """Save a tiny encoder-decoder of the words of these texts."""
    known = sorted({word for text in texts for word in text.split()})
    names = ["<pad>", "</s>", "<unk>", *known]
    words = Words(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(target)
    config = T5Config(
        vocab_size=len(names), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(target)
