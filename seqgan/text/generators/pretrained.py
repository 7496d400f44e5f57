"""Models of `transformers` as generators: encoder-decoders and decoders alone.

Legend: B batch, S source length, T response length, P positions already read, V vocabulary, H
heads, E width of a head, D width.
"""

import inspect
from abc import abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers.cache_utils import EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from seqgan.errors import UserError
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import (
    Generator,
    State,
    at_least_one_column,
    bans,
    concat,
    select,
    shift_right,
)
from seqgan.text.generators.pretrained_states import (
    as_arguments,
    cropped,
    from_cache,
    left_aligned,
    left_places,
    to_cache,
)


class PretrainedGenerator(Generator):
    """A model of `transformers`; what both kinds share.

    The state holds the keys and values of layer i as `keys{i}` and `values{i}` (B, H, P, E) and
    which of those positions are real as `read` (B, P); they are aligned to the right, so that the
    positions of every row are contiguous.

    Args:
        model: the model, its embedding at least `vocab_size` long.
        vocab_size: V; logits beyond it (a matrix made longer for speed) are dropped.
        pad: padding token.
        bos: first input of decoding; may be the same as `pad` (T5) or `eos` (GPT-2).
        eos: last token of a response.
        before: tokens that this model expects in front of every source.
        after: tokens that this model expects behind every source.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        vocab_size: int,
        pad: int,
        bos: int,
        eos: int,
        before: list[int],
        after: list[int],
    ) -> None:
        super().__init__()
        self.model: Any = model
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos
        self.before, self.after = before, after
        self.longest: int | None = getattr(self.model.config, "max_position_embeddings", None)
        self.ban_V: Tensor
        ban_V = bans(vocab_size, pad=pad, bos=bos, eos=eos)
        self.register_buffer("ban_V", ban_V, persistent=False)

    @abstractmethod
    def run(self, state: State, inputs: Tensor) -> tuple[Tensor, State]:
        """Return the logits after each input (B, T, V) and the state after the last.

        Inputs are tokens (B, T) or vectors in their place (B, T, D).
        """

    @abstractmethod
    def reader(self) -> nn.Module:
        """Return the layer that turns the tokens written so far into vectors."""

    def source_reader(self) -> nn.Module:
        """Return the layer that turns the source's tokens into vectors."""
        return self.reader()

    def logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) of responses that start from these states."""
        if tokens_BT.shape[1] == 0:
            return self.ban_V.new_zeros(*tokens_BT.shape, self.vocab_size)
        return self.run(state, shift_right(tokens_BT, bos=self.bos))[0]

    def word_vectors(self) -> Tensor:
        """Return what the model reads for each token, shape (V, D)."""
        vectors_VD: Tensor = self.reader()(torch.arange(self.vocab_size, device=self.ban_V.device))
        return vectors_VD

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after `previous_B`."""
        logits_B1V, state = self.run(state, previous_B.unsqueeze(1))
        return logits_B1V.squeeze(1), state

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after the vectors."""
        return self.step(state, previous_BD)

    def save_pretrained(self, folder: Path) -> None:
        """Write the model in the layout of `transformers`."""
        self.model.save_pretrained(folder)

    def framed(self, source_BS: Tensor) -> Tensor:
        """Return the sources with the tokens expected before and after them, right-padded."""
        length_B = token_mask(source_BS, pad=self.pad).sum(1)
        num_rows, width = source_BS.shape
        framed_BS = source_BS.new_full(
            (num_rows, len(self.before) + width + len(self.after)), self.pad
        )
        framed_BS[:, : len(self.before)] = source_BS.new_tensor(self.before)
        framed_BS[:, len(self.before) : len(self.before) + width] = source_BS
        for i, token in enumerate(self.after):
            framed_BS.scatter_(1, (len(self.before) + length_B + i).unsqueeze(1), token)
        return at_least_one_column(framed_BS, pad=self.pad)

    def framed_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> tuple[Tensor, Tensor]:
        """Return vectors with those of the tokens expected around them, and which are real."""
        framed_BS = self.framed(words_BS)
        begin, end = len(self.before), len(self.before) + words_BS.shape[1]
        inner_BSD = torch.zeros_like(vectors_BSD[:, :1]).expand(-1, framed_BS.shape[1], -1).clone()
        inner_BSD[:, begin:end] = vectors_BSD
        is_inner_BS = torch.zeros_like(framed_BS, dtype=torch.bool)
        is_inner_BS[:, begin:end] = token_mask(words_BS, pad=self.pad)
        around_BSD = self.source_reader()(framed_BS)
        framed_BSD = torch.where(is_inner_BS.unsqueeze(-1), inner_BSD, around_BSD)
        return framed_BSD, token_mask(framed_BS, pad=self.pad)

    def finish(self, logits_BTV: Tensor) -> Tensor:
        """Return the logits of this vocabulary, with `pad` and `bos` ruled out."""
        return logits_BTV[..., : self.vocab_size] + self.ban_V

    def refuse_overlong(self, length: int) -> None:
        """Raise a `UserError` if the model has no positions for so many tokens."""
        if self.longest is not None and length > self.longest:
            raise UserError(
                f"{length} tokens do not fit the {self.longest} positions of this model: "
                "lower the greatest lengths of prompt and response"
            )


class DecoderGenerator(PretrainedGenerator):
    """A decoder alone: reads the source as a prefix, then `bos`, then the response."""

    def start(self, source_BS: Tensor) -> State:
        """Return the keys and values of the source."""
        source_BS, mask_BS = left_aligned(self.framed(source_BS), pad=self.pad)
        return self.read_first(source_BS, mask_BS)

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading vectors in place of tokens."""
        vectors_BSD, mask_BS = self.framed_vectors(vectors_BSD, words_BS)
        place_BS, mask_BS = left_places(mask_BS)
        return self.read_first(
            vectors_BSD.gather(1, place_BS.unsqueeze(-1).expand_as(vectors_BSD)), mask_BS
        )

    def read_first(self, inputs: Tensor, mask_BS: Tensor) -> State:
        """Return the state behind a left-aligned source, tokens or vectors."""
        nothing: State = {"read": mask_BS[:, :0]}
        return self.read(nothing, inputs, mask_BS, keep=1)[1]

    def run(self, state: State, inputs: Tensor) -> tuple[Tensor, State]:
        """Return the logits after each input (B, T, V) and the state after the last."""
        new_BT = state["read"].new_ones(inputs.shape[:2])
        return self.read(state, inputs, new_BT, keep=inputs.shape[1])

    def reader(self) -> nn.Module:
        """Return the embedding."""
        layer: nn.Module = self.model.get_input_embeddings()
        return layer

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V), source and response read in one pass."""
        source_BS, mask_BS = left_aligned(self.framed(source_BS), pad=self.pad)
        inputs_BT = shift_right(tokens_BT, bos=self.bos)
        mask_BL = torch.cat([mask_BS, torch.ones_like(inputs_BT, dtype=torch.bool)], dim=1)
        nothing: State = {"read": mask_BS[:, :0]}
        input_BL = torch.cat([source_BS, inputs_BT], dim=1)
        return self.read(nothing, input_BL, mask_BL, keep=inputs_BT.shape[1], cache=False)[0]

    def read(
        self, state: State, inputs: Tensor, new_BT: Tensor, *, keep: int, cache: bool = True
    ) -> tuple[Tensor, State]:
        """Return the logits after the last `keep` inputs and the state behind all of them."""
        read_BL = torch.cat([state["read"], new_BT], dim=1)
        position_BL = (read_BL.cumsum(1) - 1).clamp(min=0)
        self.refuse_overlong(int(read_BL.sum(1).max()) if len(read_BL) else 0)
        options: dict[str, Any] = {}
        accepted = inspect.signature(self.model.forward).parameters
        if "position_ids" in accepted:
            options["position_ids"] = position_BL[:, -inputs.shape[1] :]
        if "logits_to_keep" in accepted:
            options["logits_to_keep"] = keep
        output = self.model(
            **as_arguments(inputs, prefix=""),
            attention_mask=read_BL.long(),
            past_key_values=to_cache(state, "") if cache else None,
            use_cache=cache,
            **options,
        )
        start = output.logits.shape[1] - keep
        logits_BTV = self.finish(output.logits[:, start:])
        if not cache:
            return logits_BTV, state
        return logits_BTV, {"read": read_BL, **from_cache(output.past_key_values, "")}


class EncoderDecoderGenerator(PretrainedGenerator):
    """An encoder-decoder. The state also holds `memory` (B, S, D), its mask, and what the
    decoder's layers made of it, `source_keys{i}` and `source_values{i}` (B, H, S, E).
    """

    def start(self, source_BS: Tensor) -> State:
        """Return the encoded source and empty caches."""
        source_BS = self.framed(source_BS)
        return self.encoded(source_BS, token_mask(source_BS, pad=self.pad))

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading vectors in place of tokens."""
        return self.encoded(*self.framed_vectors(vectors_BSD, words_BS))

    def encoded(self, inputs: Tensor, mask_BS: Tensor) -> State:
        """Return the first state behind a framed source, tokens or vectors."""
        self.refuse_overlong(mask_BS.shape[1])
        encoded = self.model.get_encoder()(
            **as_arguments(inputs, prefix=""), attention_mask=mask_BS.long()
        )
        state = {
            "memory": encoded.last_hidden_state,
            "source_mask": mask_BS,
            "read": mask_BS[:, :0],
        }
        # The model projects the memory when it reads its first token: let it, then forget that.
        first_B1 = torch.full((len(mask_BS), 1), self.bos, device=mask_BS.device)
        _, state = self.run_aligned(state, first_B1)
        forgotten = {
            name: tensor[:, :, :0]
            for name, tensor in state.items()
            if name.startswith(("keys", "values"))
        }
        return {**state, **forgotten, "read": mask_BS[:, :0]}

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what the encoder made of the source, and which of it is real."""
        return state["memory"], state["source_mask"]

    def reader(self) -> nn.Module:
        """Return the decoder's embedding."""
        layer: nn.Module = self.model.get_decoder().get_input_embeddings()
        return layer

    def source_reader(self) -> nn.Module:
        """Return the encoder's embedding."""
        layer: nn.Module = self.model.get_encoder().get_input_embeddings()
        return layer

    def run(self, state: State, inputs: Tensor) -> tuple[Tensor, State]:
        """Return the logits after each input (B, T, V) and the state after the last.

        These models count positions by the length of the cache, so that rows which have read
        different numbers of tokens are run by turns, each length without its padding.
        """
        length_B = state["read"].sum(1)
        lengths = sorted(set(length_B.tolist()))
        if len(lengths) <= 1:
            return self.run_aligned(cropped(state, lengths[0] if lengths else 0), inputs)
        rows = [(length_B == length).nonzero().squeeze(1) for length in lengths]
        parts = [
            self.run_aligned(cropped(select(state, rows_R), length), inputs[rows_R])
            for rows_R, length in zip(rows, lengths, strict=True)
        ]
        back_B = torch.cat(rows).argsort()
        logits_BTV = torch.cat([logits for logits, _ in parts])[back_B]
        return logits_BTV, select(concat([state for _, state in parts]), back_B)

    def run_aligned(self, state: State, inputs: Tensor) -> tuple[Tensor, State]:
        """Do the same for rows that have read equally many tokens, without padding."""
        self.refuse_overlong(state["read"].shape[1] + inputs.shape[1])
        output = self.model(
            encoder_outputs=BaseModelOutput(last_hidden_state=state["memory"]),
            attention_mask=state["source_mask"].long(),
            **as_arguments(inputs, prefix="decoder_"),
            past_key_values=EncoderDecoderCache(to_cache(state, ""), to_cache(state, "source_")),
            use_cache=True,
        )
        cache = output.past_key_values
        new_BT = state["read"].new_ones(inputs.shape[:2])
        after = {
            **state,
            "read": torch.cat([state["read"], new_BT], dim=1),
            **from_cache(cache.self_attention_cache, ""),
            **from_cache(cache.cross_attention_cache, "source_"),
        }
        return self.finish(output.logits), after

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        source_BS = self.framed(source_BS)
        self.refuse_overlong(max(source_BS.shape[1], tokens_BT.shape[1]))
        if tokens_BT.shape[1] == 0:
            return self.ban_V.new_zeros(*tokens_BT.shape, self.vocab_size)
        output = self.model(
            input_ids=source_BS,
            attention_mask=token_mask(source_BS, pad=self.pad).long(),
            decoder_input_ids=shift_right(tokens_BT, bos=self.bos),
            use_cache=False,
        )
        return self.finish(output.logits)
