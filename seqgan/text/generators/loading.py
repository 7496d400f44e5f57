"""Pretrained models from a local folder or the hub: safetensors alone, never a pickle."""

from collections.abc import Sequence
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

from seqgan.errors import UserError
from seqgan.text.generators.pretrained import (
    DecoderGenerator,
    EncoderDecoderGenerator,
    PretrainedGenerator,
)
from seqgan.text.generators.pretrained_tokenizer import PretrainedTokenizer, one_line

ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}


def load_pretrained(
    name: str,
    *,
    device: torch.device | str = "cpu",
    offline: bool = False,
    marks: Sequence[str] = (),
) -> tuple[PretrainedGenerator, PretrainedTokenizer]:
    """Return the generator and the tokenizer of a local folder or a model of the hub.

    The configuration decides between encoder-decoder and decoder. Weights are read in float32.
    `marks` become ids of their own, with new vectors.
    No code that comes with a model is run.

    Raises:
        UserError: if the model does not exist, is no generator, has no safetensors or incomplete
            ones, or carries a decoding state of another kind than keys and values.
    """
    config = read_config(name, offline=offline)
    is_encoder_decoder = bool(getattr(config, "is_encoder_decoder", False))
    model = read_model(name, config, offline=offline)
    start = decoder_start(model) if is_encoder_decoder else None
    tokenizer = PretrainedTokenizer.load(name, bos=start, offline=offline, marks=marks)
    if tokenizer.vocab_size > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(tokenizer.vocab_size)
    before, after = tokenizer.frame()
    kind = EncoderDecoderGenerator if is_encoder_decoder else DecoderGenerator
    generator = kind(
        model,
        vocab_size=tokenizer.vocab_size,
        pad=tokenizer.pad,
        bos=tokenizer.bos,
        eos=tokenizer.eos,
        before=before,
        # A decoder goes on with bos; an encoder needs at least one token.
        after=(after or [tokenizer.eos]) if is_encoder_decoder else [],
    )
    return generator.to(device).eval(), tokenizer


def read_config(name: str, *, offline: bool) -> Any:
    """Return the model's configuration, or raise a `UserError`."""
    try:
        config = AutoConfig.from_pretrained(name, local_files_only=offline)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{name} is neither a model folder nor a model of the hub that can be read: "
            f"{one_line(error)}"
        ) from None
    others = set(getattr(config, "layer_types", None) or []) - ATTENTION
    if others:
        raise UserError(
            f"{name} has layers of kind {', '.join(sorted(others))}, whose decoding state is "
            "not made of keys and values: choose a model of attention layers"
        )
    return config


def read_model(name: str, config: Any, *, offline: bool) -> Any:
    """Return the model with all its weights, or raise a `UserError`."""
    kind = (
        AutoModelForSeq2SeqLM
        if getattr(config, "is_encoder_decoder", False)
        else AutoModelForCausalLM
    )
    try:
        model, report = kind.from_pretrained(
            name,
            config=config,
            use_safetensors=True,
            local_files_only=offline,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"no weights could be read from {name} (safetensors are needed; pickles are never "
            f"loaded): {one_line(error)}"
        ) from None
    absent = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    if absent:
        raise UserError(
            f"{name} is not a complete text generator: no weights for {', '.join(absent[:3])}"
        )
    if kind is AutoModelForCausalLM and sees_ahead(model):
        raise UserError(
            f"{name} ({type(model).__name__}) reads text in both directions, so it cannot write: "
            "choose a decoder or an encoder-decoder"
        )
    return model


def decoder_start(model: Any) -> int | None:
    """Return the token from which an encoder-decoder was trained to write, if it says so."""
    name = "decoder_start_token_id"
    for settings in (model.generation_config, model.config):
        start: int | None = getattr(settings, name, None)
        if start is not None:
            return start
    return None


@torch.no_grad()
def sees_ahead(model: Any) -> bool:
    """Return whether the logits of a token depend on the token behind it (as in BERT).

    Asked by experiment, since `transformers` builds such models as causal ones without complaint.
    """
    token = model.get_input_embeddings().num_embeddings - 1
    inputs_BT = torch.tensor([[token, token], [token, 0]], device=model.device)
    logits_BV = model.eval()(input_ids=inputs_BT, use_cache=False).logits[:, 0]
    return not torch.allclose(logits_BV[0], logits_BV[1], rtol=1e-3, atol=1e-4)
