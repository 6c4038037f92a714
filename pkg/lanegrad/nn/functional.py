"""One function per op: the forward pass and its gradient rule.

Every function takes tensors or anything that NumPy can turn into an array; float64 and float16 are
rounded to float32. Images stay in lanes from one convolution, pooling or ReLU to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._convert import as_rows
from ..lanes import Lanes, as_lanes
from ..tensor import Tensor, record
from ._arguments import Pair, floats, pair
from ._classification import cross_entropy, log_softmax, nll_loss, softmax
from ._linear_cross_entropy import linear_cross_entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "conv2d",
    "cross_entropy",
    "linear",
    "linear_cross_entropy",
    "log_softmax",
    "max_pool2d",
    "nll_loss",
    "relu",
    "softmax",
]


def relu(input: ArrayLike | Tensor) -> Tensor:
    """max(input, 0), element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.relu([-1.0, 2.0])
    tensor([0., 2.])
    """
    x = floats(input, "input")
    value = x._value
    if type(value) is Lanes:
        y = _core.relu(value.data)
        batch = value.batch

        def rule(g: Any) -> tuple[Any]:
            return (Lanes(_core.relu_backward(as_lanes(g).data, y), batch),)

        return record(Lanes(y, batch), rule, x._edge)
    y = _core.relu(value)
    # The gradient of a single number may be NumPy's scalar instead of an array.
    return record(y, lambda g: (_core.relu_backward(np.asarray(g), y),), x._edge)


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
        Rows and columns of zeros on each side. "same" keeps height and width, for stride 1.
    groups : int
        Input and output channels are cut into this many groups that do not see each other.

    Returns
    -------
    Tensor
        (N, O, OH, OW) or (O, OH, OW), where
        OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1, and OW alike.

    Raises
    ------
    ValueError
        Shapes or options do not fit one another.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.conv2d(lanegrad.ones(1, 3, 8, 8), lanegrad.ones(6, 3, 5, 5), padding=2).shape
    (1, 6, 8, 8)
    """
    x = floats(input, "input")
    w = floats(weight, "weight")
    b = None if bias is None else floats(bias, "bias")
    if x.ndim != 4:
        return _first(conv2d(_batch_of_one(x), w, b, stride, padding, dilation, groups))
    stride, dilation = pair(stride, "stride"), pair(dilation, "dilation")
    if isinstance(padding, str):
        x, padding = _named_padding(x, padding, w.shape[-2:], stride, dilation)
    options = stride, pair(padding, "padding"), dilation, groups
    value, kernel = x._value, w._plain()
    images = as_lanes(value)
    in_lanes = images is value
    batch, height, width = images.batch, *images.data.shape[2:4]
    y = _core.conv2d(images.data, kernel, None if b is None else b._plain(), *options)
    px, pw, pb = x._edge, w._edge, None if b is None else b._edge
    size, taps = (height, width), kernel.shape[2:]
    # What the other gradient needs is not kept.
    kept_images: Any = images.data if pw else None
    kept_kernel: Any = kernel if px else None

    def rule(g: Any) -> tuple[Any, ...]:
        gy = as_lanes(g).data
        gx = gw = gb = None
        if px:
            lanes = Lanes(_core.conv2d_backward_input(gy, kept_kernel, size, *options), batch)
            gx = lanes if in_lanes else lanes.unpack()
        if pw:
            gw = _core.conv2d_backward_weight(gy, kept_images, taps, *options)
        if pb:
            gb = _core.conv2d_backward_bias(gy)
        return gx, gw, gb

    return record(Lanes(y, batch), rule, px, pw, pb)


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
        return _first(max_pool2d(_batch_of_one(x), kernel_size, stride, padding, dilation))
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


def linear(
    input: ArrayLike | Tensor, weight: ArrayLike | Tensor, bias: ArrayLike | Tensor | None = None
) -> Tensor:
    """input @ weight.T + bias.

    Parameters
    ----------
    input : Tensor or array_like
        (..., in_features).
    weight : Tensor or array_like
        (out_features, in_features).
    bias : Tensor or array_like, optional
        (out_features,).

    Returns
    -------
    Tensor
        (..., out_features).

    Raises
    ------
    ValueError
        Shapes do not fit one another.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.linear([1.0, 2.0], [[1.0, 1.0], [1.0, -1.0]], [0.0, 10.0])
    tensor([3., 9.])
    """
    x, w = floats(input, "input"), floats(weight, "weight")
    b = None if bias is None else floats(bias, "bias")
    rows, matrix = x._plain(), w._plain()
    shape = rows.shape
    if len(shape) != 2:
        if not shape:
            raise ValueError("linear takes an input of at least one axis")
        rows = as_rows(rows, -1)
    y = _core.matmul(rows, matrix, None if b is None else b._plain(), False, True)
    px, pw, pb = x._edge, w._edge, None if b is None else b._edge
    flat = y.shape
    kept_rows: Any = rows if pw else None
    kept_matrix: Any = matrix if px else None

    def rule(g: np.ndarray) -> tuple[Any, ...]:
        g = g.reshape(flat)
        return (
            _core.matmul(g, kept_matrix).reshape(shape) if px else None,
            _core.matmul(g, kept_rows, None, True) if pw else None,
            _core.sum_rows(g) if pb else None,
        )

    return record(y if len(shape) == 2 else y.reshape(*shape[:-1], flat[1]), rule, px, pw, pb)


def _batch_of_one(x: Tensor) -> Tensor:
    if x.ndim != 3:
        raise ValueError(f"images must be (N, C, H, W) or (C, H, W), found shape {x.shape}")
    return x.reshape(1, *x.shape)


def _first(images: Tensor) -> Tensor:
    return images.reshape(images.shape[1:])


def _named_padding(
    x: Tensor,
    name: str,
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> tuple[Tensor, tuple[int, int]]:
    """What "valid" and "same" stand for: a padding, and the input to use it with.

    Where "same" needs an odd number of rows or columns, the input is longer by the surplus one,
    below or to the right.
    """
    if name == "valid":
        return x, (0, 0)
    if name != "same":
        raise ValueError(f'padding must be whole numbers, "valid" or "same", found "{name}"')
    if stride != (1, 1):
        raise ValueError(f'padding="same" needs stride 1, found {stride}')
    rows, columns = (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
    if rows % 2 or columns % 2:
        height, width = x.shape[2:]

        def rule(g: np.ndarray) -> tuple[np.ndarray]:
            return (np.asarray(g[:, :, :height, :width], order="C"),)

        longer = np.pad(x._plain(), ((0, 0), (0, 0), (0, rows % 2), (0, columns % 2)))
        x = record(longer, rule, x._edge)
    return x, (rows // 2, columns // 2)
