"""Oracles: every kernel once more, in float64 NumPy and as plainly as possible."""

import numpy as np


def window(size, kernel, stride, padding, dilation):
    """How many places a window has along one axis."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _taps(x, kernel, stride, dilation, out):
    """For each tap of a kernel, the slice of the padded images x (N, C, H, W) that it meets."""
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            rows = slice(top, top + (out[0] - 1) * stride[0] + 1, stride[0])
            columns = slice(left, left + (out[1] - 1) * stride[1] + 1, stride[1])
            yield i, j, x[:, :, rows, columns]


def _pad(x, padding, value=0.0):
    top, left, bottom, right = padding if len(padding) == 4 else (*padding, *padding)
    return np.pad(
        np.asarray(x, np.float64),
        ((0, 0), (0, 0), (top, bottom), (left, right)),
        constant_values=value,
    )


def _geometry(x, kernel, stride, padding, dilation):
    return tuple(
        window(x.shape[2 + a], kernel[a], stride[a], padding[a], dilation[a]) for a in (0, 1)
    )


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """x (N, C, H, W), weight (O, C / groups, KH, KW), bias (O,) or None -> (N, O, OH, OW).

    padding (height, width) or (top, left, bottom, right).
    """
    weight, x = np.asarray(weight, np.float64), _pad(x, padding)
    kernel = weight.shape[2:]
    out = _geometry(x, kernel, stride, (0, 0), dilation)
    y = np.zeros((len(x), len(weight), *out))
    o, c = len(weight) // groups, weight.shape[1]
    for i, j, seen in _taps(x, kernel, stride, dilation, out):
        for g in range(groups):
            outputs, inputs = slice(g * o, (g + 1) * o), slice(g * c, (g + 1) * c)
            y[:, outputs] += np.einsum("nchw,oc->nohw", seen[:, inputs], weight[outputs, :, i, j])
    return y if bias is None else y + np.asarray(bias, np.float64)[:, None, None]


def conv2d_backward(gy, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """The gradients of input, weight and bias."""
    gy, weight = np.asarray(gy, np.float64), np.asarray(weight, np.float64)
    kernel = weight.shape[2:]
    padded = _pad(x, padding)
    gx, gw = np.zeros_like(padded), np.zeros_like(weight)
    o, c = len(weight) // groups, weight.shape[1]
    pairs = zip(
        _taps(padded, kernel, stride, dilation, gy.shape[2:]),
        _taps(gx, kernel, stride, dilation, gy.shape[2:]),  # views: adding to one adds to gx
        strict=True,
    )
    for (i, j, seen), (_, _, into) in pairs:
        for g in range(groups):
            outputs, inputs = slice(g * o, (g + 1) * o), slice(g * c, (g + 1) * c)
            into[:, inputs] += np.einsum("nohw,oc->nchw", gy[:, outputs], weight[outputs, :, i, j])
            gw[outputs, :, i, j] += np.einsum("nohw,nchw->oc", gy[:, outputs], seen[:, inputs])
    height, width = x.shape[2:]
    gx = gx[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width]
    return gx, gw, gy.sum((0, 2, 3))


def max_pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1)):
    """x (N, C, H, W) -> (N, C, OH, OW)."""
    stride = stride or kernel
    out = _geometry(x, kernel, stride, padding, dilation)
    taps = _taps(_pad(x, padding, -np.inf), kernel, stride, dilation, out)
    return np.max([seen for _, _, seen in taps], 0)


def max_pool2d_backward(gy, x, kernel, stride=None, padding=(0, 0), dilation=(1, 1)):
    """The gradient of the input: all of it to the first maximum of each window."""
    stride = stride or kernel
    padded = _pad(x, padding, -np.inf)
    seen = [s for _, _, s in _taps(padded, kernel, stride, dilation, gy.shape[2:])]
    first = np.argmax(seen, 0)
    gx = np.zeros_like(padded)
    for k, (_, _, into) in enumerate(_taps(gx, kernel, stride, dilation, gy.shape[2:])):
        into += np.where(first == k, gy, 0.0)
    height, width = x.shape[2:]
    return gx[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width]


def linear(x, weight, bias=None):
    """x (..., I), weight (O, I), bias (O,) or None -> (..., O)."""
    y = np.asarray(x, np.float64) @ np.asarray(weight, np.float64).T
    return y if bias is None else y + np.asarray(bias, np.float64)


def linear_backward(gy, x, weight):
    """The gradients of input, weight and bias."""
    gy, x = np.asarray(gy, np.float64), np.asarray(x, np.float64)
    flat = gy.reshape(-1, gy.shape[-1])
    return gy @ np.asarray(weight, np.float64), flat.T @ x.reshape(-1, x.shape[-1]), flat.sum(0)


def log_softmax(x, axis=-1):
    x = np.asarray(x, np.float64)
    shifted = x - x.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def softmax(x, axis=-1):
    return np.exp(log_softmax(x, axis))


def softmax_backward(gy, y, axis=-1):
    return y * (gy - (gy * y).sum(axis, keepdims=True))


def log_softmax_backward(gy, y, axis=-1):
    return gy - np.exp(y) * np.sum(gy, axis, keepdims=True)


def nll_loss(log_probs, target, weight=None, ignore_index=-100, reduction="mean"):
    """log_probs (N, C), target (N,) -> loss, and its gradient (N, C); "none": of each row's own."""
    log_probs = np.asarray(log_probs, np.float64)
    rows, classes = log_probs.shape
    weight = np.ones(classes) if weight is None else np.asarray(weight, np.float64)
    counted = np.flatnonzero(np.asarray(target) != ignore_index)
    loss, grad = np.zeros(rows), np.zeros((rows, classes))
    for r in counted:
        loss[r] = -weight[target[r]] * log_probs[r, target[r]]
        grad[r, target[r]] = -weight[target[r]]
    if reduction == "none":
        return loss, grad
    with np.errstate(invalid="ignore"):  # nothing counted: 0 / 0
        total = np.sum([weight[target[r]] for r in counted]) if reduction == "mean" else 1.0
        return loss.sum() / np.float64(total), grad / np.float64(total)


def cross_entropy(logits, target, weight=None, ignore_index=-100, reduction="mean"):
    """logits (N, C), target (N,) -> loss, and its gradient (N, C); "none": of each row's own."""
    y = log_softmax(logits, 1)
    loss, grad = nll_loss(y, target, weight, ignore_index, reduction)
    return loss, log_softmax_backward(grad, y, 1)


def expected_cross_entropy(logits, target, weight=None, reduction="mean", axis=1):
    """Cross-entropy for probabilities `target`, of the shape of the logits."""
    terms = -np.asarray(target, np.float64) * log_softmax(logits, axis)
    if weight is not None:
        terms *= np.asarray(weight, np.float64).reshape(-1, *[1] * (terms.ndim - axis - 1))
    losses = terms.sum(axis)
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / losses.size}[reduction]


def numeric_gradient(function, x, step=1e-6):
    """The gradient of a float64 function of one array that gives one number, by differences."""
    x = np.array(x, np.float64)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        at = x[i]
        x[i] = at + step
        above = function(x)
        x[i] = at - step
        grad[i] = (above - function(x)) / (2 * step)
        x[i] = at
    return grad
