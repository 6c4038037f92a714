# 2-D max pooling on lanes (see csrc/kernels/max_pool2d.c).

cdef int pool2d_geometry(lg_pool2d *p, x, kernel, stride, padding, dilation) except -1:
    floats(x, "input", 5)
    p.P, p.H, p.W, p.n = dim(x, 0) * dim(x, 1), dim(x, 2), dim(x, 3), dim(x, 4)
    pair(kernel, "kernel_size", 1, &p.KH, &p.KW)
    pair(stride, "stride", 1, &p.sh, &p.sw)
    pair(padding, "padding", 0, &p.ph, &p.pw)
    pair(dilation, "dilation", 1, &p.dh, &p.dw)
    if p.ph > p.KH // 2 or p.pw > p.KW // 2:
        raise ValueError(
            f"padding must be at most half of kernel_size, got padding={tuple(padding)} and "
            f"kernel_size={tuple(kernel)}"
        )
    p.OH = window_steps(p.H, p.KH, p.sh, p.ph, p.dh)
    p.OW = window_steps(p.W, p.KW, p.sw, p.pw, p.dw)
    if p.OH < 1 or p.OW < 1:
        raise ValueError(
            f"the window, {(p.KH - 1) * p.dh + 1} x {(p.KW - 1) * p.dw + 1} with its dilation, does not "
            f"fit the padded input of {p.H + 2 * p.ph} x {p.W + 2 * p.pw}"
        )
    return 0


def max_pool2d(x, kernel, stride, padding, dilation):
    """The maximum of each window of x (B, C, H, W, n)."""
    cdef lg_pool2d p
    pool2d_geometry(&p, x, kernel, stride, padding, dilation)
    y = new_5d(dim(x, 0), dim(x, 1), p.OH, p.OW, p.n)
    cdef const float *x_ = data(x)
    cdef float *y_ = data(y)
    with nogil:
        lg.max_pool2d(&p, x_, y_)
    return y


def max_pool2d_backward(gy, x, y, kernel, stride, padding, dilation):
    """The gradient of the input x, from that of the output y: all of it to the first maximum."""
    cdef lg_pool2d p
    pool2d_geometry(&p, x, kernel, stride, padding, dilation)
    cdef const float *gy_ = floats(gy, "gradient", 5)
    cdef const float *y_ = floats(y, "output", 5)
    same_shape(gy, "gradient", y, "output")
    expected = (dim(x, 0), dim(x, 1), p.OH, p.OW, p.n)
    if shape_of(y) != expected:
        raise ValueError(f"output must have shape {expected}, got {shape_of(y)}")
    gx = new_like(x)
    cdef const float *x_ = data(x)
    cdef float *gx_ = data(gx)
    with nogil:
        lg.max_pool2d_backward(&p, gy_, x_, y_, gx_)
    return gx
