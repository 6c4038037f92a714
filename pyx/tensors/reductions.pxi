# Reductions of tensors: which axes an argument `dim` means, results, and gradients.
#
# Uses: record/memory, shared/arrays, shared/creation, shared/kinds, kernels/lanes, kernels/indices,
# kernels/reduce, tensors/modes, tensors/tape.

# PyTorch's names of dtypes, in messages
NAMES = {
    "float32": "Float", "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "bool": "Bool",
}


cdef int read_axis(object dim, int ndim) except -1:
    """The axis that `dim` means in a tensor of so many axes."""
    cdef Py_ssize_t axis, axes = max(ndim, 1)
    if isinstance(dim, bool):
        raise TypeError("dim must be int, not bool")
    axis = index(dim)
    if not -axes <= axis < axes:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-axes}, {axes - 1}], but got {axis})"
        )
    return <int>(axis + axes if axis < 0 else axis)


def axis_of(dim, int ndim):
    """The axis that `dim` means in a tensor of so many axes, counted from the first one.

    A tensor without axes is taken for one with a single axis.

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `dim` is no integer.

    Examples
    --------
    >>> axis_of(-1, 3)
    2
    >>> axis_of(2, 2)
    Traceback (most recent call last):
    IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
    """
    return read_axis(dim, ndim)


def axes_of(dim, int ndim):
    """The axes that `dim` means, an integer or several: NumPy's, and so none of a tensor without axes.

    None and no integer at all mean all axes.

    Raises
    ------
    IndexError
        There is no such axis.
    RuntimeError
        An axis is named twice.
    TypeError
        `dim` is something else.

    Examples
    --------
    >>> axes_of((0, -1), 3), axes_of(None, 2), axes_of(-1, 0)
    ((0, 2), (0, 1), ())
    """
    cdef list axes = []
    if dim is not None:
        for one_dim in dim if hasattr(dim, "__iter__") else (dim,):
            axes.append(read_axis(one_dim, ndim))
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
    return tuple(axes or range(ndim)) if ndim else ()


cdef uint64_t read_axes(object dim, int ndim) except? 0:
    """The same as a set."""
    cdef uint64_t axes = 0
    if dim is None:
        return (<uint64_t>1 << ndim) - 1
    for axis in axes_of(dim, ndim):
        axes |= <uint64_t>1 << <int>axis
    return axes


cdef BaseTensor to_tensor(object x):
    return x if isinstance(x, BaseTensor) else new_tensor(share(x), None)


cdef Array reducible(Array x, uint64_t axes):
    """An array whose axes can be reduced as it is in memory: lanes without an image must not count."""
    if x.batch >= 0 and axes & 1 and x.batch % x.dims[4]:
        return plain(x)
    return x


cdef Array wide(Array x):
    """Integers of other types than a kernel takes as int64."""
    if x.type in (cnp.NPY_FLOAT32, cnp.NPY_INT64, cnp.NPY_BOOL, cnp.NPY_UINT8):
        return x
    return adopt(x.array().astype(np.int64))


cdef Array shown_as(Array y, uint64_t axes, bint keepdim):
    """Results that are in lanes without the axes that were reduced, unless these are to stay."""
    cdef cnp.npy_intp[4] dims
    cdef int ndim = 0, i
    if y.batch < 0 or keepdim:
        return y
    y = plain(y)
    for i in range(4):
        if not has(axes, i):
            dims[ndim] = y.dims[i]
            ndim += 1
    return view(y, ndim, dims)


cdef bint read_keepdim(object keepdim) except -1:
    if not isinstance(keepdim, bool):
        raise TypeError(f"keepdim must be bool, not {keepdim!r}: several axes are given as one tuple")
    return keepdim


def sum_along(input, dim, keepdim, bint mean):
    """The sum of the elements along axes, or their mean."""
    cdef BaseTensor x = to_tensor(input)
    cdef uint64_t axes, gone
    cdef Array value, y
    cdef double divisor = 1
    cdef bint keep, lanes, floats = x._value.type == cnp.NPY_FLOAT32
    if mean and not floats:
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
            f"dtype: convert with .float() first. Got: {NAMES[x.dtype.name]}"
        )
    axes, keep = read_axes(dim, x.ndim), read_keepdim(keepdim)
    value = wide(reducible(x._value, axes))
    gone = axes | (BATCH if value.batch >= 0 and axes & 1 else 0)
    if mean:
        divisor = reduced_count(value, gone)
    lanes = value.batch >= 0 and not axes & 1
    y = summed(value, gone, keep or lanes, cnp.NPY_FLOAT32 if floats else cnp.NPY_INT64, divisor)
    saved = shape_of(value), value.batch, axes, (divisor,)
    return record_op(shown_as(y, axes, keep), sum_gradient, saved, (x,))


cdef ptrdiff_t reduced_count(Array x, uint64_t gone) noexcept:
    """How many elements are reduced to one."""
    cdef ptrdiff_t count = 1
    cdef int i
    for i in range(x.ndim):
        if has(gone, i):
            count *= x.dims[i]
    return count


def sum_gradient(Array g not None, tuple shape, ptrdiff_t batch, uint64_t axes, tuple divided):
    """Of the sum over axes of an array of this shape in memory, divided by a number."""
    cdef double divisor = divided[0]
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims), i, k = 0
    cdef uint64_t gone = axes | (BATCH if batch >= 0 and axes & 1 else 0)
    cdef Array y
    if batch >= 0:
        g = g if axes & 1 else results_in_lanes(g, shape, batch, axes)
        return spread(g, None, None, ndim, dims, batch, gone, LG_REDUCE_SUM, divisor)
    g = plain(g)
    if divisor != 1:
        g = spread(g, None, None, g.ndim, g.dims, -1, 0, LG_REDUCE_SUM, divisor)
    y = like_view(g, ndim)
    for i in range(ndim):
        if has(gone, i):
            y.dims[i], y.strides[i] = dims[i], 0
            k += g.ndim == ndim
        else:
            y.dims[i], y.strides[i] = g.dims[k], g.strides[k]
            k += 1
    set_contiguous(y)
    return y


cdef Array results_in_lanes(Array g, tuple shape, ptrdiff_t batch, uint64_t axes):
    """The gradient of results of images, which had this shape in lanes, in lanes itself."""
    cdef cnp.npy_intp[4] dims
    cdef int i
    if g.batch >= 0:
        return g
    for i in range(4):
        dims[i] = 1 if has(axes, i) else batch if i == 0 else shape[i]
    return in_lanes(view(contiguous(g), 4, dims))


cdef dict REDUCTIONS = {
    "sum": LG_REDUCE_SUM, "nansum": LG_REDUCE_NAN_SUM, "nanmean": LG_REDUCE_NAN_MEAN, "prod": LG_REDUCE_PROD,
    "max": LG_REDUCE_LARGEST, "min": LG_REDUCE_LEAST, "var": LG_REDUCE_VAR, "std": LG_REDUCE_STD,
    "logsumexp": LG_REDUCE_LOGSUMEXP, "count": LG_REDUCE_COUNT, "any": LG_REDUCE_ANY, "all": LG_REDUCE_ALL,
}


cdef bint has_images(Array x, uint64_t axes) noexcept:
    """Whether images in lanes are reduced each by itself."""
    return x.batch >= 0 and not axes & 1


def reduce_along(input, dim, keepdim, str name, double number=1):
    """The reduction of this name along axes: of floats, with a gradient, to floats."""
    return reduced_floats(to_tensor(input), dim, keepdim, REDUCTIONS[name], number)


cdef BaseTensor reduced_floats(BaseTensor x, object dim, object keepdim, int op, double number):
    cdef uint64_t axes = read_axes(dim, x.ndim)
    cdef bint keep = read_keepdim(keepdim)
    cdef Array value = x._value if has_images(x._value, axes) else plain(x._value), y, slopes = None
    cdef cnp.npy_intp[2] dims
    y = new_reduced(value, axes, keep or value.batch >= 0, cnp.NPY_FLOAT32)
    if op != LG_REDUCE_NAN_SUM and op != LG_REDUCE_COUNT and edge_of(x) is not None and not lg_no_grad:
        dims[0], dims[1] = elements(y), 2
        slopes = new_array(2, dims, cnp.NPY_FLOAT64)
    make_reduction(value, axes, op, number, y, None, slopes)
    return record_op(shown_as(y, axes, keep), reduce_gradient, (value, slopes, axes, op, number), (x,))


def reduce_gradient(Array g not None, Array x, Array slopes, uint64_t axes, int op, double number):
    if op == LG_REDUCE_COUNT:  # nowhere a slope
        return filled(shape_of(x) if x.batch < 0 else x.shape, 0.0)
    g = results_in_lanes(g, shape_of(x), x.batch, axes) if x.batch >= 0 else plain(g)
    return spread(g, x, slopes, x.ndim, x.dims, x.batch, axes, op, number)


def norm_along(input, dim, keepdim, double p):
    """The p-norm along axes."""
    cdef int op = LG_REDUCE_NORM_P
    if p == INFINITY or p == -INFINITY:
        op = LG_REDUCE_ABS_LARGEST if p > 0 else LG_REDUCE_ABS_LEAST
    elif p == 0:
        op = LG_REDUCE_COUNT
    elif p == 1 or p == 2:
        op = LG_REDUCE_NORM_1 if p == 1 else LG_REDUCE_NORM_2
    return reduced_floats(to_tensor(input), dim, keepdim, op, p)


def reduce_wholes(input, dim, keepdim, str name, dtype, no_axis=False):
    """The reduction of this name along axes, of elements of any dtype, to elements of this one, without a
    gradient; with `no_axis`, no integer at all means no axis."""
    cdef BaseTensor x = to_tensor(input)
    cdef Array value = wide(plain(x._value)), y
    cdef uint64_t axes = 0 if no_axis and dim == () else read_axes(dim, value.ndim)
    y = new_reduced(value, axes, read_keepdim(keepdim), dtype.num)
    make_reduction(value, axes, REDUCTIONS[name], 1, y, None, None)
    return new_tensor(y, None)


def place_along(input, dim, keepdim, str name, bint values):
    """Where the first of the largest or least elements is along an axis, or of all; or also what it is."""
    cdef BaseTensor x = to_tensor(input)
    cdef uint64_t axes = read_axes(dim, x.ndim)
    cdef Array value = wide(plain(x._value)), y = None, places
    cdef bint keep = read_keepdim(keepdim)
    places = new_reduced(value, axes, keep, cnp.NPY_INT64)
    if values:
        y = new_reduced(value, axes, keep, value.type)
    make_reduction(value, axes, REDUCTIONS[name], 1, y, places, None)
    if not values:
        return new_tensor(places, None)
    saved = places, shape_of(value), read_axis(dim, x.ndim)
    return record_op(y, place_gradient, saved, (x,)), new_tensor(places, None)


def place_gradient(Array g not None, Array places, tuple shape, int axis):
    cdef tuple ones = shape[:axis] + (1,) + shape[axis + 1:]
    if not shape:
        return g
    return gather_gradient(dense(g).reshape(ones), dense(places).reshape(ones), shape, axis, LG_SCATTER_PUT)
