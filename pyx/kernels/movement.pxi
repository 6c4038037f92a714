# Elements in other places (see csrc/kernels/movement/): constants, views, their gradients, and joined arrays.
#
# Uses: record/errors, record/memory, record/lists, shared/arrays, shared/views, shared/creation,
# shared/kinds.

cdef Array template(object shape, int type_number):
    """An array of this shape, not initialised."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims)
    return new_array(ndim, dims, type_number)


def filled_like(Array like not None, shape, value):
    """An array of the dtype of another with one value everywhere."""
    if like.type == cnp.NPY_FLOAT32:
        return filled(shape, value)
    cdef Array y = template(shape, like.type)
    copy_to(y, expanded(adopt(np.array(value, like.dtype)), shape))
    return y


def backwards(Array given not None, tuple axes):
    """The view that shows the elements in reversed order along axes."""
    cdef Array x = plain(given), y = like_view(x, x.ndim)
    cdef int i
    memcpy(y.dims, x.dims, 2 * x.ndim * sizeof(cnp.npy_intp))
    for i in axes:
        if y.dims[i] > 0:
            y.offset += (y.dims[i] - 1) * y.strides[i]
        y.strides[i] = -y.strides[i]
    set_contiguous(y)
    return y


def view_gradient(Array given not None, shape, show, tuple arguments):
    """Of a view that may show an element several times: `show` makes it of an array of this shape."""
    cdef const lg_kernels *k
    cdef Array y = template(shape, cnp.NPY_FLOAT32), shown = show(y, *arguments), g = plain(given)
    if not shows_twice(shown.ndim, shown.dims, shown.strides):
        y = filled(shape, 0.0)
        copy_to(show(y, *arguments), g)
        return y
    cdef lg_copy p
    cdef void *sums
    cdef Storage kept
    cdef int i
    memset(&p, 0, sizeof(p))
    g = own(g)
    k = begin()
    p.axes, p.itemsize = g.ndim, g.itemsize
    for i in range(g.ndim):
        p.size[i], p.x_stride[i], p.y_stride[i] = g.dims[i], g.strides[i], shown.strides[i]
    kept = room(g, max(elements(y), 1) * sizeof(double), &sums)
    k.add_overlapping(
        &p, <const float *>read_token(g), shown.offset // g.itemsize, elements(y), <double *>sums,
        <float *>new_token(y),
    )
    return y


def triangle(Array given not None, ptrdiff_t diagonal, bint upper):
    """The matrices of the last two axes with zeros on one side of a diagonal."""
    cdef Array x = dense(given), y = new_array(x.ndim, x.dims, x.type)
    cdef const lg_kernels *k = begin()
    cdef ptrdiff_t rows = x.dims[x.ndim - 2], columns = x.dims[x.ndim - 1], each = rows * columns
    k.triangle(
        <const uint8_t *>read_token(x), x.itemsize, elements(x) // each if each else 0, rows, columns,
        max(-rows, min(diagonal, columns)), upper, <uint8_t *>new_token(y),
    )
    return y


# --- joined arrays ------------------------------------------------------------------------------------------

cdef int copy_part(
    const lg_kernels *k, object x, const uint8_t *x_, const cnp.npy_intp *x_strides, uint8_t *y_,
    const cnp.npy_intp *y_strides,
) except -1:
    """Copies an array of the size of x, between others of any strides."""
    cdef lg_copy p
    cdef int i
    memset(&p, 0, sizeof(p))
    p.axes = ndim_of(x)
    p.itemsize = (<Array>x).itemsize if isinstance(x, Array) else cnp.PyArray_ITEMSIZE(<cnp.ndarray>x)
    for i in range(p.axes):
        p.size[i], p.x_stride[i], p.y_stride[i] = dim(x, i), x_strides[i], y_strides[i]
    k.copy(&p, x_, y_)
    return 0


def cat(list arrays, int axis):
    """Arrays of one dtype side by side along an axis."""
    cdef const lg_kernels *k
    cdef ptrdiff_t at = 0
    cdef tuple shape, expected = shape_of(arrays[0])
    cdef list given = []
    total = 0
    for i, x in enumerate(arrays):
        if isinstance(x, Array):
            x = own(x)
        else:
            floats(x, f"tensor {i}")
        if x.dtype != arrays[0].dtype:
            raise TypeError(f"tensor {i} has dtype {x.dtype}, but tensor 0 has {arrays[0].dtype}")
        shape = shape_of(x)
        if (
            len(shape) != len(expected)
            or shape[:axis] + shape[axis + 1:] != expected[:axis] + expected[axis + 1:]
        ):
            raise ShapeError(
                f"tensors must have the same shape but along axis {axis}: tensor 0 has {expected}, "
                f"tensor {i} has {shape}"
            )
        total += shape[axis]
        given.append(x)
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(expected[:axis] + (total,) + expected[axis + 1:], dims)
    cdef object first = given[0]
    k = kernels_for(first)
    y = new_of(first, ndim, dims, (<Array>first).type if isinstance(first, Array) else cnp.NPY_FLOAT32)
    cdef uint8_t *y_ = <uint8_t *>data(y)
    for x in given:
        copy_part(k, x, <const uint8_t *>reading(x), strides_in(x), y_ + at, strides_in(y))
        at += dim(x, axis) * strides_in(y)[axis]
    return y


def split(y, sizes, int axis):
    """The reverse: parts of these sizes along an axis."""
    cdef const lg_kernels *k = kernels_for(y)
    cdef ptrdiff_t at = 0
    cdef const uint8_t *y_ = <const uint8_t *>floats(y, "array")
    cdef tuple shape = shape_of(y)
    if sum(sizes) != shape[axis]:
        raise ShapeError(f"parts of sizes {list(sizes)} do not make up axis {axis} of shape {shape}")
    parts = []
    for size in sizes:
        x = new_shape(y, shape[:axis] + (size,) + shape[axis + 1:])
        copy_part(k, x, y_ + at, strides_in(y), <uint8_t *>data(x), strides_in(x))
        at += dim(x, axis) * strides_in(y)[axis]
        parts.append(x)
    return parts
