# Dropout (see csrc/kernels/dropout.c).
#
# Uses: record/errors, shared/kinds.

cdef int extents(
    object x, bint channels, ptrdiff_t *B, ptrdiff_t *F, ptrdiff_t *inner, ptrdiff_t *n
) except -1:
    """x as (B, F, inner, n): features are elements, or the channels of (N, C, ...) and of lanes."""
    cdef int ndim = ndim_of(x), i
    B[0], F[0], inner[0], n[0] = 1, 1, 1, 1
    if ndim < 4 and not channels:  # only images may be in lanes: others are one row
        F[0] = size_of(x)
        return 0
    if ndim > 5:
        raise ShapeError(f"dropout takes images or lanes, got shape {shape_of(x)}")
    if ndim == 5:
        n[0] = dim(x, 4)
        if n[0] not in (1, 2, 4, 8, 16):
            raise ShapeError(f"these are not lanes, got shape {shape_of(x)}")
        ndim = 4
    B[0], F[0] = dim(x, 0), dim(x, 1)
    for i in range(2, ndim):
        if channels:
            inner[0] *= dim(x, i)
        else:
            F[0] *= dim(x, i)
    return 0


def dropout(x, double p, state, bint channels=False):
    """x with elements, or channels, dropped; and the two numbers that the gradient takes.

    x is an array, images (N, C, H, W), or lanes. `state` holds the seed and the number of calls.
    """
    cdef const lg_kernels *k = kernels_for(x)
    cdef const float *x_ = floats(x, "input")
    if not 0 <= p <= 1:
        raise ValueError(f"p, the probability to be dropped, must be between 0 and 1, got {p}")
    check(state, "state", cnp.NPY_UINT64, "uint64", 1)
    if dim(state, 0) != 2:
        raise ValueError(f"state must have two elements, got {dim(state, 0)}")
    cdef ptrdiff_t B, F, inner, n
    extents(x, channels, &B, &F, &inner, &n)
    y, used = new_like(x), new_1d(x, 4)
    cdef float *y_ = data(y)
    cdef uint64_t *state_ = <uint64_t *>writing(state, "state")
    cdef uint64_t *used_ = <uint64_t *><void *>data(used)
    k.dropout_next(state_, used_)
    k.dropout(x_, 0, 0, B, F, inner, n, p, used_, y_)
    return y, used


def dropout_backward(gy, double p, used, bint channels=False):
    """The gradient of dropout's input; `used` is what that gave."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef const float *gy_ = floats(gy, "gradient")
    cdef ptrdiff_t B, F, inner, n
    extents(gy, channels, &B, &F, &inner, &n)
    gx = new_like(gy)
    cdef float *gx_ = data(gx)
    cdef const uint64_t *used_ = <const uint64_t *>floats(used, "used", 1)
    if dim(used, 0) != 4:
        raise ValueError("used must be what dropout gave")
    k.dropout(gy_, 0, 0, B, F, inner, n, p, used_, gx_)
    return gx
