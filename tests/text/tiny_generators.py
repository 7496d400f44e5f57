"""Untrained generators of six words, of the kinds that more than one test asks about."""

from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from seqgan.text.generators.base import Generator
from seqgan.text.generators.emitting import EmittingGenerator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.pretrained import DecoderGenerator, EncoderDecoderGenerator

PAD, BOS, EOS, VOCAB = 0, 1, 2, 6


def emitting() -> Generator:
    return EmittingGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def pointer() -> Generator:
    return PointerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def llama() -> Generator:
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    return DecoderGenerator(
        LlamaForCausalLM(config),
        vocab_size=VOCAB,
        pad=PAD,
        bos=BOS,
        eos=EOS,
        before=[BOS],
        after=[],
    )


def t5() -> Generator:
    """Decoding starts from `pad`, as in the published model; positions are relative."""
    config = T5Config(
        vocab_size=VOCAB,
        d_model=8,
        d_kv=4,
        d_ff=16,
        num_layers=2,
        num_heads=2,
        relative_attention_num_buckets=8,
        relative_attention_max_distance=6,
        pad_token_id=PAD,
        decoder_start_token_id=PAD,
    )
    return EncoderDecoderGenerator(
        T5ForConditionalGeneration(config),
        vocab_size=VOCAB,
        pad=PAD,
        bos=PAD,
        eos=EOS,
        before=[],
        after=[EOS],
    )


def bart() -> Generator:
    config = BartConfig(
        vocab_size=VOCAB,
        d_model=8,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=40,
        pad_token_id=PAD,
        bos_token_id=BOS,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
    )
    return EncoderDecoderGenerator(
        BartForConditionalGeneration(config),
        vocab_size=VOCAB,
        pad=PAD,
        bos=EOS,
        eos=EOS,
        before=[BOS],
        after=[EOS],
    )
