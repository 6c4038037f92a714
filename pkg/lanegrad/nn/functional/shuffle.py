"""Pixels from channels, channels from pixels, and channels in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core import ShapeError
from ..._tensor import Tensor, as_tensor
from ..._tensor.views import permuted

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def pixel_shuffle(input: ArrayLike | Tensor, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) as (..., C, H r, W r), where r is `upscale_factor`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.pixel_shuffle([[[1.0]], [[2.0]], [[3.0]], [[4.0]]], 2)
    tensor([[[1., 2.],
             [3., 4.]]])
    """
    x, r = as_tensor(input), upscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-3] % (r * r):
        raise ShapeError(
            f"pixel_shuffle takes (..., C, H, W) with C a multiple of {r} * {r}, found {x.shape}"
        )
    *batch, channels, height, width = x.shape
    parts = x.reshape(-1 if x.numel() else 0, channels // (r * r), r, r, height, width)
    moved = permuted(parts, (0, 1, 4, 2, 5, 3))
    return moved.reshape(*batch, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: ArrayLike | Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) as (..., C r r, H, W), where r is `downscale_factor`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.pixel_unshuffle([[[1.0, 2.0], [3.0, 4.0]]], 2).flatten()
    tensor([1., 2., 3., 4.])
    """
    x, r = as_tensor(input), downscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-2] % r or x.shape[-1] % r:
        raise ShapeError(
            f"pixel_unshuffle takes (..., C, H, W) with H and W multiples of {r}, found {x.shape}"
        )
    *batch, channels, height, width = x.shape
    parts = x.reshape(-1 if x.numel() else 0, channels, height // r, r, width // r, r)
    moved = permuted(parts, (0, 1, 3, 5, 2, 4))
    return moved.reshape(*batch, channels * r * r, height // r, width // r)


def channel_shuffle(input: ArrayLike | Tensor, groups: int) -> Tensor:
    """The channels of (N, C, ...) dealt out: the first of each group, then the second of each.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.channel_shuffle([[[1.0], [2.0], [3.0], [4.0]]], 2).flatten()
    tensor([1., 3., 2., 4.])
    """
    x = as_tensor(input)
    if x.ndim < 3 or groups < 1 or x.shape[1] % groups:
        raise ShapeError(
            f"channel_shuffle takes (N, C, ...) with C a multiple of {groups}, found {x.shape}"
        )
    images, channels, *rest = x.shape
    parts = x.reshape(images, groups, channels // groups, *rest)
    order = (0, 2, 1, *range(3, parts.ndim))
    return permuted(parts, order).reshape(*x.shape)
