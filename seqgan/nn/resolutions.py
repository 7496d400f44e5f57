"""The sizes that a picture takes while a network halves it."""

Size = tuple[int, int]
Shape = tuple[int, int, int]
"""Channels, height, width."""


def halvings(height: int, width: int) -> list[Size]:
    """Return the sizes from the picture's own down: sides are halved while they are above 4.

    >>> halvings(28, 28)
    [(28, 28), (14, 14), (7, 7), (4, 4)]
    >>> halvings(64, 6)
    [(64, 6), (32, 3), (16, 3), (8, 3), (4, 3)]
    """
    sizes = [(height, width)]
    while max(sizes[-1]) > 4:
        tall, wide = sizes[-1]
        sizes.append((half(tall), half(wide)))
    return sizes


def half(side: int) -> int:
    """Return half of the side, rounded up; a side of 4 or less stays.

    >>> [half(side) for side in (4, 7, 8, 9)]
    [4, 4, 4, 5]
    """
    return side if side <= 4 else -(-side // 2)


def step(fine: Size, coarse: Size) -> tuple[Size, Size]:
    """Return the kernel and stride, padding 1, of a convolution from one size to the other.

    The transposed convolution with the same numbers goes back.

    >>> step((28, 15), (14, 8)), step((8, 6), (4, 6))
    (((4, 3), (2, 2)), ((4, 3), (2, 1)))
    """
    axes = list(zip(fine, coarse, strict=True))
    kernel = tuple(4 if a != b and a % 2 == 0 else 3 for a, b in axes)
    stride = tuple(2 if a != b else 1 for a, b in axes)
    return (kernel[0], kernel[1]), (stride[0], stride[1])
