"""Transformer blocks: pre-norm, rotary positions, attention over cached keys and values.

Legend: B batch, H heads, T new positions, S all positions attended to, D width, E width of a head.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seqgan.ops.linear import fast_linear

KeysValues = tuple[Tensor, Tensor]
"""What is attended to: keys and values, each (B, H, S, E)."""

Turn = Callable[[Tensor], Tensor]
"""Marks queries or keys (B, H, T, E) with their positions."""


class Rotary(nn.Module):
    """Rotary positions: attention sees differences of positions alone (arXiv:2104.09864, eq. 34).

    Args:
        head_dim: E, even.
    """

    def __init__(self, head_dim: int) -> None:
        super().__init__()
        if head_dim % 2:
            raise ValueError(f"width of a head {head_dim} must be even: dim / num_heads")
        self.speed_E: Tensor
        speed_E = 10000.0 ** -(torch.arange(0, head_dim, 2) / head_dim)
        self.register_buffer("speed_E", speed_E, persistent=False)

    def forward(self, place_BT: Tensor) -> Turn:
        """Return the function that turns vectors at these positions."""
        angle_B1TE = (place_BT.unsqueeze(-1) * self.speed_E).unsqueeze(1)
        sine, cosine = angle_B1TE.sin(), angle_B1TE.cos()

        def turn(vector_BHTE: Tensor) -> Tensor:
            x, y = vector_BHTE.chunk(2, dim=-1)
            first_BHTE = torch.addcmul(x * cosine, y, sine, value=-1)
            second_BHTE = torch.addcmul(x * sine, y, cosine)
            return torch.cat([first_BHTE, second_BHTE], dim=-1).to(vector_BHTE)

        return turn


class FastLinear(nn.Linear):
    """A linear layer computed by `fast_linear`."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x W' + b."""
        return fast_linear(x, self.weight, self.bias)


class Attention(nn.Module):
    """Multi-head attention in two halves, so that keys and values can be kept."""

    def __init__(self, dim: int, *, num_heads: int, dropout: float) -> None:
        super().__init__()
        if dim % num_heads:
            raise ValueError(f"dim {dim} must be divisible by num_heads {num_heads}")
        self.num_heads, self.head_dim, self.dropout = num_heads, dim // num_heads, dropout
        self.query = FastLinear(dim, dim)
        self.key_value = FastLinear(dim, 2 * dim)
        self.output = FastLinear(dim, dim)

    def split(self, hidden_BTD: Tensor) -> Tensor:
        """Return the heads apart, shape (B, H, T, E)."""
        return hidden_BTD.reshape(*hidden_BTD.shape[:2], self.num_heads, self.head_dim).transpose(
            1, 2
        )

    def keys_values(self, hidden_BSD: Tensor) -> KeysValues:
        """Return the keys and the values of these positions, each (B, H, S, E)."""
        keys_BSD, values_BSD = self.key_value(hidden_BSD).chunk(2, dim=-1)
        return self.split(keys_BSD), self.split(values_BSD)

    def forward(self, query_BHTE: Tensor, known: KeysValues, mask_B1TS: Tensor | None) -> Tensor:
        """Return what the queries find where the mask is True, shape (B, T, D)."""
        found_BHTE = nn.functional.scaled_dot_product_attention(
            query_BHTE,
            *known,
            attn_mask=mask_B1TS,
            dropout_p=self.dropout if self.training else 0.0,
        )
        found_BTD: Tensor = self.output(found_BHTE.transpose(1, 2).flatten(2))
        return found_BTD


class Block(nn.Module):
    """Self-attention, attention over a memory (`crosses`), and a two-layer network.

    Args:
        dim: D.
        num_heads: H.
        dropout: share dropped of attention weights and of each addition, in training only.
        crosses: whether there is a memory.
    """

    def __init__(self, dim: int, *, num_heads: int, dropout: float, crosses: bool = False) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, num_heads=num_heads, dropout=dropout)
        self.cross_norm = nn.LayerNorm(dim) if crosses else None
        self.cross = Attention(dim, num_heads=num_heads, dropout=dropout) if crosses else None
        self.inner = nn.Sequential(
            nn.LayerNorm(dim), FastLinear(dim, 4 * dim), nn.GELU(), FastLinear(4 * dim, dim)
        )
        self.dropout = nn.Dropout(dropout)

    def look(self, memory_BSD: Tensor) -> KeysValues:
        """Return the memory as this block attends to it."""
        assert self.cross is not None
        return self.cross.keys_values(memory_BSD)

    def forward(
        self,
        hidden_BTD: Tensor,
        turn: Turn,
        mask_B1TS: Tensor,
        *,
        past: KeysValues | None = None,
        memory: KeysValues | None = None,
        memory_mask_B11S: Tensor | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """Return the new hidden values (B, T, D) and the keys and values seen, old and new."""
        normed_BTD = self.norm(hidden_BTD)
        keys_BHTE, values_BHTE = self.attention.keys_values(normed_BTD)
        known = turn(keys_BHTE), values_BHTE
        if past is not None:
            known = torch.cat([past[0], known[0]], dim=2), torch.cat([past[1], known[1]], dim=2)
        query_BHTE = turn(self.attention.split(self.attention.query(normed_BTD)))
        hidden_BTD = hidden_BTD + self.dropout(self.attention(query_BHTE, known, mask_B1TS))
        if memory is not None and self.cross is not None and self.cross_norm is not None:
            query_BHTE = self.cross.split(self.cross.query(self.cross_norm(hidden_BTD)))
            found_BTD = self.cross(query_BHTE, memory, memory_mask_B11S)
            hidden_BTD = hidden_BTD + self.dropout(found_BTD)
        return hidden_BTD + self.dropout(self.inner(hidden_BTD)), known
