# Order along an axis, and running sums, products and extremes (see csrc/kernels/movement/).
#
# Uses: record/memory, record/lists, shared/arrays, shared/views, shared/kinds, kernels/movement,
# kernels/indices.

SORT_PICKS = {
    "first": LG_SORT_FIRST, "kth": LG_SORT_KTH, "median": LG_SORT_MEDIAN, "nanmedian": LG_SORT_NANMEDIAN,
    "mode": LG_SORT_MODE,
}


cdef tuple swapped(int ndim, int axis):
    """The axes with one of them and the last exchanged."""
    cdef list order = list(range(ndim))
    order[axis], order[ndim - 1] = ndim - 1, axis
    return tuple(order)


def sort(Array given not None, int axis, ptrdiff_t kept, bint descending, int pick, bint with_values):
    """Of floats or int64, values and indices along an axis of what is first in order, or of another pick;
    None instead of values that are not wanted."""
    cdef Array x = plain(given), rows, values = None, indices
    cdef tuple order = swapped(x.ndim, axis), sizes
    cdef lg_sort p
    cdef const lg_kernels *k
    cdef void *scratch
    cdef Storage held
    memset(&p, 0, sizeof(p))
    rows = dense(with_axes(x, order))
    sizes = sizes_of(rows)[:x.ndim - 1] + (kept if pick == LG_SORT_FIRST else 1,)
    p.integers, p.descending, p.pick, p.kept = x.type == cnp.NPY_INT64, descending, pick, kept
    p.n = rows.dims[x.ndim - 1]
    p.rows = product_of(rows, 0, x.ndim - 1)
    indices = template(sizes, cnp.NPY_INT64)
    if with_values:
        values = template(sizes, x.type)
    if elements(indices) and p.n:
        k = begin()
        held = room(x, threads_for(x) * 2 * p.n * sizeof(uint64_t), &scratch)
        k.sort(
            &p, <const uint8_t *>read_token(rows), <uint64_t *>scratch,
            <uint8_t *>new_token(values) if with_values else NULL, <int64_t *>new_token(indices),
        )
    return dense(with_axes(values, order)) if with_values else None, dense(with_axes(indices, order))


cdef int lay_scan(lg_scan *p, Array x, int axis) except -1:
    """How a scan of x along an axis goes."""
    memset(p, 0, sizeof(lg_scan))
    p.integers = x.type == cnp.NPY_INT64
    p.outer, p.n, p.inner = product_of(x, 0, axis), x.dims[axis], product_of(x, axis + 1, x.ndim)
    return 0


def scan(Array given not None, int axis, bint product, bint reverse):
    """Sums, or products, of the elements of floats or int64 up to each one along an axis."""
    cdef Array x = dense(given), y = new_array(x.ndim, x.dims, x.type)
    cdef const lg_kernels *k = begin()
    cdef lg_scan p
    lay_scan(&p, x, axis)
    p.product, p.reversed = product, reverse
    k.scan(&p, <const uint8_t *>read_token(x), <uint8_t *>new_token(y))
    return y


def scan_extremes(Array given not None, int axis, bint least):
    """The extremes of floats or int64 up to each element along an axis, and where they are."""
    cdef tuple order = swapped(plain(given).ndim, axis)
    cdef Array x = dense(with_axes(given, order)), y = new_array(x.ndim, x.dims, x.type)
    cdef Array indices = new_array(x.ndim, x.dims, cnp.NPY_INT64)
    cdef const lg_kernels *k = begin()
    cdef lg_scan p
    lay_scan(&p, x, x.ndim - 1)
    p.least = least
    k.scan_extremes(
        &p, <const uint8_t *>read_token(x), <uint8_t *>new_token(y), <int64_t *>new_token(indices)
    )
    return dense(with_axes(y, order)), dense(with_axes(indices, order))


def cumprod_gradient(Array g not None, Array given not None, int axis):
    """Of running products of x."""
    cdef Array x = dense(given), gy = dense(g), gx = new_array(x.ndim, x.dims)
    cdef const lg_kernels *k = begin()
    cdef void *products
    cdef lg_scan p
    lay_scan(&p, x, axis)
    cdef Storage held = room(x, threads_for(x) * p.n * sizeof(double), &products)
    k.cumprod_backward(
        &p, <const float *>read_token(gy), <const float *>read_token(x), <double *>products,
        <float *>new_token(gx),
    )
    return gx
