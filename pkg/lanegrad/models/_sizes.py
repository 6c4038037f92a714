"""What networks ask of the size of their images."""

from __future__ import annotations


def at_least(smallest: int, image_size: int, name: str) -> None:
    """An error if images are smaller than a network can take."""
    if image_size < smallest:
        raise ValueError(
            f"{name} needs images of {smallest} x {smallest} or more; found {image_size}"
        )
