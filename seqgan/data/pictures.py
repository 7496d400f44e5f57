"""Pictures in memory: bytes with labels, and their two parts.

Legend: N pictures, C channels, H height, W width.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Pictures:
    """Pictures of one size: uint8 (N, C, H, W), and a label each, int64 (N,).

    Where there are no labels, all are 0 and `label_names` is empty.
    """

    images: Tensor
    labels: Tensor
    label_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def at(self, index: Tensor) -> "Pictures":
        """Return the pictures with these numbers."""
        return Pictures(self.images[index], self.labels[index], self.label_names)

    def mixed(self) -> "Pictures":
        """Return the pictures in an order that has nothing to do with labels, always the same.

        Files come class by class, and whoever takes the first few should see all of them.
        """
        return self.at(torch.randperm(len(self), generator=torch.Generator().manual_seed(0)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width


@dataclass(frozen=True)
class PictureParts:
    """What is trained on and what is held out, and what was noticed while reading."""

    train: Pictures
    test: Pictures
    remarks: tuple[str, ...] = ()

    @property
    def checksum(self) -> str:
        """The sha256 over all bytes of both parts, hexadecimal."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            digest.update(str(tuple(part.images.shape)).encode())
            digest.update(part.images.contiguous().numpy().tobytes())
            digest.update(part.labels.contiguous().numpy().tobytes())
        return digest.hexdigest()


def from_bytes(images: Tensor) -> Tensor:
    """Return pictures as float32 in [-1, 1].

    >>> from_bytes(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return images.float() / 127.5 - 1


def to_bytes(images: Tensor) -> Tensor:
    """Return pictures in [-1, 1] as uint8, values outside cut off.

    >>> to_bytes(torch.tensor([-2.0, 0.0, 1.0]))
    tensor([  0, 128, 255], dtype=torch.uint8)
    """
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
