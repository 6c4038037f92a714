# Local response normalization (see csrc/kernels/local_response_norm.c).
#
# Uses: record/errors, shared/kinds.

cdef int response_norm_geometry(
    lg_response_norm *p, x, ptrdiff_t size, double alpha, double beta, double k
) except -1:
    cdef int i
    if ndim_of(x) < 2 or size < 1:
        raise ShapeError(f"no {size} channels to normalize over in shape {shape_of(x)}")
    p.B, p.C, p.inner, p.size = dim(x, 0), dim(x, 1), 1, size
    p.alpha, p.beta, p.k = alpha, beta, k
    for i in range(2, ndim_of(x)):
        p.inner *= dim(x, i)
    return 0


def local_response_norm(x, ptrdiff_t size, double alpha, double beta, double constant):
    """x (N, C, ...), or images in lanes, over (constant + alpha * mean square of `size` channels) ** beta;
    and what is in brackets."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_response_norm p
    cdef const float *x_ = floats(x, "input")
    response_norm_geometry(&p, x, size, alpha, beta, constant)
    y, sums = new_like(x), new_like(x)
    cdef float *y_ = data(y)
    k.local_response_norm(&p, x_, y_, data(sums))
    return y, sums


def local_response_norm_backward(gy, x, y, sums, ptrdiff_t size, double alpha, double beta, double constant):
    """The gradient of the input."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_response_norm p
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *x_ = floats(x, "input")
    cdef const float *y_ = floats(y, "output")
    cdef const float *sums_ = floats(sums, "sums")
    for array, name in ((x, "input"), (y, "output"), (sums, "sums")):
        same_shape(gy, "gradient", array, name)
    response_norm_geometry(&p, x, size, alpha, beta, constant)
    gx = new_like(x)
    k.local_response_norm_backward(&p, gy_, x_, y_, sums_, data(gx))
    return gx
