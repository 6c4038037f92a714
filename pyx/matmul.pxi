# Matrix products (see csrc/kernels/matmul.c).

def matmul(a, b, bias=None, bint transpose_a=False, bint transpose_b=False, add_to=None, bint relu=False):
    """a @ b + bias, with a or b transposed first; the bias is one value per column. Then, if wanted, relu.

    Given `add_to`, adds a @ b to that array instead and returns it. With the products of the parts that a's
    columns and b's rows are cut into, from first to last, it gets the bits of the whole product.
    """
    cdef const float *a_ = floats(a, "first matrix", 2)
    cdef const float *b_ = floats(b, "second matrix", 2)
    cdef const float *bias_ = NULL
    cdef lg_matmul p
    p.M, p.K = dim(a, transpose_a), dim(a, not transpose_a)
    p.N = dim(b, not transpose_b)
    if dim(b, transpose_b) != p.K:
        raise ValueError(
            f"cannot multiply {shape_of(a)}{' transposed' if transpose_a else ''} by "
            f"{shape_of(b)}{' transposed' if transpose_b else ''}: {p.K} columns meet "
            f"{dim(b, transpose_b)} rows"
        )
    if bias is not None:
        bias_ = floats(bias, "bias", 1)
        if dim(bias, 0) != p.N:
            raise ValueError(f"bias must have shape ({p.N},), got {shape_of(bias)}")
    if add_to is None:
        c = new_2d(p.M, p.N)
    elif bias is not None:
        raise ValueError("add_to and a bias exclude one another: the sum starts from one of them")
    else:
        c = add_to
        writeable_floats(c, "add_to", 2)
        if dim(c, 0) != p.M or dim(c, 1) != p.N:
            raise ValueError(f"add_to must have shape ({p.M}, {p.N}), got {shape_of(c)}")
        if np.may_share_memory(c, a) or np.may_share_memory(c, b):
            raise ValueError("add_to shares memory with a matrix that is multiplied")
    p.transpose_a, p.transpose_b, p.accumulate, p.relu = transpose_a, transpose_b, add_to is not None, relu
    p.batch, p.a_batch, p.b_batch = 1, 0, 0
    cdef size_t wanted = lg_matmul_scratch(&p, lg_get_num_threads())
    cdef Block scratch = new_block(wanted * sizeof(float)) if wanted else None
    cdef float *scratch_ = <float *>scratch.memory if wanted else NULL
    cdef float *c_ = data(c)
    with nogil:
        lg.matmul(&p, a_, b_, bias_, scratch_, c_)
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
