"""Oracles of pooling: float64 NumPy, window by window."""

import numpy as np


def steps(size, kernel, stride, padding, dilation=1, ceil_mode=False):
    """How many windows there are along one axis."""
    room = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride
    count = int(np.ceil(room) if ceil_mode else np.floor(room)) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


def _windows(shape, kernel, stride, padding, dilation, ceil_mode):
    """For each window its place, and the rows and columns of its pixels."""
    axes = []
    for a in (0, 1):
        size = shape[2 + a]
        count = steps(size, kernel[a], stride[a], padding[a], dilation[a], ceil_mode)
        taps = [
            np.arange(kernel[a]) * dilation[a] + i * stride[a] - padding[a] for i in range(count)
        ]
        axes.append([(t[(t >= 0) & (t < size)], (t < size + padding[a]).sum()) for t in taps])
    for y, (rows, padded_rows) in enumerate(axes[0]):
        for x, (columns, padded_columns) in enumerate(axes[1]):
            yield (y, x), np.ix_(rows, columns), padded_rows * padded_columns


def _sizes(shape, *options):
    *_, (at, _, _) = _windows(shape, *options)
    return at[0] + 1, at[1] + 1


def max_pool2d(x, kernel, stride, padding, dilation=(1, 1), ceil_mode=False):
    """The maxima, and the index of the first in its plane, or of the last NaN."""
    options = kernel, stride, padding, dilation, ceil_mode
    y = np.empty(x.shape[:2] + _sizes(x.shape, *options))
    indices = np.empty(y.shape, np.int64)
    for at, pixels, _ in _windows(x.shape, *options):
        number = (pixels[0] * x.shape[3] + pixels[1]).ravel()
        for plane in np.ndindex(x.shape[:2]):
            values = x[plane][pixels].ravel()
            nan = np.flatnonzero(np.isnan(values))
            best = nan[-1] if nan.size else np.argmax(values)
            y[plane + at], indices[plane + at] = values[best], number[best]
    return y, indices


def max_pool2d_backward(gy, x, *options):
    """The gradient of the input."""
    gx = np.zeros(x.shape)
    _, indices = max_pool2d(x, *options)
    for plane in np.ndindex(x.shape[:2]):
        np.add.at(gx[plane].reshape(-1), indices[plane], np.asarray(gy, np.float64)[plane])
    return gx


def avg_pool2d(x, kernel, stride, padding, ceil_mode=False, count_include_pad=True, divisor=None):
    """The means of the windows."""
    options = kernel, stride, padding, (1, 1), ceil_mode
    x = np.asarray(x, np.float64)
    y = np.empty(x.shape[:2] + _sizes(x.shape, *options))
    for at, pixels, padded in _windows(x.shape, *options):
        seen = x[(..., *pixels)]
        count = divisor or (padded if count_include_pad else seen.shape[-1] * seen.shape[-2])
        y[(..., *at)] = seen.sum((2, 3)) / count
    return y


def adaptive_avg_pool2d(x, size):
    """The means of the windows that share out the input."""
    x = np.asarray(x, np.float64)
    y = np.empty((*x.shape[:2], *size))
    for at in np.ndindex(*size):
        rows, columns = (
            slice(i * n // m, -(-(i + 1) * n // m))
            for i, n, m in zip(at, x.shape[2:], size, strict=True)
        )
        y[(..., *at)] = x[:, :, rows, columns].mean((2, 3))
    return y


def linear_gradient(function, gy, shape):
    """The gradient of the input of a linear function, from its values on unit images of one plane."""
    gx = np.zeros(shape)
    for at in np.ndindex(shape[2:]):
        unit = np.zeros((1, 1, *shape[2:]))
        unit[(0, 0, *at)] = 1
        gx[(..., *at)] = (np.asarray(gy, np.float64) * function(unit)).sum((2, 3))
    return gx
