# Reductions over any axes of arrays of any strides (see csrc/kernels/reduce/).
#
# An axis is one of the array as it is in memory; of a set of axes, bit i tells whether axis i is in it.
# Images in lanes stay so, unless their batch is reduced.
#
# Uses: record/errors, record/memory, record/lists, shared/arrays.

cdef enum:
    BATCH = 1 << 0 | 1 << 4  # the axes of images in lanes that have the images


cdef int kind_of(Array x) except -1:
    """The type of an array's elements as reductions call it."""
    if x.type == cnp.NPY_FLOAT32:
        return LG_FLOAT32
    if x.type == cnp.NPY_INT64:
        return LG_INT64
    if x.type == cnp.NPY_BOOL or x.type == cnp.NPY_UINT8:
        return LG_UINT8
    return LG_FLOAT64


cdef inline bint has(uint64_t axes, int axis) noexcept:
    return axes >> axis & 1


cdef void describe(lg_reduce *p, Array x, uint64_t gone) noexcept:
    """Fills in the axes: those that are kept, then those that are reduced."""
    cdef ptrdiff_t step = 1
    cdef int i, kept
    memset(p, 0, sizeof(lg_reduce))
    p.x_type, p.number = kind_of(x), 1
    for i in range(x.ndim):
        p.kept += not has(gone, i)
    kept, p.axes = p.kept, p.kept
    for i in range(x.ndim - 1, -1, -1):
        if not has(gone, i):
            kept -= 1
            p.size[kept], p.x_stride[kept], p.y_stride[kept] = x.dims[i], x.strides[i], step
            step *= x.dims[i]
    for i in range(x.ndim):
        if has(gone, i):
            p.size[p.axes], p.x_stride[p.axes] = x.dims[i], x.strides[i]
            p.axes += 1
    step = 1
    for i in range(p.axes - 1, p.kept - 1, -1):
        p.y_stride[i] = step
        step *= p.size[i]
    if p.kept and not has(gone, 0):
        p.images = images_outermost(x)


cdef int images_outermost(Array x) noexcept:
    """How many images each element of the first axis is, if what is in memory is one image after the other;
    else 0."""
    cdef int i
    for i in range(1, x.ndim):
        if x.dims[i] > 1 and abs(x.strides[i]) * x.dims[i] > x.strides[0]:
            return 0
    return x.dims[4] if x.batch >= 0 else 1


cdef Array new_reduced(Array x, uint64_t gone, bint keep, int type_number):
    """An array for the results. With `keep`, reduced axes have length 1."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef bint whole = x.batch >= 0 and not gone & BATCH
    cdef int ndim = 0, i
    cdef Array y
    dims[0] = 0  # for the compiler's sake
    for i in range(x.ndim):
        if not has(gone, i) or (keep and not (i == 4 and x.batch >= 0)):
            dims[ndim] = 1 if has(gone, i) else x.dims[i]
            ndim += 1
    y = new_array(ndim, dims, type_number)
    if whole and ndim == 5:
        y.batch = x.batch
    return y


cdef int make_reduction(
    Array x, uint64_t gone, int op, double number, Array y, Array places, Array saved
) except -1:
    """Has a reduction's results written, of the dtype of y, and what is wanted beside them."""
    cdef const lg_kernels *k
    cdef lg_reduce p
    cdef int i
    x = own(x)
    k = begin()
    describe(&p, x, gone)
    p.op, p.number = op, number
    p.y_type = LG_FLOAT32 if y is None else kind_of(y)
    p.keep = LG_KEEP_PLACES if places is not None else LG_KEEP_NOTHING if saved is None else LG_KEEP_SLOPES
    for i in range(p.kept, p.axes):
        p.y_stride[i] *= places is not None
    k.reduce(
        &p, <const uint8_t *>read_token(x), <uint8_t *>(0 if y is None else new_token(y)),
        <int64_t *>(0 if places is None else new_token(places)),
        <double *>(0 if saved is None else new_token(saved)),
    )
    return 0


cdef Array reduced(Array x, uint64_t gone, bint keep, int op, int type_number, double number):
    """The results of a reduction, of this dtype."""
    cdef Array y = new_reduced(x, gone, keep, type_number)
    make_reduction(x, gone, op, number, y, None, None)
    return y


cdef Array summed(Array x, uint64_t gone, bint keep, int type_number, double divisor):
    """The sums of elements, divided by a number. Those of a batch in lanes are of its blocks first, so that
    these can be computed where the blocks are; all lanes count."""
    if x.batch >= 0 and gone & BATCH and x.dims[0] > 1:
        x = reduced(x, gone & ~<uint64_t>1, True, LG_REDUCE_SUM, cnp.NPY_FLOAT64, 1)
    return reduced(x, gone, keep, LG_REDUCE_SUM, type_number, divisor)


cpdef Array sum_to(Array g, shape):
    """A gradient summed over the axes along which an operand of this shape was repeated; itself if there are
    none. Lanes without an image hold zeros."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef uint64_t gone = 0
    cdef bint lanes = g.batch >= 0
    cdef int ndim = read_shape(shape, dims), axes = 4 if lanes else g.ndim, i
    cdef ptrdiff_t size
    if ndim > axes:
        raise ShapeError(f"shape {g.shape} cannot be summed to {tuple(shape)}")
    for i in range(axes):
        size = g.batch if lanes and i == 0 else g.dims[i]
        if i < axes - ndim or dims[i - axes + ndim] != size:
            if i >= axes - ndim and dims[i - axes + ndim] != 1:
                raise ShapeError(f"shape {g.shape} cannot be summed to {tuple(shape)}")
            gone |= BATCH if lanes and i == 0 else <uint64_t>1 << i
    if not gone:
        return g
    cdef Array y = summed(g, gone, True, cnp.NPY_FLOAT32, 1)
    return y if axes == ndim else view(y, ndim, dims)


cdef Array spread(
    Array g, Array x, Array saved, int ndim, const cnp.npy_intp *dims, ptrdiff_t batch, uint64_t gone, int op,
    double number,
):
    """The gradient of an array of this form whose axes `gone` have been reduced: from that of the results,
    the array, and what was saved of these, which may be None."""
    cdef const lg_kernels *k
    cdef lg_reduce p
    cdef ptrdiff_t step = 1
    cdef int i
    cdef Array gx
    g = own(contiguous(g))
    x = None if x is None else own(x)
    k = begin()
    gx = new_array(ndim, dims)
    gx.batch = batch
    memset(&p, 0, sizeof(p))
    if ndim > 0 and (x is None or images_outermost(x)):
        p.images = dims[4] if batch >= 0 else 1
    p.op, p.x_type, p.y_type, p.number, p.axes = op, LG_FLOAT32, LG_FLOAT32, number, ndim
    for i in range(ndim - 1, -1, -1):
        p.size[i] = dims[i]
        p.x_stride[i] = 0 if x is None else x.strides[i]
        if not has(gone, i):
            p.y_stride[i] = step
            step *= dims[i]
    k.reduce_backward(
        &p, <const float *>read_token(g), <const uint8_t *>(0 if x is None else read_token(x)),
        <const double *>(0 if saved is None else read_token(saved)), <float *>new_token(gx),
    )
    return gx
