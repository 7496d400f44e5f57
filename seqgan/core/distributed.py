"""What several processes share: gradients, sums of figures, buffers. One process: nothing to do."""

from collections.abc import Iterable, Sequence

import torch
import torch.distributed as dist
from accelerate import Accelerator
from torch import Tensor, nn


def reduce_gradients(parameters: Sequence[Tensor], items: int, accelerator: Accelerator) -> None:
    """Sum gradients and items over processes in one flat all-reduce, and divide.

    A parameter without a gradient on every process keeps none (its optimizer skips it).
    """
    if accelerator.num_processes > 1:
        head = [float(items), *(float(p.grad is not None) for p in parameters)]
        flags = torch.tensor(head, device=accelerator.device)
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([flags, *(grad.detach().flatten().float() for grad in grads)])
        dist.all_reduce(flat)
        head = flat[: len(head)].tolist()
        items = round(head[0])
        pieces = flat[len(head) :].split([p.numel() for p in parameters])
        for p, piece, owners in zip(parameters, pieces, head[1:], strict=True):
            p.grad = piece.view_as(p).to(p.dtype) if owners else None
    for p in parameters:
        if p.grad is not None:
            p.grad /= max(items, 1)


def reduce_sums(sums: dict[str, list[float]], accelerator: Accelerator) -> dict[str, list[float]]:
    """Return the (sum, count) pairs added up over processes."""
    if accelerator.num_processes == 1 or not sums:
        return sums
    names = sorted(sums)
    table = torch.tensor([sums[name] for name in names], device=accelerator.device)
    dist.all_reduce(table)
    return dict(zip(names, table.tolist(), strict=True))


def average_buffers(modules: Iterable[nn.Module], accelerator: Accelerator) -> None:
    """Average floating-point buffers (batch-norm statistics, spectral vectors) over processes."""
    shared = modules if accelerator.num_processes > 1 else ()
    for buffer in (each for module in shared for each in module.buffers()):
        if buffer.is_floating_point():
            dist.all_reduce(buffer)
            buffer /= accelerator.num_processes
