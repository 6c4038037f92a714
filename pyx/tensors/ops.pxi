# Ops on tensors: what they compute, and what they give to the tape, functions that take the gradient of a
# result and what was saved, and give those of the inputs (see Node). Images stay in the form, in lanes or
# not, that the input has. Most are here because they are called for every layer of every step; others stand
# in Python, in the same manner.
#
# Uses: record/errors, record/memory, shared/arrays, shared/views, shared/creation, shared/kinds,
# shared/options, kernels/lanes, kernels/matmul, kernels/conv2d, kernels/pool2d, kernels/batch_norm,
# kernels/pad, kernels/movement, kernels/dropout, kernels/nll_loss, kernels/cross_entropy, tensors/modes,
# tensors/tape, tensors/backward, tensors/in_place.

cdef Array in_form(Array g, bint lanes):
    return in_lanes(g) if lanes else dense(g)


def lanes_of(Array x not None):
    """Images in lanes: x itself if they are."""
    return in_lanes(x)


def plain_of(Array x not None):
    """C-contiguous and not in lanes: x itself if it is so."""
    return dense(x)


def ready(Array x not None):
    """C-contiguous, or in lanes, as kernels take it: x itself if it is so."""
    return contiguous(x)


def elementwise(input, kernel, backward, bint from_result):
    """A function of one element. `backward` takes the gradient and the result, where that tells the slope, so
    that the input can go, or else the input."""
    cdef BaseTensor x = float_tensor(input, "input")
    cdef Array value = contiguous(x._value), y = kernel(value)
    return record_op(y, elementwise_gradient, (backward, y if from_result else value), (x,))


def elementwise_gradient(Array g not None, kernel, Array kept not None):
    """Of a function of one element; the kernel takes the gradient and the input, or the result."""
    return kernel(in_form(g, kept.batch >= 0), kept)


def spared(Array y not None):
    """A result that its op has saved where PyTorch's saves another thing: it can be changed all the same."""
    y.kept_alone = True
    return y


def leaky_relu_gradient(Array g not None, Array kept not None, double slope):
    return leaky_relu_backward(in_form(g, kept.batch >= 0), kept, slope)


def add_alike(Array a not None, Array b not None):
    """The sum of two arrays of one shape, in lanes if one of them is."""
    return add_arrays(a, b)


def scale(Array x not None, double factor):
    """factor * x, in the form of x."""
    return mul_scalar(in_form(x, x.batch >= 0), factor)


def reshaped(Array x not None, shape):
    return x.reshape(shape)


def reshape(BaseTensor x not None, shape):
    """The same elements in another shape, in the same memory where it can be."""
    return view_of(x, reshaped, (shape,), reshape_gradient, (shape_of(plain_of_tensor(x)),))


def reshape_gradient(Array g not None, shape):
    return plain(g).reshape(shape)


def transpose_gradient(Array g not None, tuple axes):
    return contiguous(with_axes(g, axes))


def index_gradient(Array g not None, shape, tuple parts):
    """Of a view by a basic index."""
    cdef Array gx = filled(shape, 0.0)
    part_of(gx, parts).write(g)
    return gx


cdef BaseTensor as_batch(BaseTensor image):
    """One image (C, H, W) as a batch."""
    if image._value.ndim != 3:
        raise ShapeError(f"images must be (N, C, H, W) or (C, H, W), found shape {image.shape}")
    return reshape(image, (1, *image.shape))


cdef BaseTensor first_of(BaseTensor images):
    """The only image of a batch of one."""
    return reshape(images, images.shape[1:])


def convolution(input, weight, bias, tuple options):
    """conv2d, with stride, padding, dilation and groups as the kernel takes them."""
    cdef BaseTensor x = float_tensor(input, "input"), w = float_tensor(weight, "weight"), b = None
    if x.ndim != 4:
        return first_of(convolution(as_batch(x), weight, bias, options))
    cdef Array images = in_lanes(x._value), kernel = dense(w._value), offset = None, y
    if bias is not None:
        b = float_tensor(bias, "bias")
        offset = dense(b._value)
    y = conv2d(images, kernel, offset, *options)
    saved = (
        # What the other gradient needs is not kept.
        None if edge_of(w) is None else images,
        None if edge_of(x) is None else kernel,
        images.sides,
        kernel.sides,
        options,
        images is x._value,
    )
    return record_op(y, conv2d_gradient, saved, (x, w, b))


def conv2d_gradient(
    Array g not None, tuple need, Array images, Array kernel, size, taps, tuple options, bint lanes
):
    cdef Array gy = in_lanes(g)
    gx = gw = gb = None
    # The input's comes last: as large as the images, it need not be there while the others are computed.
    if need[1]:
        gw = conv2d_backward_weight(gy, images, taps, *options)
    if need[2]:
        gb = conv2d_backward_bias(gy)
    if need[0]:
        gx = in_form(conv2d_backward_input(gy, kernel, size, *options), lanes)
    return gx, gw, gb


def max_pooling(input, kernel_size, stride, padding, dilation, bint ceil_mode, bint return_indices):
    """max_pool2d."""
    kernel = pair_option(kernel_size, "kernel_size")
    options = (
        kernel, stride_option(stride, kernel), pair_option(padding, "padding"),
        pair_option(dilation, "dilation"), ceil_mode,
    )
    return maxima_of(
        input, max_pool2d, max_pool2d_backward, max_pool2d_indices if return_indices else None, options
    )


def adaptive_max_pooling(input, size, bint return_indices):
    """adaptive_max_pool2d, to height and width `size`, of which None keeps the input's."""
    return maxima_of(
        input, adaptive_max_pool2d, adaptive_max_pool2d_backward,
        adaptive_max_pool2d_indices if return_indices else None, (size,),
    )


cdef object maxima_of(input, forward, backward, places, tuple options):
    """A max pooling by these functions, and where the maxima are unless `places` is None."""
    cdef BaseTensor x = float_tensor(input, "input"), result
    if x.ndim != 4:
        found = maxima_of(as_batch(x), forward, backward, places, options)
        return first_of(found) if places is None else (first_of(found[0]), first_of(found[1]))
    cdef Array images = in_lanes(x._value), y = spared(forward(images, *options))  # PyTorch: indices
    result = record_op(y, maxima_of_gradient, (backward, images, y, options, images is x._value), (x,))
    if places is None:
        return result
    return result, new_tensor(places(images, images.batch, *options), None)


def maxima_of_gradient(Array g not None, backward, Array images, Array y, tuple options, bint lanes):
    """Of a max pooling whose own function is `backward`."""
    return in_form(backward(in_lanes(g), images, y, *options), lanes)


def average_pooling(input, forward, backward, tuple options):
    """An average pooling by these functions."""
    cdef BaseTensor x = float_tensor(input, "input")
    if x.ndim != 4:
        return first_of(average_pooling(as_batch(x), forward, backward, options))
    cdef Array images = in_lanes(x._value), y = forward(images, *options)
    return record_op(y, average_gradient, (backward, shape_of(images), options, images is x._value), (x,))


def average_gradient(Array g not None, backward, shape, tuple options, bint lanes):
    """Of an average pooling whose own function is `backward`."""
    return in_form(backward(in_lanes(g), shape, *options), lanes)


def batch_normalization(
    BaseTensor x not None, mean, var, weight, bias, bint training, momentum, double eps, tracked
):
    """batch_norm of images (N, C, H, W) or of rows (N, C); mean, var and tracked are arrays."""
    cdef BaseTensor w = None, b = None
    cdef bint rows = x._value.batch < 0 and x._value.ndim == 2
    cdef Array images = contiguous(x._value) if rows else in_lanes(x._value)
    cdef Array scale = None, shift = None, y, statistics
    if weight is not None:
        w = float_tensor(weight, "weight")
        scale = dense(w._value)
    if bias is not None:
        b = float_tensor(bias, "bias")
        shift = dense(b._value)
    y, statistics = batch_norm(
        images, images.dims[0] if rows else images.batch, mean, var, scale, shift, training, momentum, eps,
        tracked,
    )
    saved = images, statistics, scale, training, x._value.batch >= 0
    return record_op(y, batch_norm_gradient, saved, (x, w, b))


def batch_norm_gradient(
    Array g not None, tuple need, Array images, Array statistics, Array weight, bint training, bint lanes
):
    cdef bint rows = images.batch < 0
    gx, gw, gb = batch_norm_backward(
        contiguous(g) if rows else in_lanes(g), images, images.dims[0] if rows else images.batch, statistics,
        weight, None, training, False, need[0],
    )
    if gx is not None:
        gx = in_form(gx, lanes)
    return gx, gw if need[1] else None, gb if need[2] else None


def affine(input, weight, bias):
    """linear, with a weight of two axes."""
    cdef BaseTensor x = float_tensor(input, "input"), w = float_tensor(weight, "weight"), b = None
    cdef Array rows = dense(x._value), matrix = dense(w._value), offset = None, y
    cdef tuple shape = shape_of(rows)
    cdef cnp.npy_intp[2] flat
    if bias is not None:
        b = float_tensor(bias, "bias")
        offset = dense(b._value)
    if rows.ndim != 2:
        if rows.ndim == 0:
            raise ValueError("linear takes an input of at least one axis")
        flat[0], flat[1] = prod_before_last(shape), rows.dims[rows.ndim - 1]
        rows = view(rows, 2, flat)
    y = matmul(rows, matrix, offset, False, True)
    if len(shape) != 2:
        y = y.reshape((*shape[:len(shape) - 1], y.dims[1]))
    saved = None if edge_of(w) is None else rows, None if edge_of(x) is None else matrix, shape
    return record_op(y, linear_gradient, saved, (x, w, b))


def linear_gradient(Array g not None, tuple need, Array rows, Array matrix, shape):
    """Of input (of this shape), weight and bias."""
    cdef cnp.npy_intp[2] flat
    g = dense(g)
    if g.ndim != 2:
        flat[1] = g.dims[g.ndim - 1] if g.ndim else 1
        flat[0] = elements(g) // flat[1] if flat[1] else prod_before_last(shape)
        g = view(g, 2, flat)
    gx = None
    if need[0]:
        gx = matmul(g, matrix)
        gx = gx if len(shape) == 2 else gx.reshape(shape)
    return gx, matmul(g, rows, None, True) if need[1] else None, sum_rows(g) if need[2] else None


cdef ptrdiff_t prod_before_last(tuple shape):
    cdef ptrdiff_t product = 1
    for size in shape[:len(shape) - 1]:
        product *= size
    return product


def dropout_gradient(Array g not None, double p, Array used, bint channels, form, shape, bint lanes):
    if lanes:
        return dropout_backward(in_lanes(g), p, used, channels)
    return dropout_backward(dense(g).reshape(form), p, used, channels).reshape(shape)


def pad_gradient(Array g not None, shape, before, behind, mode, bint lanes):
    return pad_backward(in_form(g, lanes), shape, before, behind, mode)


def cat_gradient(Array g not None, tuple need, sizes, int axis, bint lanes, tuple forms):
    """Of tensors joined along an axis, in lanes or not; those of `forms` that are false were not in lanes."""
    cdef Py_ssize_t i
    cdef list pieces
    if lanes:
        pieces = split(in_lanes(g), sizes, axis)
        return tuple([in_form(pieces[i], forms[i]) if need[i] else None for i in range(len(pieces))])
    cdef ptrdiff_t at = 0
    pieces = []
    g = plain(g)
    for i in range(len(need)):
        pieces.append(part_of(g, (slice(None),) * axis + (slice(at, at + sizes[i]),)) if need[i] else None)
        at += sizes[i]
    return tuple(pieces)


def cat_one_gradient(Array g not None, sizes, int axis, bint lanes, tuple forms):
    """Of a single tensor."""
    return cat_gradient(g, ONE_NEEDED, sizes, axis, lanes, forms)[0]


cpdef object array_or_same(object x):
    """The array of a tensor; what is none, as it is."""
    return (<BaseTensor>x)._value if isinstance(x, BaseTensor) else x


def of_arrays(LossOptions options not None):
    """The same options with the arrays of tensors."""
    if isinstance(options.weight, BaseTensor) or isinstance(options.sample_weight, BaseTensor):
        return options.with_weights(array_or_same(options.weight), array_or_same(options.sample_weight))
    return options


def class_loss(input, target, LossOptions options not None):
    """cross_entropy with reduction "mean" or "sum"."""
    cdef BaseTensor x = float_tensor(input, "input"), soft = None
    if isinstance(target, BaseTensor) and edge_of(<BaseTensor>target) is not None:
        soft = target
    loss, grad, target_grad, _, _ = cross_entropy(
        dense(x._value), array_or_same(target), of_arrays(options),
        True if edge_of(x) is not None and not lg_no_grad else None, False,
        soft is not None and not lg_no_grad,
    )
    return record_op(loss, cross_entropy_gradient, (grad, target_grad), (x, soft))


def cross_entropy_gradient(Array g not None, tuple need, Array grad, Array target_grad):
    """Of logits and probabilities, from their gradients where the loss's is 1."""
    if g is ONE:
        return grad, target_grad
    g = contiguous(g)
    return (
        None if grad is None else scaled(grad, g), None if target_grad is None else scaled(target_grad, g)
    )


def nll_loss_gradient(
    Array g not None, Array scores, target, weight, sample_weight, ignore_index, reduction, axis
):
    return nll_loss_backward(g, scores, target, weight, sample_weight, ignore_index, reduction, axis)


def saved_of(object x):
    """What an op saves of an argument that may be anything: an array that nobody else changes, or that counts
    its changes."""
    if x is None:
        return None
    return own((<BaseTensor>x)._value) if isinstance(x, BaseTensor) else copied_as_is(x)


cdef object copied_as_is(object x):
    array = np.array(x)
    return adopt(array) if array.dtype.kind in "iub" or array.dtype == np.float32 else array


def shape_in_memory(Array x not None):
    """The shape of the array that holds images in lanes; of others, their shape."""
    return shape_of(x)


def lanes_in_memory(Array x not None):
    """NumPy's array of images in lanes as they are in memory: for tests."""
    return view(x, x.ndim, x.dims).array()
