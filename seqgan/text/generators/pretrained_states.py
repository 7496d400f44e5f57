"""Sources and decoding states as models of `transformers` take them.

Legend: B batch, S source length, T response length, D width.
"""

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import State


def left_aligned(tokens_BS: Tensor, *, pad: int) -> tuple[Tensor, Tensor]:
    """Return right-padded tokens padded on the left instead, and their mask, both (B, S).

    >>> left_aligned(torch.tensor([[5, 6, 0]]), pad=0)
    (tensor([[0, 5, 6]]), tensor([[False,  True,  True]]))
    """
    place_BS, mask_BS = left_places(token_mask(tokens_BS, pad=pad))
    return tokens_BS.gather(1, place_BS), mask_BS


def left_places(mask_BS: Tensor) -> tuple[Tensor, Tensor]:
    """Return where each entry of right-padded rows comes from when padded on the left, and the
    mask then, both (B, S).
    """
    width = mask_BS.shape[1]
    place_S = torch.arange(width, device=mask_BS.device)
    missing_B1 = width - mask_BS.sum(1, keepdim=True)
    return (place_S - missing_B1) % width, place_S >= missing_B1


def as_arguments(inputs: Tensor, *, prefix: str) -> dict[str, Tensor]:
    """Return tokens (B, T) or vectors (B, T, D) under the name `transformers` has for them."""
    name = "input_ids" if inputs.dim() == 2 else "inputs_embeds"
    return {prefix + name: inputs}


def cropped(state: State, length: int) -> State:
    """Return the state with only the last `length` positions of what was read."""
    cropped_state = dict(state)
    if state["read"].shape[1] > length:
        start = state["read"].shape[1] - length
        cropped_state["read"] = state["read"][:, start:]
        for name in state:
            if name.startswith(("keys", "values")):
                cropped_state[name] = state[name][:, :, start:]
    return cropped_state


def to_cache(state: State, prefix: str) -> DynamicCache:
    """Return the state's keys and values as a cache of their own: updating it copies."""
    num_layers = sum(name.startswith(f"{prefix}keys") for name in state)
    names = [(f"{prefix}keys{i}", f"{prefix}values{i}") for i in range(num_layers)]
    return DynamicCache([(state[keys], state[values]) for keys, values in names])


def from_cache(cache: DynamicCache, prefix: str) -> State:
    """Return the cache's keys and values as entries of a state."""
    state: State = {}
    for i, layer in enumerate(cache.layers):
        state |= {f"{prefix}keys{i}": layer.keys, f"{prefix}values{i}": layer.values}
    return state
