"""A discriminator that knows more text than it is shown: a pretrained encoder, fine-tuned.

Legend: B batch, S source length, T sentence length, M marks before every text, L = M + T,
V vocabulary, D width of the embeddings, H width of the states.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel

from seqgan.errors import UserError
from seqgan.nn.saving import save_module
from seqgan.ops.masks import token_mask
from seqgan.text.encoders import load_encoder
from seqgan.text.generators.pretrained_tokenizer import PretrainedTokenizer
from seqgan.text.tokenizer import Tokenizer

OPTION = "--discriminator-encoder"
CONTINUED = "##"  # before a WordPiece that goes on with a word


class EncoderScorer(nn.Module):
    """One score a sentence, whatever the source, by an encoder of `transformers` (a logit).

    The discriminator of TextGAIL (arXiv:2004.13796) and of residual energies (arXiv:2004.11714). It
    reads the generator's own subwords, each with a vector of its own; `pretrained` lets them begin
    as what the encoder calls them. The mean of the last states goes through a linear layer.

    Args:
        config: the encoder's configuration, `PretrainedConfig.to_dict()`.
        vocab_size: V.
        pad: padding token; it may lie beyond the vocabulary.
        num_marks: M.

    Raises:
        ValueError: if the configuration names no encoder.
    """

    def __init__(
        self, config: Mapping[str, Any], *, vocab_size: int, pad: int, num_marks: int
    ) -> None:
        super().__init__()
        self.arguments = {
            "config": dict(config),
            "vocab_size": vocab_size,
            "pad": pad,
            "num_marks": num_marks,
        }
        self.pad = pad
        self.encoder, width, hidden = untrained(config)
        self.marks = nn.Parameter(torch.zeros(num_marks, width))
        self.embedding = nn.Embedding(vocab_size, width)
        self.score = nn.Linear(hidden, 1)

    @classmethod
    def pretrained(
        cls, folder: Path, words: Tokenizer, *, vocab_size: int, longest: int
    ) -> "EncoderScorer":
        """Return a scorer with the weights of a folder's encoder.

        A subword begins as the mean vector of the encoder's own pieces of it, the end of a sentence
        as the mark that the encoder puts behind every text.

        Raises:
            UserError: if there is no encoder, or one too short for sentences of `longest` subwords.
        """
        model, own = load_encoder(folder, option=OPTION)
        before, after = PretrainedTokenizer(own).frame()
        places = getattr(model.config, "max_position_embeddings", None)
        if places is not None and len(before) + longest > places:
            raise UserError(
                f"{OPTION} {folder} reads {places} subwords, the sentences have up to {longest}: "
                "lower --max-words"
            )
        try:
            scorer = cls(
                portable(model.config), vocab_size=vocab_size, pad=words.pad, num_marks=len(before)
            )
        except ValueError as error:
            raise UserError(f"{OPTION} {folder}: {error}") from None
        table = model.get_input_embeddings()
        name = next(name for name, module in model.named_modules() if module is table)
        weights = {key: kept for key, kept in model.state_dict().items() if key != f"{name}.weight"}
        scorer.encoder.load_state_dict(weights, strict=False)
        with torch.no_grad():
            scorer.marks.copy_(table.weight[before])
            for row, ids in enumerate(spellings(words, own, end=after)):
                scorer.embedding.weight[row] = table.weight[ids].sum(0) / max(len(ids), 1)
        return scorer

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of each sentence, shape (B,)."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        longest = int(mask_BT.sum(1).max())  # an encoder's price is that of every place it is given
        tokens_BT, mask_BT = tokens_BT[:, :longest], mask_BT[:, :longest]
        marks_BMD = self.marks.expand(len(tokens_BT), -1, -1)
        vectors_BLD = torch.cat([marks_BMD, self.embedding(tokens_BT.where(mask_BT, 0))], dim=1)
        read_BL = functional.pad(mask_BT, (len(self.marks), 0), value=True)
        states_BLH = self.encoder(
            inputs_embeds=vectors_BLD, attention_mask=read_BL.long()
        ).last_hidden_state
        read_BL1 = read_BL.unsqueeze(2)
        mean_BH = (states_BLH * read_BL1).sum(1) / read_BL1.sum(1).clamp(min=1)
        score_B: Tensor = self.score(mean_BH).squeeze(1)
        return score_B

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


def untrained(config: Mapping[str, Any]) -> tuple[nn.Module, int, int]:
    """Return a configuration's encoder as it is drawn, without vectors of words, with D and H.

    What has no part in hidden states is frozen: nobody waits for a gradient of it.

    Raises:
        ValueError: if the configuration names no encoder.
    """
    about = dict(config)
    kind = about.pop("model_type", None)
    if not isinstance(kind, str) or about.get("is_encoder_decoder"):
        raise ValueError(f"{kind or 'a model without a model_type'} is no encoder")
    about["vocab_size"] = (about.get("pad_token_id") or 0) + 1
    encoder: Any = AutoModel.from_config(AutoConfig.for_model(kind, **about))
    table = encoder.get_input_embeddings().requires_grad_(False)
    pooler = getattr(encoder, "pooler", None)
    if isinstance(pooler, nn.Module):
        pooler.requires_grad_(False)
    return encoder, table.embedding_dim, encoder.config.hidden_size


def portable(config: Any) -> dict[str, Any]:
    """Return a configuration as JSON can hold it, without the names of files and of code."""
    kept: dict[str, Any] = config.to_dict()
    for name in ("_name_or_path", "auto_map", "architectures", "transformers_version"):
        kept.pop(name, None)
    return kept


def spellings(words: Tokenizer, own: Any, *, end: list[int]) -> list[list[int]]:
    """Return the ids by which an encoder's tokenizer spells each subword; marks have none.

    Letters that go on with a word are the encoder's that do, where it has such. `end` are the ids
    that the encoder puts behind a text.
    """
    marks = {words.pad, words.bos, words.eos}
    known = own.get_vocab()
    spelled: list[list[int]] = []
    for token, piece in enumerate(words.pieces(range(words.vocab_size))):
        if token in marks:
            spelled.append(end[:1] if token == words.eos else [])
        elif piece.isalnum() and CONTINUED + piece in known:
            spelled.append([known[CONTINUED + piece]])
        else:
            spelled.append(own(piece, add_special_tokens=False)["input_ids"])
    return spelled
