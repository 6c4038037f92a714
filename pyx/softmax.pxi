# softmax and log_softmax along an axis, and their gradients (see csrc/kernels/softmax.c).

ctypedef void softmax_kernel(const lg_softmax *) noexcept nogil


cdef object run_softmax(softmax_kernel *kernel, a, b, object axis):
    """y from a, or gx from gy and y, along an axis."""
    cdef lg_softmax p
    cdef lg_strides *at[3]
    cdef cnp.ndarray a_ = a, b_, y
    cdef int classes
    memset(&p, 0, sizeof(p))
    if cnp.PyArray_NDIM(a_) == 0:
        raise np.exceptions.AxisError(index(axis), 0)
    classes = class_axis(a_, "input", axis)
    if b is not None:
        same_shape(a, "gradient", b, "result")
    y = new_in_order_of(a_)
    rows_of(a_, classes, &p.rows)
    at[0], at[1], at[2] = &p.a_at, &p.y_at, &p.b_at
    fits = strides_of(a_, classes, at[0]) and strides_of(y, classes, at[1])
    fits = fits and (b is None or strides_of(b, classes, at[2]))
    if not (fits and fit(&p.rows, at, 2 if b is None else 3)):
        return run_softmax(
            kernel, np.ascontiguousarray(a), None if b is None else np.ascontiguousarray(b), axis
        )
    p.a, p.y = data(a_), data(y)
    p.b = NULL if b is None else data(b)
    if p.rows.C > 0:
        scratch = rows_scratch(&p.rows, &p.scratch, &p.threads)
        with nogil:
            kernel(&p)
    return y


def softmax(x, axis):
    """exp(x) / sum(exp(x)) along an axis."""
    return run_softmax(lg.softmax, as_floats(x, "input"), None, axis)


def log_softmax(x, axis):
    """x - log(sum(exp(x))) along an axis."""
    return run_softmax(lg.log_softmax, as_floats(x, "input"), None, axis)


def softmax_backward(gy, y, axis):
    """The gradient of softmax's input, from its result y."""
    return run_softmax(lg.softmax_backward, as_floats(gy, "gradient"), as_floats(y, "result"), axis)


def log_softmax_backward(gy, y, axis):
    """The gradient of log_softmax's input, from its result y."""
    return run_softmax(lg.log_softmax_backward, as_floats(gy, "gradient"), as_floats(y, "result"), axis)
