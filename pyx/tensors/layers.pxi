# Ops on tensors that layers other than a plain network's are made of: see ops.pxi.
#
# Uses: shared/arrays, shared/kinds, kernels/lanes, kernels/conv2d, kernels/row_norm,
# kernels/local_response_norm, kernels/resample, kernels/grid_sample, tensors/tape, tensors/ops.

cdef Array dense_or_none(BaseTensor x):
    return None if x is None else dense(x._value)


def transposed_convolution(input, weight, bias, size, tuple options):
    """conv_transpose2d, to height and width `size`; options as in `convolution`."""
    cdef BaseTensor x = float_tensor(input, "input"), w = float_tensor(weight, "weight")
    cdef BaseTensor b = None if bias is None else float_tensor(bias, "bias")
    cdef Array images = in_lanes(x._value), kernel = dense(w._value), y
    y = conv2d_backward_input(images, kernel, size, *options, dense_or_none(b))
    saved = (
        None if edge_of(w) is None else images,
        None if edge_of(x) is None else kernel,
        kernel.sides,
        options,
        images is x._value,
    )
    return record_op(y, transposed_gradient, saved, (x, w, b))


def transposed_gradient(
    Array g not None, tuple need, Array images, Array kernel, taps, tuple options, bint lanes
):
    cdef Array gy = in_lanes(g)
    gx = gw = gb = None
    if need[1]:
        gw = conv2d_backward_weight(images, gy, taps, *options)
    if need[2]:
        gb = conv2d_backward_bias(gy)
    if need[0]:
        gx = in_form(conv2d(gy, kernel, None, *options), lanes)
    return gx, gw, gb


def resampling(BaseTensor x not None, tuple axes):
    """Resampled along several axes, one after the other: each is the arguments of `resample`."""
    cdef Array first = contiguous(x._value), y = first
    for axis in axes:
        y = resample(y, *axis)
    steps = tuple([(axis[0], first.dims[<int>axis[0]], *axis[2:]) for axis in reversed(axes)])
    return record_op(y, resample_gradient, (steps, first.batch >= 0), (x,))


def resample_gradient(Array g not None, tuple axes, bint lanes):
    cdef Array gx = in_form(g, lanes)
    for axis in axes:
        gx = resample_backward(gx, *axis)
    return gx


def row_normalization(BaseTensor x not None, RowNorm norm not None, weight, bias, running=None):
    """Group, instance, layer or RMS norm; `running` are arrays of a mean and a variance, or None, and what an
    instance counts in them."""
    cdef BaseTensor w = None if weight is None else float_tensor(weight, "weight")
    cdef BaseTensor b = None if bias is None else float_tensor(bias, "bias")
    # The shape decides where images are in lanes, not where they are from: sums would have other bits.
    cdef bint lanes = x.ndim == 4 and (norm.groups > 0 or norm.axes == 3)
    cdef Array rows = in_form(x._value, lanes), scale = dense_or_none(w), y, statistics
    y, statistics = row_norm(rows, rows.batch, norm, scale, dense_or_none(b))
    if running is not None:
        mean, var, momentum = running
        row_norm_running(rows, rows.batch, norm, statistics, momentum, mean, var)
    shape = None if w is None else shape_of(w._value), None if b is None else shape_of(b._value)
    saved = rows, norm, statistics, scale, shape, x._value.batch >= 0
    return record_op(y, row_norm_gradient, saved, (x, w, b))


def row_norm_gradient(
    Array g not None, tuple need, Array rows, RowNorm norm, Array statistics, Array weight, tuple shape,
    bint lanes,
):
    cdef Array gy = in_form(g, rows.batch >= 0)
    gx = gw = gb = None
    if need[1] or need[2]:
        gw, gb = row_norm_backward_weight(gy, rows, rows.batch, norm, statistics)
        gw = gw.reshape(shape[0]) if need[1] else None
        gb = gb.reshape(shape[1]) if need[2] else None
    if need[0]:
        gx = in_form(row_norm_backward(gy, rows, rows.batch, norm, statistics, weight), lanes)
    return gx, gw, gb


def response_normalization(BaseTensor x not None, tuple options):
    """local_response_norm; the options are size, alpha, beta and k."""
    cdef Array images = x._value, y, sums
    if not options[3] > 0:  # what is in unused lanes might become infinite
        images = plain(images)
    images = contiguous(images)
    y, sums = local_response_norm(images, *options)
    spared(y)  # PyTorch: sums
    return record_op(y, response_norm_gradient, (images, y, sums, options), (x,))


def response_norm_gradient(Array g not None, Array images, Array y, Array sums, tuple options):
    return local_response_norm_backward(in_form(g, images.batch >= 0), images, y, sums, *options)


def grid_sampling(BaseTensor x not None, BaseTensor grid not None, tuple options):
    """grid_sample; the options are mode, padding and align_corners."""
    cdef Array images = dense(x._value), at = dense(grid._value), y = grid_sample(images, at, *options)
    return record_op(y, grid_sample_gradient, (images, at, options), (x, grid))


def grid_sample_gradient(Array g not None, tuple need, Array images, Array grid, tuple options):
    return grid_sample_backward(dense(g), images, grid, *options, need[0], need[1])
