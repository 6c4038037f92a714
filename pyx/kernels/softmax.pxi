# softmax and log_softmax along an axis, and their gradients (see csrc/kernels/softmax.c).
#
# Uses: shared/kinds, shared/rows, shared/targets.

cdef enum softmax_op:
    SOFTMAX
    LOG_SOFTMAX
    SOFTMAX_BACKWARD
    LOG_SOFTMAX_BACKWARD


cdef object run_softmax(softmax_op op, a, b, object axis):
    """y from a, or gx from gy and y, along an axis."""
    cdef const lg_kernels *k = kernels_for(a)
    cdef lg_softmax p
    cdef lg_strides *at[3]
    cdef int classes
    memset(&p, 0, sizeof(p))
    if ndim_of(a) == 0:
        raise np.exceptions.AxisError(index(axis), 0)
    classes = class_axis(a, "input", axis)
    if b is not None:
        same_shape(a, "gradient", b, "result")
    y = new_in_order_of(a)
    rows_of(a, classes, &p.rows)
    at[0], at[1], at[2] = &p.a_at, &p.y_at, &p.b_at
    fits = strides_of(a, classes, at[0]) and strides_of(y, classes, at[1])
    fits = fits and (b is None or strides_of(b, classes, at[2]))
    if not (fits and fit(&p.rows, at, 2 if b is None else 3)):
        return run_softmax(
            op, np.ascontiguousarray(a), None if b is None else np.ascontiguousarray(b), axis
        )
    p.a, p.b, p.y = <const float *>reading(a), maybe_floats(b), data(y)
    if p.rows.C > 0:
        scratch = rows_scratch(a, &p.rows, &p.scratch, &p.threads)
        if op == SOFTMAX:
            k.softmax(&p)
        elif op == LOG_SOFTMAX:
            k.log_softmax(&p)
        elif op == SOFTMAX_BACKWARD:
            k.softmax_backward(&p)
        else:
            k.log_softmax_backward(&p)
    return y


def softmax(x, axis):
    """exp(x) / sum(exp(x)) along an axis."""
    return run_softmax(SOFTMAX, as_floats(x, "input"), None, axis)


def log_softmax(x, axis):
    """x - log(sum(exp(x))) along an axis."""
    return run_softmax(LOG_SOFTMAX, as_floats(x, "input"), None, axis)


def softmax_backward(gy, y, axis):
    """The gradient of softmax's input, from its result y."""
    return run_softmax(SOFTMAX_BACKWARD, as_floats(gy, "gradient"), as_floats(y, "result"), axis)


def log_softmax_backward(gy, y, axis):
    """The gradient of log_softmax's input, from its result y."""
    return run_softmax(LOG_SOFTMAX_BACKWARD, as_floats(gy, "gradient"), as_floats(y, "result"), axis)
