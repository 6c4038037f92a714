"""Convolution and its gradient rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import _core
from ..._tensor import Tensor
from .._arguments import Pair, floats, pair

__all__ = ["conv2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def conv2d(
    input: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    bias: ArrayLike | Tensor | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional convolution (cross-correlation, as in all neural-network libraries).

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    weight : Tensor or array_like
        (O, C / groups, KH, KW).
    bias : Tensor or array_like, optional
        (O,).
    stride, dilation : int or pair of int
        Pixels between two places of the kernel, and between two of its taps: (height, width).
    padding : int, pair of int, "valid" or "same"
        Rows and columns of zeros on each side. "valid" is none. "same" keeps height and width, for stride 1;
        where it takes an odd number of rows or columns, there is one more below or to the right.
    groups : int
        Input and output channels are cut into this many groups that do not see each other.

    Returns
    -------
    Tensor
        (N, O, OH, OW) or (O, OH, OW), where
        OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1, and OW alike.

    Raises
    ------
    TypeError
        A number is not a whole one, or an array not one of floats.
    ValueError
        Shapes or options do not fit one another.

    Notes
    -----
    Most convolutions with stride and dilation 1 and kernels 3 or 5 wide use Winograd's algorithm, unless
    `lanegrad.set_winograd` forbids it: errors are then within 1e-5 of the largest result, not within 1e-6,
    and a result that is infinite or NaN makes its neighbours in a tile NaN: 4 x 4 pixels of wide 3 x 3
    convolutions, else 4 in a row.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.conv2d(lanegrad.ones(1, 3, 8, 8), lanegrad.ones(6, 3, 5, 5), padding=2).shape
    (1, 6, 8, 8)
    """
    stride, dilation = pair(stride, "stride"), pair(dilation, "dilation")
    if isinstance(padding, str):  # a weight that has no kernel size is refused further down
        kernel = floats(weight, "weight").shape
        around = sides(padding, (*kernel, 1, 1)[2:4], stride, dilation)
    else:
        around = pair(padding, "padding")
    return _core.convolution(input, weight, bias, (stride, around, dilation, groups))


def sides(
    padding: Pair | str,
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> tuple[int, ...]:
    """The padding as (height, width) or, what "valid" and "same" stand for, (top, left, bottom, right)."""
    if not isinstance(padding, str):
        return pair(padding, "padding")
    if padding == "valid":
        return 0, 0
    if padding != "same":
        raise ValueError(f'padding must be whole numbers, "valid" or "same", found "{padding}"')
    if stride != (1, 1):
        raise ValueError(f'padding="same" needs stride 1, found {stride}')
    rows, columns = (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
    return rows // 2, columns // 2, (rows + 1) // 2, (columns + 1) // 2
