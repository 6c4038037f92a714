# 2-D pooling on lanes (see csrc/kernels/pool2d/).
#
# Uses: record/errors, shared/kinds, shared/options, kernels/lanes.

cdef ptrdiff_t pool2d_steps(
    ptrdiff_t size, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t dilation, bint ceil_mode
) noexcept:
    """How many places a window has along one axis; with `ceil_mode` it may hang over the far end, but begins
    in the input or in the padding before it. 0 where it does not fit."""
    cdef ptrdiff_t room = size + 2 * padding - dilation * (kernel - 1) - 1
    if ceil_mode:
        room += stride - 1
    if room < 0:
        return 0
    cdef ptrdiff_t steps = room // stride + 1
    if ceil_mode and (steps - 1) * stride >= size + padding:
        steps -= 1
    return steps


cdef tuple lanes_shape(x):
    """The shape (B, C, H, W, n) of images in lanes, checked."""
    check(x, "input", cnp.NPY_FLOAT32, "float32", 5)
    return shape_of(x)


cdef int pool2d_images(lg_pool2d *p, shape) except -1:
    """Reads the shape (B, C, H, W, n) of the input."""
    cdef ptrdiff_t B, C
    memset(p, 0, sizeof(lg_pool2d))
    B, C, p.H, p.W, p.n = shape
    if p.n not in (0, 1, 2, 4, 8, 16):
        raise ShapeError(f"1, 2, 4, 8 or 16 images stand side by side in lanes, got shape {tuple(shape)}")
    p.P = B * C
    if p.H < 1 or p.W < 1:
        raise ShapeError(f"pooling needs images that are not empty, got {p.H} x {p.W} pixels")
    return 0


cdef int pool2d_geometry(
    lg_pool2d *p, shape, kernel, stride, padding, dilation, bint ceil_mode
) except -1:
    """Reads the shape of the input and the options, which give p.OH and p.OW."""
    pool2d_images(p, shape)
    if shape[1] < 1:
        raise ShapeError("pooling needs images with at least one channel, got none")
    pair(kernel, "kernel_size", 1, &p.KH, &p.KW)
    pair(stride, "stride", 1, &p.sh, &p.sw)
    pair(padding, "padding", 0, &p.ph, &p.pw)
    pair(dilation, "dilation", 1, &p.dh, &p.dw)
    if p.ph > p.KH // 2 or p.pw > p.KW // 2:
        raise ValueError(
            f"padding must be at most half of kernel_size, got padding={tuple(padding)} and "
            f"kernel_size={tuple(kernel)}"
        )
    p.OH = pool2d_steps(p.H, p.KH, p.sh, p.ph, p.dh, ceil_mode)
    p.OW = pool2d_steps(p.W, p.KW, p.sw, p.pw, p.dw, ceil_mode)
    if p.OH < 1 or p.OW < 1:
        raise ValueError(
            f"the window, {(p.KH - 1) * p.dh + 1} x {(p.KW - 1) * p.dw + 1} with its dilation, does not "
            f"fit the padded input of {p.H + 2 * p.ph} x {p.W + 2 * p.pw}"
        )
    return 0


cdef int avg_pool2d_geometry(
    lg_pool2d *p, shape, kernel, stride, padding, bint ceil_mode, bint count_include_pad, divisor_override
) except -1:
    """Reads the shape of the input and the options of average pooling."""
    pool2d_geometry(p, shape, kernel, stride, padding, (1, 1), ceil_mode)
    p.count_include_pad = count_include_pad
    if divisor_override is not None:
        p.divisor = index(divisor_override)
        if p.divisor == 0:
            raise ValueError("divisor_override must not be 0")
    return 0


cdef int adaptive_geometry(lg_pool2d *p, shape, size) except -1:
    """Reads the shape of the input and the wanted height and width, of which None keeps the input's."""
    pool2d_images(p, shape)
    cdef object height, width
    height, width = size
    p.OH = p.H if height is None else index(height)
    p.OW = p.W if width is None else index(width)
    if p.OH < 0 or p.OW < 0:
        raise ValueError(f"output_size must not be negative, got {tuple(size)}")
    p.adaptive = True
    return 0


cdef int check_pool2d_gradient(const lg_pool2d *p, gy, shape) except -1:
    """Checks the gradient of the output against the geometry."""
    cdef tuple expected = (shape[0], shape[1], p.OH, p.OW, p.n)
    if shape_of(gy) != expected:
        raise ShapeError(f"gradient must have shape {expected}, got {shape_of(gy)}")
    return 0


cdef maxima(x, const lg_pool2d *p):
    """The maximum of each window of x (B, C, H, W, n)."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef const float *x_ = floats(x, "input", 5)
    y = new_5d(x, dim(x, 0), dim(x, 1), p.OH, p.OW, p.n)
    k.max_pool2d(p, x_, data(y))
    return y


cdef maxima_gradient(gy, x, y, const lg_pool2d *p):
    """The gradient of the input x, from that of the output y: all of it to the first maximum."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef const float *x_ = floats(x, "input", 5)
    cdef const float *gy_ = floats(gy, "gradient", 5)
    cdef const float *y_ = floats(y, "output", 5)
    same_shape(gy, "gradient", y, "output")
    check_pool2d_gradient(p, gy, shape_of(x))
    gx = new_like(x)
    k.max_pool2d_backward(p, gy_, x_, y_, data(gx))
    return gx


cdef maxima_places(x, ptrdiff_t images, const lg_pool2d *p):
    """Where the maxima of so many images are in their planes: int64, (N, C, OH, OW)."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef const float *x_ = floats(x, "input", 5)
    cdef ptrdiff_t C = dim(x, 1)
    check_images(images, x)
    cdef cnp.npy_intp[4] places = [images, C, p.OH, p.OW]
    indices = new_of(x, 4, places, cnp.NPY_INT64)
    k.max_pool2d_indices(p, x_, images, C, <int64_t *><void *>data(indices))
    return indices


def max_pool2d(x, kernel, stride, padding, dilation, bint ceil_mode=False, bint relu=False):
    """The maximum of each window of x (B, C, H, W, n); with `relu`, of max(x, 0)."""
    cdef lg_pool2d p
    pool2d_geometry(&p, lanes_shape(x), kernel, stride, padding, dilation, ceil_mode)
    p.relu = relu
    return maxima(x, &p)


def max_pool2d_backward(
    gy, x, y, kernel, stride, padding, dilation, bint ceil_mode=False, bint relu=False
):
    """The gradient of the input x, from that of the output y: all of it to the first maximum."""
    cdef lg_pool2d p
    pool2d_geometry(&p, lanes_shape(x), kernel, stride, padding, dilation, ceil_mode)
    p.relu = relu
    return maxima_gradient(gy, x, y, &p)


def max_pool2d_indices(x, N, kernel, stride, padding, dilation, bint ceil_mode=False):
    """Where the maxima of N images x (B, C, H, W, n) are in their planes: int64, (N, C, OH, OW)."""
    cdef lg_pool2d p
    pool2d_geometry(&p, lanes_shape(x), kernel, stride, padding, dilation, ceil_mode)
    return maxima_places(x, N, &p)


def adaptive_max_pool2d(x, size):
    """The maxima of as many windows as `size` (height, width) says, which share out x (B, C, H, W, n)."""
    cdef lg_pool2d p
    adaptive_geometry(&p, lanes_shape(x), size)
    return maxima(x, &p)


def adaptive_max_pool2d_backward(gy, x, y, size):
    """The gradient of the input x, from that of the output y."""
    cdef lg_pool2d p
    adaptive_geometry(&p, lanes_shape(x), size)
    return maxima_gradient(gy, x, y, &p)


def adaptive_max_pool2d_indices(x, N, size):
    """Where those maxima are, as in `max_pool2d_indices`."""
    cdef lg_pool2d p
    adaptive_geometry(&p, lanes_shape(x), size)
    return maxima_places(x, N, &p)


def avg_pool2d(
    x, kernel, stride, padding, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window of x (B, C, H, W, n)."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_pool2d p
    cdef const float *x_ = floats(x, "input", 5)
    avg_pool2d_geometry(
        &p, shape_of(x), kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    y = new_5d(x, dim(x, 0), dim(x, 1), p.OH, p.OW, p.n)
    cdef float *y_ = data(y)
    k.avg_pool2d(&p, x_, y_)
    return y


def avg_pool2d_backward(
    gy, shape, kernel, stride, padding, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The gradient of the input, of `shape` (B, C, H, W, n)."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_pool2d p
    cdef const float *gy_ = floats(gy, "gradient", 5)
    avg_pool2d_geometry(
        &p, shape, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    check_pool2d_gradient(&p, gy, shape)
    gx = new_shape(gy, shape)
    cdef float *gx_ = data(gx)
    k.avg_pool2d_backward(&p, gy_, gx_)
    return gx


def adaptive_avg_pool2d(x, size):
    """The means of as many windows as `size` (height, width) says, which share out x (B, C, H, W, n)."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_pool2d p
    cdef const float *x_ = floats(x, "input", 5)
    adaptive_geometry(&p, shape_of(x), size)
    y = new_5d(x, dim(x, 0), dim(x, 1), p.OH, p.OW, p.n)
    cdef float *y_ = data(y)
    k.avg_pool2d(&p, x_, y_)
    return y


def adaptive_avg_pool2d_backward(gy, shape, size):
    """The gradient of the input, of `shape` (B, C, H, W, n)."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_pool2d p
    cdef const float *gy_ = floats(gy, "gradient", 5)
    adaptive_geometry(&p, shape, size)
    check_pool2d_gradient(&p, gy, shape)
    gx = new_shape(gy, shape)
    cdef float *gx_ = data(gx)
    k.avg_pool2d_backward(&p, gy_, gx_)
    return gx
