# Elements in other places (see csrc/kernels/movement/): copies of views and joined arrays. Of each of the
# functions of one array, the gradient is such a function too.
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


# --- views that turn axes round -----------------------------------------------------------------------------

cdef Array backwards(Array given, tuple axes):
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


def flip(Array x not None, tuple axes):
    """The elements in reversed order along axes."""
    return backwards(x, axes).copy()


def rot90(Array x not None, int turns, int first, int second):
    """Turned so often by 90 degrees, from the first axis to the second."""
    cdef list order = list(range(x.ndim))
    order[first], order[second] = second, first
    turns = (turns % 4 + 4) % 4
    if turns == 2:
        return flip(x, (first, second))
    if turns == 1:
        return with_axes(backwards(x, (second,)), tuple(order)).copy()
    return backwards(with_axes(x, tuple(order)), (second,)).copy() if turns else plain(x).copy()


def roll(Array given not None, tuple shifts, tuple axes):
    """The elements moved along axes, those that leave at one end in at the other."""
    cdef Array x = plain(given), y = new_array(x.ndim, x.dims, x.type)
    cdef list cuts = [0] * x.ndim  # along each axis, how many elements come from the end
    cdef list froms = [()], tos = [()]
    cdef int i
    if not elements(x):
        return y
    for shift, axis in zip(shifts, axes):
        cuts[axis] += shift
    for i in range(x.ndim):
        cut = cuts[i] % x.dims[i]
        rest = x.dims[i] - cut
        ends = [(slice(rest), slice(cut, None)), (slice(rest, None), slice(cut))] if cut else [
            (slice(None), slice(None))
        ]
        froms = [part + (end[0],) for part in froms for end in ends]
        tos = [part + (end[1],) for part in tos for end in ends]
    for part, place in zip(froms, tos):
        copy_to(part_of(y, place), part_of(x, part))
    return y


def roll_gradient(Array g not None, tuple shifts, tuple axes):
    return roll(g, tuple([-shift for shift in shifts]), axes)


# --- repeated elements --------------------------------------------------------------------------------------

cdef tuple interleaved(shape, tuple counts):
    """For each axis, how often it is repeated, and its size: those of the shape are the last ones."""
    cdef Py_ssize_t ndim = max(len(shape), len(counts)), i
    cdef list apart = []
    cdef tuple sizes = (1,) * (ndim - len(shape)) + tuple(shape)
    counts = (1,) * (ndim - len(counts)) + counts
    for i in range(ndim):
        apart += [counts[i], sizes[i]]
    return tuple(apart)


cdef Array spaced(Array x, tuple apart):
    """The view of repeated elements in such a shape."""
    return expanded(x.reshape([1 if i % 2 == 0 else apart[i] for i in range(len(apart))]), apart)


def tile(Array given not None, tuple counts):
    """Repeated so often along the last axes, or along new ones before them."""
    cdef Array x = plain(given)
    cdef tuple apart = interleaved(sizes_of(x), counts)
    return spaced(x, apart).copy().reshape([apart[i] * apart[i + 1] for i in range(0, len(apart), 2)])


def tile_gradient(Array g not None, shape, tuple counts):
    """Of an array of this shape."""
    cdef tuple apart = interleaved(shape, counts)
    return view_gradient(dense(g).reshape(apart), shape, spaced_view, (apart,))


def spaced_view(Array x not None, tuple apart):
    return spaced(x, apart)


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


# --- diagonals ----------------------------------------------------------------------------------------------

def triangle(Array given not None, ptrdiff_t diagonal, bint upper):
    """The matrices of the last two axes with zeros on one side of a diagonal."""
    cdef Array x = dense(given), y = new_array(x.ndim, x.dims, x.type)
    cdef const lg_kernels *k = begin()
    cdef ptrdiff_t rows = x.dims[x.ndim - 2], columns = x.dims[x.ndim - 1], each = rows * columns
    k.triangle(
        <const uint8_t *>read_token(x), x.itemsize, elements(x) // each if each else 0, rows, columns,
        diagonal, upper, <uint8_t *>new_token(y),
    )
    return y


def diag_embed(Array given not None, ptrdiff_t offset, int first, int second):
    """Zeros with the last axis on a diagonal of two new axes."""
    cdef Array x = plain(given)
    cdef ptrdiff_t size = x.dims[x.ndim - 1] + abs(offset)
    cdef list shape = list(sizes_of(x)[:x.ndim - 1])
    for axis in sorted((first, second)):
        shape.insert(axis, size)
    cdef Array y = filled_like(x, shape, 0)
    copy_to(diagonal_of(y, offset, first, second), x)
    return y


def diagonal(Array x not None, ptrdiff_t offset, int first, int second):
    """A copy of a diagonal, as a last axis."""
    return diagonal_of(x, offset, first, second).copy()


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


def stack(list arrays, int axis):
    """Arrays of one shape and dtype side by side along a new axis."""
    cdef Array first = arrays[0], x, y
    cdef tuple sizes = sizes_of(first)
    y = template((*sizes[:axis], len(arrays), *sizes[axis:]), first.type)
    for i, x in enumerate(arrays):
        copy_to(part_of(y, (slice(None),) * axis + (i,)), x)
    return y


def stack_gradient(Array g not None, tuple need, int axis):
    """Of stacked arrays: what there is of each."""
    cdef Array whole = plain(g)
    before = (slice(None),) * axis
    return tuple([part_of(whole, before + (i,)) if wanted else None for i, wanted in enumerate(need)])


def stack_one_gradient(Array g not None, int axis):
    """Of a single array."""
    return part_of(g, (slice(None),) * axis + (0,))
