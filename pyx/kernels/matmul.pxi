# Matrix products (see csrc/kernels/matmul/).
#
# Uses: record/errors, record/memory, shared/arrays, shared/kinds.

cdef int read_factors(object a, object b, bint transpose_a, bint transpose_b, lg_matmul *p) except -1:
    """Reads the sizes from the last two axes of both."""
    cdef int i = ndim_of(a) - 2, j = ndim_of(b) - 2
    p.M, p.K = dim(a, i + transpose_a), dim(a, i + (not transpose_a))
    p.N = dim(b, j + (not transpose_b))
    if dim(b, j + transpose_b) != p.K:
        raise ShapeError(
            f"cannot multiply {shape_of(a)}{' transposed' if transpose_a else ''} by "
            f"{shape_of(b)}{' transposed' if transpose_b else ''}: {p.K} columns meet "
            f"{dim(b, j + transpose_b)} rows"
        )
    p.transpose_a, p.transpose_b, p.accumulate, p.relu = transpose_a, transpose_b, False, False
    p.batch, p.a_batch, p.b_batch, p.packed_b = 1, 0, 0, False
    return 0


cdef inline Storage matmul_scratch(object like, const lg_matmul *p, float **scratch):
    return room(like, lg_matmul_scratch(p, threads_for(like)) * sizeof(float), <void **>scratch)


def matmul(a, b, bias=None, bint transpose_a=False, bint transpose_b=False, add_to=None, bint relu=False):
    """a @ b + bias, with a or b transposed first; the bias is one value per column. Then, if wanted, relu.

    Given `add_to`, adds a @ b to that array instead and returns it. With the products of the parts that a's
    columns and b's rows are cut into, from first to last, it gets the bits of the whole product.
    """
    cdef const lg_kernels *k = kernels_for(a)
    cdef const float *a_ = floats(a, "first matrix", 2)
    cdef const float *b_ = floats(b, "second matrix", 2)
    cdef const float *bias_ = NULL
    cdef float *packed_
    cdef float *scratch_
    cdef float *c_
    cdef lg_matmul p
    read_factors(a, b, transpose_a, transpose_b, &p)
    if bias is not None:
        bias_ = floats(bias, "bias", 1)
        if dim(bias, 0) != p.N:
            raise ShapeError(f"bias must have shape ({p.N},), got {shape_of(bias)}")
    if add_to is None:
        c = new_2d(a, p.M, p.N)
        c_ = data(c)
    elif bias is not None:
        raise ValueError("add_to and a bias exclude one another: the sum starts from one of them")
    else:
        c = add_to
        check(c, "add_to", cnp.NPY_FLOAT32, "float32", 2)
        if dim(c, 0) != p.M or dim(c, 1) != p.N:
            raise ShapeError(f"add_to must have shape ({p.M}, {p.N}), got {shape_of(c)}")
        if overlap(c, a) or overlap(c, b):
            raise ValueError("add_to shares memory with a matrix that is multiplied")
        c_ = writeable_floats(c, "add_to")
    p.accumulate, p.relu = add_to is not None, relu
    # Once for all blocks of images of a phase; else each thread packs what it needs, for its own cache.
    if transpose_b and p.M > 16 and p.N * p.K <= LG_MATMUL_SMALL and isinstance(a, Array):
        packed = new_1d(a, round_up(p.N, 16) * p.K)
        packed_ = data(packed)
        k.matmul_pack(b_, p.N, p.K, packed_)
        b_ = packed_
        p.transpose_b, p.packed_b = False, True
    scratch = matmul_scratch(a, &p, &scratch_)
    k.matmul(&p, a_, b_, bias_, scratch_, c_)
    return c


cdef bint overlap(object a, object b):
    """Whether two arrays of one kind may share memory."""
    if isinstance(a, Array):
        return (<Array>a).storage is (<Array>b).storage
    return np.may_share_memory(a, b)


cdef int read_stack(object a, int ndim, const cnp.npy_intp *shape, ptrdiff_t *strides) noexcept:
    """Strides, in floats, of a's leading axes when it is broadcast to ndim axes; -1 if it does not fit."""
    cdef int more = ndim - ndim_of(a), i
    cdef ptrdiff_t stride = dim(a, ndim - more - 2) * dim(a, ndim - more - 1), length
    for i in range(ndim - 3, -1, -1):
        length = dim(a, i - more) if i >= more else 1
        if length != 1 and length != shape[i]:
            return -1
        strides[i] = 0 if length == 1 else stride
        stride *= length
    return 0


def batch_matmul(a, b, bint transpose_a=False, bint transpose_b=False, shape=None):
    """The products of the matrices in the last two axes; the other axes are broadcast.

    Given `shape`, the result has it: products are added up along the axes in which an array of that shape
    would be repeated.
    """
    cdef const lg_kernels *k = kernels_for(a)
    cdef const float *a_ = floats(a, "first factor")
    cdef const float *b_ = floats(b, "second factor")
    cdef int a_ndim = ndim_of(a), b_ndim = ndim_of(b)
    cdef int ndim = max(a_ndim, b_ndim), i, x, axes = 0
    if a_ndim < 2 or b_ndim < 2 or ndim > 32:
        raise ShapeError(f"factors must have 2 to 32 axes, got {shape_of(a)} and {shape_of(b)}")
    cdef lg_matmul p
    read_factors(a, b, transpose_a, transpose_b, &p)
    cdef cnp.npy_intp[32] lead
    cdef ptrdiff_t[3][32] strides
    cdef ptrdiff_t length, products = 1
    for i in range(ndim - 2):
        lead[i] = dim(a, i - ndim + a_ndim) if i >= ndim - a_ndim else 1
        if lead[i] == 1 and i >= ndim - b_ndim:
            lead[i] = dim(b, i - ndim + b_ndim)
        products *= lead[i]
    lead[ndim - 2], lead[ndim - 1] = p.M, p.N
    if read_stack(a, ndim, lead, strides[0]) < 0 or read_stack(b, ndim, lead, strides[1]) < 0:
        raise ShapeError(
            f"the leading axes of {shape_of(a)} and {shape_of(b)} cannot be broadcast to one another"
        )
    c = new_of(a, ndim, lead) if shape is None else new_shape(a, shape)
    if (
        ndim_of(c) < 2 or ndim_of(c) > ndim
        or dim(c, ndim_of(c) - 2) != p.M
        or dim(c, ndim_of(c) - 1) != p.N or read_stack(c, ndim, lead, strides[2]) < 0
    ):
        raise ShapeError(
            f"products of shape {tuple([lead[i] for i in range(ndim)])} do not add up to shape {tuple(shape)}"
        )

    cdef float *c_ = data(c)
    cdef float *scratch_
    if products == 0:  # a result that there is has nothing to add up
        p.K, p.batch = 0, size_of(c) // max(p.M * p.N, 1)
        k.matmul(&p, a_, b_, NULL, NULL, c_)
        return c
    # Axes along which all three go on as along the next one are one with it; those of length 1 are none.
    for i in range(ndim - 2):
        length = lead[i]
        if length == 1:
            continue
        if (
            axes and strides[0][axes - 1] == strides[0][i] * length
            and strides[1][axes - 1] == strides[1][i] * length
            and strides[2][axes - 1] == strides[2][i] * length
        ):
            axes -= 1
            length *= lead[axes]
        lead[axes] = length
        for x in range(3):
            strides[x][axes] = strides[x][i]
        axes += 1
    if axes and strides[2][axes - 1] != 0:  # the kernel's own axis
        axes -= 1
        p.batch, p.a_batch, p.b_batch = lead[axes], strides[0][axes], strides[1][axes]
    scratch = matmul_scratch(a, &p, &scratch_)
    cdef ptrdiff_t[32] at
    cdef ptrdiff_t[3] offset
    for i in range(axes):
        at[i] = 0
    while products > 0:
        offset[0] = offset[1] = offset[2] = 0
        p.accumulate = False
        for i in range(axes):
            for x in range(3):
                offset[x] += at[i] * strides[x][i]
            if at[i] > 0 and strides[2][i] == 0:
                p.accumulate = True
        k.matmul(&p, a_ + offset[0], b_ + offset[1], NULL, scratch_, c_ + offset[2])
        products -= p.batch
        for i in range(axes - 1, -1, -1):
            at[i] += 1
            if at[i] < lead[i]:
                break
            at[i] = 0
    return c


def dot(a, b):
    """The inner product of two vectors: a single number, as an array."""
    cdef const lg_kernels *k = kernels_for(a)
    cdef const float *a_ = floats(a, "first vector", 1)
    cdef const float *b_ = floats(b, "second vector", 1)
    same_shape(a, "first vector", b, "second vector")
    cdef ptrdiff_t size = dim(a, 0)
    c = new_of(a, 0, NULL)
    cdef float *c_ = data(c)
    k.dot(a_, b_, size, c_)
    return c


def sum_rows(a):
    """The sum over axis 0 of a 2-D array."""
    cdef const lg_kernels *k = kernels_for(a)
    cdef const float *a_ = floats(a, "input", 2)
    cdef ptrdiff_t M = dim(a, 0), N = dim(a, 1)
    sums = new_1d(a, N)
    cdef float *sums_ = data(sums)
    k.sum_rows(a_, M, N, sums_)
    return sums
