# Matrix products (see csrc/kernels/matmul.c).

def matmul(a, b, bias=None, bint transpose_a=False, bint transpose_b=False, add_to=None):
    """a @ b + bias, with a or b transposed first; the bias is one value per column.

    Given `add_to`, adds a @ b to that array instead and returns it. With the products of the parts that a's
    columns and b's rows are cut into, from first to last, it gets the bits of the whole product.
    """
    cdef const float *a_ = floats(a, "first matrix", 2)
    cdef const float *b_ = floats(b, "second matrix", 2)
    cdef const float *bias_ = NULL
    if bias is not None:
        bias_ = floats(bias, "bias", 1)
    cdef ptrdiff_t M = dim(a, 1 if transpose_a else 0), K = dim(a, 0 if transpose_a else 1)
    cdef ptrdiff_t N = dim(b, 0 if transpose_b else 1)
    if dim(b, 1 if transpose_b else 0) != K:
        raise ValueError(
            f"cannot multiply {shape_of(a)}{' transposed' if transpose_a else ''} by "
            f"{shape_of(b)}{' transposed' if transpose_b else ''}: {K} columns meet "
            f"{dim(b, 1 if transpose_b else 0)} rows"
        )
    if bias is not None and dim(bias, 0) != N:
        raise ValueError(f"bias must have shape ({N},), got {shape_of(bias)}")
    if add_to is None:
        c = new_2d(M, N)
    elif bias is not None:
        raise ValueError("add_to and a bias exclude one another: the sum starts from one of them")
    else:
        c = add_to
        writeable_floats(c, "add_to", 2)
        if dim(c, 0) != M or dim(c, 1) != N:
            raise ValueError(f"add_to must have shape ({M}, {N}), got {shape_of(c)}")
        if np.may_share_memory(c, a) or np.may_share_memory(c, b):
            raise ValueError("add_to shares memory with a matrix that is multiplied")
    scratch = new_1d(lg_matmul_scratch(transpose_b, N, K, lg_get_num_threads()))
    cdef float *c_ = data(c)
    cdef float *scratch_ = data(scratch)
    cdef ptrdiff_t a_row = 1 if transpose_a else K, a_col = M if transpose_a else 1
    cdef bint accumulate = add_to is not None
    with nogil:
        lg.matmul(a_, a_row, a_col, b_, transpose_b, bias_, accumulate, M, N, K, scratch_, c_)
    return c


def sum_rows(a):
    """The sum over axis 0 of a 2-D array."""
    cdef const float *a_ = floats(a, "input", 2)
    cdef ptrdiff_t M = dim(a, 0), N = dim(a, 1)
    sums = new_1d(N)
    cdef float *sums_ = data(sums)
    with nogil:
        lg.sum_rows(a_, M, N, sums_)
    return sums
