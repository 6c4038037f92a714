# Between (N, C, H, W) arrays and lanes (see csrc/kernels/lanes.c).
#
# Uses: record/errors, record/lists, shared/arrays, shared/kinds.

cdef ptrdiff_t images_side_by_side(ptrdiff_t N) noexcept:
    """How many of N images share lanes."""
    cdef ptrdiff_t n = 1
    while n < N and n < 16:
        n *= 2
    return n


def pack_lanes(x):
    """(N, C, H, W) -> (ceil(N / n), C, H, W, n), n = 1, 2, 4, 8 or 16 by N; one image is not copied."""
    cdef const lg_kernels *k = kernels_for(x)
    check(x, "input", cnp.NPY_FLOAT32, "float32", 4)
    cdef ptrdiff_t N = dim(x, 0), n = images_side_by_side(N)
    cdef cnp.npy_intp[5] shape = [ceil_div(N, n), dim(x, 1), dim(x, 2), dim(x, 3), n]
    if N == 1:
        if not isinstance(x, Array):
            return x.reshape([shape[i] for i in range(5)])
        y = view(own(x), 5, shape)
        (<Array>y).batch = 1
        return y
    y = new_of(x, 5, shape)
    if isinstance(x, Array):
        (<Array>y).batch = N
        if (<Array>x).storage.outside:  # read now: the result, which nothing waits for, can be there at once
            lg_at_once.pack_lanes(
                <const float *>((<Array>x).storage.place() + (<Array>x).offset),
                N, shape[1] * shape[2] * shape[3], n, <float *>(<Array>y).storage.place(),
            )
            return y
    k.pack_lanes(<const float *>reading(x), N, shape[1] * shape[2] * shape[3], n, data(y))
    return y


cdef Array in_lanes(Array x):
    """Images in lanes: x itself if they are."""
    return x if x.batch >= 0 else pack_lanes(contiguous(x))


cdef int check_lanes(x) except -1:
    """Raises unless as many images stand side by side as can."""
    if dim(x, 4) not in (0, 1, 2, 4, 8, 16):
        raise ShapeError(f"1, 2, 4, 8 or 16 images stand side by side in lanes, got shape {shape_of(x)}")
    return 0


cdef int check_images(ptrdiff_t images, x) except -1:
    """Raises unless so many images fill the lanes x (B, C, H, W, n)."""
    cdef ptrdiff_t n = dim(x, 4)
    if n == 0 or images < 0 or dim(x, 0) != ceil_div(images, n):
        raise ShapeError(f"{images} images do not fill lanes of shape {shape_of(x)}")
    return 0


def unpack_lanes(x, N):
    """(ceil(N / n), C, H, W, n) -> (N, C, H, W); one image is not copied."""
    cdef ptrdiff_t images = N
    check(x, "input", cnp.NPY_FLOAT32, "float32", 5)
    check_images(images, x)
    if isinstance(x, Array):
        return unpack_images(x, images)
    cdef cnp.npy_intp[4] shape = [images, dim(x, 1), dim(x, 2), dim(x, 3)]
    if dim(x, 4) == 1:
        return x.reshape([shape[i] for i in range(4)])
    y = new_of(x, 4, shape)
    kernels_for(x).unpack_lanes(
        <const float *>reading(x), images, shape[1] * shape[2] * shape[3], dim(x, 4), data(y)
    )
    return y
