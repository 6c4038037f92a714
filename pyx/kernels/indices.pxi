# Elements at indices, taken and put (see csrc/kernels/movement/gather.c). Indices are checked when they are
# given, at once; what a gradient has of them has been.
#
# Uses: record/memory, record/lists, shared/arrays, shared/views, shared/creation, shared/kinds,
# kernels/movement.

SCATTER_OPS = {
    "put": LG_SCATTER_PUT, "sum": LG_SCATTER_ADD, "prod": LG_SCATTER_MUL, "amax": LG_SCATTER_MAX,
    "amin": LG_SCATTER_MIN,
}


# --- indices ------------------------------------------------------------------------------------------------

def check_index(Array index not None, ptrdiff_t size):
    """Of an index of int64 for so many places: whether some are negative, and whether some are out of range
    even where -1 is the last one."""
    cdef int[2] flags
    cdef const int64_t *values = <const int64_t *>values_of(index)
    at_once(elements(index)).check_index(values, elements(index), size, flags)
    return flags[0] != 0, flags[1] != 0


def flat_index(list indices, list sizes):
    """One index for several axes of these sizes: int64 arrays of one shape, in range, -1 being the last."""
    cdef Array first = indices[0], flat = new_array(first.ndim, first.dims, cnp.NPY_INT64), index
    cdef ptrdiff_t step = 1, size
    cdef const lg_kernels *k
    cdef Py_ssize_t i
    for i in range(len(indices) - 1, -1, -1):
        index, size = dense(indices[i]), sizes[i]
        k = begin()
        k.flat_index(
            <const int64_t *>read_token(index), elements(index), size, step, i < len(indices) - 1,
            <int64_t *>new_token(flat),
        )
        step *= size
    return flat


def places_of(Array given not None):
    """The numbers of the elements of a mask that are true."""
    cdef Array mask = own(dense(given)), places  # which does not change between the calls
    cdef const uint8_t *values = <const uint8_t *>values_of(mask)
    cdef ptrdiff_t count
    cdef cnp.npy_intp[1] shape
    at_once(elements(mask)).find_places(values, elements(mask), NULL, &count)
    shape[0] = count
    places = new_array(1, shape, cnp.NPY_INT64)
    at_once(elements(mask)).find_places(values, elements(mask), <int64_t *>places.storage.place(), &count)
    return places


# --- along an axis ------------------------------------------------------------------------------------------

cdef bint one_step(Array x, int first, int end, ptrdiff_t *step) noexcept:
    """Whether axes of x are gone along by one step, in elements, from each element to the next."""
    cdef int i
    cdef ptrdiff_t expected = 0
    cdef bint begun = False
    step[0] = 0
    for i in range(end - 1, first - 1, -1):
        if x.dims[i] == 1:
            continue
        if not begun:
            step[0] = x.strides[i] // x.itemsize
        elif x.strides[i] != expected:
            return False
        expected, begun = x.dims[i] * x.strides[i], True
    return True


cdef Array in_steps(Array x, int axis, int axes, ptrdiff_t *steps):
    """x, or a copy of it, such that one step leads on along the axes before `axis`, the `axes` from there on,
    and those behind."""
    x = own(plain(x))
    if not (
        one_step(x, 0, axis, &steps[0]) and one_step(x, axis, axis + axes, &steps[1])
        and one_step(x, axis + axes, x.ndim, &steps[2])
    ):
        x = x.copy()
        one_step(x, 0, axis, &steps[0])
        one_step(x, axis, axis + axes, &steps[1])
        one_step(x, axis + axes, x.ndim, &steps[2])
    return x


cdef ptrdiff_t product_of(Array x, int first, int end) noexcept:
    cdef ptrdiff_t size = 1
    cdef int i
    for i in range(first, end):
        size *= x.dims[i]
    return size


def take(Array given not None, Array index not None, int axis, int axes=1):
    """The slices of x at an index of `axes` axes from `axis` on, which are one there."""
    cdef Array x = dense(given), places = dense(index), y
    cdef tuple sizes = sizes_of(x)
    cdef lg_gather p
    cdef const lg_kernels *k
    y = template(sizes[:axis] + sizes_of(places) + sizes[axis + axes:], x.type)
    memset(&p, 0, sizeof(p))
    p.itemsize, p.outer, p.count = x.itemsize, product_of(x, 0, axis), elements(places)
    p.size, p.inner, p.index_count = product_of(x, axis, axis + axes), product_of(x, axis + axes, x.ndim), 1
    k = begin()
    k.gather(
        &p, <const uint8_t *>read_token(x), <const int64_t *>read_token(places), <uint8_t *>new_token(y)
    )
    return y


def take_gradient(Array g not None, Array index not None, shape, int axis, int axes):
    """Of an array of this shape."""
    return put_into(filled(shape, 0.0), index, g, axis, axes, LG_SCATTER_ADD)


cdef int scatter_to(Array y, Array index, Array source, lg_scatter *p) except -1:
    """Calls the kernel, where the steps of index and source are in *p."""
    cdef const lg_kernels *k = begin()
    cdef void *sums
    cdef Storage kept
    cdef size_t columns = 0
    p.itemsize = y.itemsize
    if p.op != LG_SCATTER_PUT:
        if y.type != cnp.NPY_FLOAT32 and y.type != cnp.NPY_INT64:
            raise TypeError(f"elements of {y.dtype} are not reduced: convert them to int64")
        if y.type == cnp.NPY_FLOAT32:
            columns = threads_for(y) * scatter_width(p.size, p.inner)
    kept = room(y, columns * p.size * sizeof(double), &sums)
    k.scatter(
        p, <const uint8_t *>read_token(source), <const int64_t *>read_token(index), <double *>sums,
        <uint8_t *>write_token(y),
    )
    return 0


def put(Array x not None, Array index not None, Array source not None, int axis, int axes, int op):
    """A copy of x with a source at, or reduced with, the slices at an index of `axes` axes from `axis` on.

    The source is expanded to the shape that `take` gives.
    """
    return put_into(plain(x).copy(), index, source, axis, axes, op)


def put_into(Array y not None, Array index not None, Array source not None, int axis, int axes, int op):
    """The same in an array that nobody else has."""
    cdef Array places = dense(index), elements_of
    cdef ptrdiff_t[3] steps
    cdef lg_scatter p
    cdef tuple sizes = sizes_of(y)
    elements_of = expanded(source, sizes[:axis] + sizes_of(places) + sizes[axis + axes:])
    elements_of = in_steps(elements_of, axis, places.ndim, steps)
    memset(&p, 0, sizeof(p))
    p.op, p.outer, p.count = op, product_of(y, 0, axis), elements(places)
    p.size, p.inner, p.index_count = product_of(y, axis, axis + axes), product_of(y, axis + axes, y.ndim), 1
    p.source_outer, p.source_count, p.source_inner = steps[0], steps[1], steps[2]
    scatter_to(y, places, elements_of, &p)
    return y


# --- an index for each element ------------------------------------------------------------------------------

cdef Array beside(Array x, Array index, int axis):
    """The part of x that is as long as the index but along an axis."""
    cdef int i
    cdef bint alike = True
    for i in range(x.ndim):
        alike = alike and (i == axis or x.dims[i] == index.dims[i])
    if alike:
        return x
    return part_of(x, tuple([slice(None if i == axis else index.dims[i]) for i in range(x.ndim)]))


def gather(Array given not None, Array index not None, int axis):
    """y[i, j, k] = x[i, index[i, j, k], k], if that is the axis."""
    cdef Array x = dense(beside(plain(given), index, axis)), places, y
    cdef ptrdiff_t[3] steps
    cdef lg_gather p
    cdef const lg_kernels *k
    places = in_steps(index, axis, 1, steps)
    y = new_array(places.ndim, places.dims, x.type)
    memset(&p, 0, sizeof(p))
    p.itemsize, p.outer, p.count = x.itemsize, product_of(x, 0, axis), places.dims[axis]
    p.size, p.inner = x.dims[axis], product_of(x, axis + 1, x.ndim)
    p.index_outer, p.index_count, p.index_inner = steps[0], steps[1], steps[2]
    k = begin()
    k.gather(
        &p, <const uint8_t *>read_token(x), <const int64_t *>read_token(places), <uint8_t *>new_token(y)
    )
    return y


def gather_gradient(Array g not None, Array index not None, shape, int axis, int op=LG_SCATTER_ADD):
    """Of an array of this shape; where no index comes twice, elements can be put instead of added."""
    return scatter_into(filled(shape, 0.0), index, g, axis, op)


def scatter(Array given not None, Array index not None, Array source not None, int axis, int op):
    """A copy of x with a source, expanded to the index's shape, at or reduced with what `gather` takes."""
    return scatter_into(plain(given).copy(), index, source, axis, op)


def scatter_into(Array whole not None, Array index not None, Array source not None, int axis, int op):
    """The same in an array that nobody else has."""
    cdef Array part = beside(whole, index, axis), y = whole if part is whole else part.copy()
    cdef Array places, elements_of
    cdef ptrdiff_t[3] steps
    cdef lg_scatter p
    memset(&p, 0, sizeof(p))
    places = in_steps(index, axis, 1, steps)
    p.index_outer, p.index_count, p.index_inner = steps[0], steps[1], steps[2]
    elements_of = in_steps(expanded(source, sizes_of(index)), axis, 1, steps)
    p.source_outer, p.source_count, p.source_inner = steps[0], steps[1], steps[2]
    p.op, p.outer, p.count = op, product_of(y, 0, axis), places.dims[axis]
    p.size, p.inner = y.dims[axis], product_of(y, axis + 1, y.ndim)
    scatter_to(y, places, elements_of, &p)
    if y is not whole:
        copy_to(part, y)
    return whole
