# Between (N, C, H, W) arrays and lanes (see csrc/kernels/lanes.c).

def pack_lanes(x):
    """(N, C, H, W) -> (ceil(N / n), C, H, W, n), n = 1, 2, 4, 8 or 16 by N; one image is not copied."""
    cdef const float *x_ = floats(x, "input", 4)
    cdef ptrdiff_t N = dim(x, 0), C = dim(x, 1), H = dim(x, 2), W = dim(x, 3)
    cdef ptrdiff_t n = 1
    if N == 1:
        return x.reshape(1, C, H, W, 1)
    while n < N and n < 16:
        n *= 2
    y = new_5d((N + n - 1) // n, C, H, W, n)
    cdef float *y_ = data(y)
    with nogil:
        lg.pack_lanes(x_, N, C * H * W, n, y_)
    return y


cdef int check_images(ptrdiff_t images, x) except -1:
    """Raises unless so many images fill the lanes x (B, C, H, W, n)."""
    cdef ptrdiff_t n = dim(x, 4)
    if n == 0 or images < 0 or dim(x, 0) != (images + n - 1) // n:
        raise ValueError(f"{images} images do not fill lanes of shape {shape_of(x)}")
    return 0


def unpack_lanes(x, N):
    """(ceil(N / n), C, H, W, n) -> (N, C, H, W); one image is not copied."""
    cdef const float *x_ = floats(x, "input", 5)
    cdef ptrdiff_t images = N, C = dim(x, 1), H = dim(x, 2), W = dim(x, 3), n = dim(x, 4)
    check_images(images, x)
    if n == 1:
        return x.reshape(images, C, H, W)
    cdef cnp.npy_intp[4] shape = [images, C, H, W]
    y = new_array(4, shape)
    cdef float *y_ = data(y)
    with nogil:
        lg.unpack_lanes(x_, images, C * H * W, n, y_)
    return y
