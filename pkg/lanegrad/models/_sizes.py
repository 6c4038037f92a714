"""What networks ask of the size of their images, and of their depth."""

from __future__ import annotations


def at_least(smallest: int, image_size: int, name: str) -> None:
    """An error if images are smaller than a network can take."""
    if image_size < smallest:
        raise ValueError(
            f"{name} needs images of {smallest} x {smallest} or more; found {image_size}"
        )


def blocks_of(depth: int, name: str) -> int:
    """How many blocks of two layers there are in each of three stages; an error if none make that depth."""
    blocks, rest = divmod(depth - 4, 6)
    if rest or blocks < 1:
        raise ValueError(f"{name} has 10, 16, 22, 28, ... layers (6 n + 4); found {depth}")
    return blocks
