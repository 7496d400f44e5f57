"""Sequence to sequence with a Transformer; decoding keeps keys and values.

Legend: B batch, S source length, T new positions, P positions already read, V vocabulary, H heads,
D width, E width of a head.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.saving import save_module
from seqgan.nn.token_output import TokenOutput
from seqgan.nn.transformer import Block, Rotary
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import FeatureGenerator, State, bans, select


class TransformerGenerator(FeatureGenerator):
    """An encoder-decoder of pre-norm blocks with rotary positions (no longest length).

    The encoder reads `bos` before every source, so that an empty one is not a special case. The
    state holds, for layer i, `keys{i}` and `values{i}` (B, H, P, E) with their mask `read` (B, P)
    and `source_keys{i}`, `source_values{i}` (B, H, S + 1, E) with theirs, made of `memory`
    (B, S + 1, D).

    Args:
        vocab_size: V.
        pad: padding token.
        bos: first input of the decoder and of the encoder.
        eos: last token of a response.
        dim: D, divisible by `num_heads` into an even size.
        num_layers: blocks in the encoder and in the decoder.
        num_heads: H.
        dropout: share dropped, in training only.
        tied: use the embedding matrix as output matrix (arXiv:1608.05859).
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        bos: int,
        eos: int,
        dim: int = 256,
        num_layers: int = 3,
        num_heads: int = 4,
        dropout: float = 0.1,
        tied: bool = True,
    ) -> None:
        super().__init__()
        self.arguments = {
            "vocab_size": vocab_size,
            "pad": pad,
            "bos": bos,
            "eos": eos,
            "dim": dim,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "dropout": dropout,
            "tied": tied,
        }
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos
        self.dim, self.num_layers, self.num_heads, self.tied = dim, num_layers, num_heads, tied
        self.feature_dim = dim
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=dim**-0.5)
        self.rotary = Rotary(dim // num_heads)
        self.encoder = nn.ModuleList(
            Block(dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.encoder_norm = nn.LayerNorm(dim)
        self.decoder = nn.ModuleList(
            Block(dim, num_heads=num_heads, dropout=dropout, crosses=True)
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)
        ban_V = bans(vocab_size, pad=pad, bos=bos, eos=eos)
        self.output = TokenOutput(dim, ban_V, tied=tied)
        self.dropout = nn.Dropout(dropout)

    def start(self, source_BS: Tensor) -> State:
        """Return the source's keys and values for every layer of the decoder, and empty caches.

        A source that stands in several rows is encoded once.
        """
        if source_BS.shape[1]:
            different_US, row_B = source_BS.unique(dim=0, return_inverse=True)
            if len(different_US) < len(source_BS):
                return select(self.start(different_US), row_B)
        return self.start_vectors(self.embedding(source_BS), source_BS)

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading vectors in place of tokens, which gradients can pass."""
        mask_BS = token_mask(words_BS, pad=self.pad)
        first_B1D = self.embedding.weight[self.bos].expand(len(vectors_BSD), 1, -1)
        vectors_BSD = torch.cat([first_B1D, vectors_BSD], dim=1)
        mask_BS = nn.functional.pad(mask_BS, (1, 0), value=True)
        turn = self.rotary(torch.arange(mask_BS.shape[1], device=mask_BS.device).unsqueeze(0))
        hidden_BSD = self.dressed(vectors_BSD)
        for block in self.encoder:
            hidden_BSD, _ = block(hidden_BSD, turn, mask_BS[:, None, None])
        hidden_BSD = self.encoder_norm(hidden_BSD)
        state = {"memory": hidden_BSD, "source_mask": mask_BS, "read": mask_BS[:, :0]}
        for i, block in enumerate(self.decoder):
            assert isinstance(block, Block)
            keys_BHSE, values_BHSE = block.look(hidden_BSD)
            state |= {f"source_keys{i}": keys_BHSE, f"source_values{i}": values_BHSE}
            state |= {f"keys{i}": keys_BHSE[:, :, :0], f"values{i}": values_BHSE[:, :, :0]}
        return state

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what the encoder made of the source with its `bos`, and which of it is real."""
        return state["memory"], state["source_mask"]

    def words(self, features_BTD: Tensor) -> Tensor:
        """Return the logits that the features stand for, shape (..., V)."""
        logits_BTV: Tensor = self.output(features_BTD, self.embedding.weight)
        return logits_BTV

    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return what predicts the next token after each vector (B, T, D), and the last state."""
        read_BP, num_new = state["read"], vectors_BTD.shape[1]
        new_BT = read_BP.new_ones(vectors_BTD.shape[:2])
        causal_BTT = new_BT.unsqueeze(1).expand(-1, num_new, -1).tril()
        mask_BTS = torch.cat([read_BP.unsqueeze(1).expand(-1, num_new, -1), causal_BTT], dim=-1)
        turn = self.rotary(read_BP.sum(1, keepdim=True) + new_BT.cumsum(1) - 1)
        source_mask_B11S = state["source_mask"][:, None, None]
        after = {**state, "read": torch.cat([read_BP, new_BT], dim=1)}
        hidden_BTD = self.dressed(vectors_BTD)
        for i, block in enumerate(self.decoder):
            hidden_BTD, (after[f"keys{i}"], after[f"values{i}"]) = block(
                hidden_BTD,
                turn,
                mask_BTS.unsqueeze(1),
                past=(state[f"keys{i}"], state[f"values{i}"]),
                memory=(state[f"source_keys{i}"], state[f"source_values{i}"]),
                memory_mask_B11S=source_mask_B11S,
            )
        return self.norm(hidden_BTD), after

    def dressed(self, vectors_BTD: Tensor) -> Tensor:
        """Return word vectors as the blocks read them, of about unit variance."""
        dressed_BTD: Tensor = self.dropout(vectors_BTD * self.dim**0.5)
        return dressed_BTD

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)
