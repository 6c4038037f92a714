"""Pooling of images and its gradient rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from ..lanes import Lanes, as_lanes
from ..tensor import Tensor, record
from ._arguments import Pair, batch_of_one, first_image, floats, pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def max_pool2d(
    input: ArrayLike | Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """The maximum of each window.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Pixels between two windows; `kernel_size` if not given.
    padding : int or pair of int
        Rows and columns that count as minus infinity on each side, at most half a window.
    dilation : int or pair of int
        Pixels between two pixels of a window.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW), with OH and OW as in `conv2d`.

    Raises
    ------
    ValueError
        The window does not fit, or an option is out of range.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.max_pool2d([[[1.0, 2.0], [3.0, 4.0]]], 2)
    tensor([[[4.]]])
    """
    x = floats(input, "input")
    if x.ndim != 4:
        return first_image(max_pool2d(batch_of_one(x), kernel_size, stride, padding, dilation))
    kernel = pair(kernel_size, "kernel_size")
    options = (
        kernel,
        kernel if stride is None else pair(stride, "stride"),
        pair(padding, "padding"),
        pair(dilation, "dilation"),
    )
    value = x._value
    images = as_lanes(value)
    in_lanes = images is value
    batch, data = images.batch, images.data
    y = _core.max_pool2d(data, *options)

    def rule(g: Any) -> tuple[Any]:
        gx = Lanes(_core.max_pool2d_backward(as_lanes(g).data, data, y, *options), batch)
        return (gx if in_lanes else gx.unpack(),)

    return record(Lanes(y, batch), rule, x._edge)
