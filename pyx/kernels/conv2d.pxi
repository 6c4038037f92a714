# 2-D convolution on lanes (see csrc/kernels/conv2d/).
#
# Uses: record/errors, shared/kinds, shared/options, kernels/lanes.

cdef bint winograd_allowed = True

cdef enum:
    SUMS_AT_ONCE = 1 << 21  # floats that the blocks' parts of a weight's gradient may take, and at least four


def set_winograd(allowed):
    """Allows or forbids Winograd's algorithm."""
    global winograd_allowed
    winograd_allowed = bool(allowed)


def get_winograd():
    """Whether Winograd's algorithm is allowed."""
    return winograd_allowed


cdef int conv2d_options(lg_conv2d *p, kernel, stride, padding, dilation, groups) except -1:
    """Reads the options; p.H and p.W must be set, and give p.OH and p.OW.

    The padding is (height, width), the same on both sides, or (top, left, bottom, right).
    """
    cdef ptrdiff_t bottom, right
    cdef bint sides = len(padding) == 4
    pair(kernel, "the size of the kernel", 1, &p.KH, &p.KW)
    pair(stride, "stride", 1, &p.sh, &p.sw)
    pair(padding[:2] if sides else padding, "padding", 0, &p.ph, &p.pw)
    pair(padding[2:] if sides else padding, "padding", 0, &bottom, &right)
    pair(dilation, "dilation", 1, &p.dh, &p.dw)
    p.groups = groups
    if p.groups < 1:
        raise ValueError(f"groups must be at least 1, got {groups}")
    p.relu, p.winograd = False, winograd_allowed
    p.OH = window_steps(p.ph + p.H + bottom, p.KH, p.sh, 0, p.dh)
    p.OW = window_steps(p.pw + p.W + right, p.KW, p.sw, 0, p.dw)
    if p.OH < 1 or p.OW < 1:
        raise ValueError(
            f"the kernel, {(p.KH - 1) * p.dh + 1} x {(p.KW - 1) * p.dw + 1} with its dilation, does not "
            f"fit the padded input of {p.ph + p.H + bottom} x {p.pw + p.W + right}"
        )
    return 0


cdef int conv2d_weight(lg_conv2d *p, weight) except -1:
    """Reads the channels of the weight; p.groups must be set."""
    if dim(weight, 0) % p.groups != 0:
        raise ShapeError(
            f"groups must divide the {dim(weight, 0)} output channels of weight, got groups={p.groups}"
        )
    p.O, p.C = dim(weight, 0) // p.groups, dim(weight, 1)
    return 0


cdef inline ptrdiff_t window_steps(
    ptrdiff_t size, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t dilation
) noexcept:
    """How many places a window has along one axis; 0 where it does not fit."""
    cdef ptrdiff_t room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else room // stride + 1


cdef int conv2d_input(lg_conv2d *p, x) except -1:
    """Reads what the input says."""
    check(x, "input", cnp.NPY_FLOAT32, "float32", 5)
    check_lanes(x)
    p.B, p.H, p.W, p.n = dim(x, 0), dim(x, 2), dim(x, 3), dim(x, 4)
    return 0


cdef int check_conv2d_gradient(const lg_conv2d *p, gy) except -1:
    """Checks the gradient of the output against the geometry."""
    expected = (p.B, p.groups * p.O, p.OH, p.OW, p.n)
    if shape_of(gy) != expected:
        raise ShapeError(f"gradient must have shape {expected}, got {shape_of(gy)}")
    return 0


def conv2d(x, weight, bias, stride, padding, dilation, groups, relu=False):
    """The convolution of x (B, C, H, W, n) with weight (O, C / groups, KH, KW), plus bias (O,) or None.

    With `relu`, max(0, that).
    """
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_conv2d p
    cdef const float *weight_ = floats(weight, "weight", 4)
    cdef const float *bias_ = NULL
    if bias is not None:
        bias_ = floats(bias, "bias", 1)
    conv2d_input(&p, x)
    conv2d_options(&p, (dim(weight, 2), dim(weight, 3)), stride, padding, dilation, groups)
    conv2d_weight(&p, weight)
    if dim(x, 1) != p.groups * p.C:
        raise ShapeError(
            f"weight expects {p.groups * p.C} input channels"
            + (f" ({p.groups} groups of {p.C})" if p.groups > 1 else "")
            + f", but the input has {dim(x, 1)}"
        )
    if bias is not None and dim(bias, 0) != p.groups * p.O:
        raise ShapeError(f"bias must have shape ({p.groups * p.O},), got {shape_of(bias)}")
    p.relu = bool(relu)
    y = new_5d(x, p.B, p.groups * p.O, p.OH, p.OW, p.n)
    cdef const float *x_ = <const float *>reading(x)
    cdef float *y_ = data(y)
    cdef float *packed_
    cdef float *scratch_
    packed = room(x, lg_conv2d_packed(&p) * sizeof(float), <void **>&packed_)
    scratch = room(x, lg_conv2d_scratch(&p, threads_for(x)) * sizeof(float), <void **>&scratch_)
    k.conv2d_pack(&p, weight_, packed_)
    k.conv2d(&p, x_, packed_, bias_, scratch_, y_)
    return y


def conv2d_backward_input(gy, weight, size, stride, padding, dilation, groups, bias=None):
    """The gradient of the input, of height and width `size`; plus bias, where it is an output instead."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_conv2d p
    cdef const float *gy_ = floats(gy, "gradient", 5)
    cdef const float *weight_ = floats(weight, "weight", 4)
    cdef const float *bias_ = NULL
    check_lanes(gy)
    p.B, p.n = dim(gy, 0), dim(gy, 4)
    pair(size, "size", 1, &p.H, &p.W)
    conv2d_options(&p, (dim(weight, 2), dim(weight, 3)), stride, padding, dilation, groups)
    conv2d_weight(&p, weight)
    check_conv2d_gradient(&p, gy)
    if bias is not None:
        bias_ = floats(bias, "bias", 1)
        if dim(bias, 0) != p.groups * p.C:
            raise ShapeError(f"bias must have shape ({p.groups * p.C},), got {shape_of(bias)}")
    gx = new_5d(gy, p.B, p.groups * p.C, p.H, p.W, p.n)
    cdef float *gx_ = data(gx)
    cdef float *packed_
    cdef float *scratch_
    packed = room(gy, lg_conv2d_backward_input_packed(&p) * sizeof(float), <void **>&packed_)
    scratch = room(
        gy, lg_conv2d_backward_input_scratch(&p, threads_for(gy)) * sizeof(float), <void **>&scratch_
    )
    k.conv2d_backward_input_pack(&p, weight_, packed_)
    k.conv2d_backward_input(&p, gy_, packed_, bias_, scratch_, gx_)
    return gx


def conv2d_backward_weight(gy, x, kernel_size, stride, padding, dilation, groups):
    """The gradient of the weight."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_conv2d p
    cdef const float *gy_ = floats(gy, "gradient", 5)
    conv2d_input(&p, x)
    conv2d_options(&p, kernel_size, stride, padding, dilation, groups)
    if dim(x, 1) % p.groups != 0 or dim(gy, 1) % p.groups != 0:
        raise ShapeError(
            f"groups must divide {dim(x, 1)} input and {dim(gy, 1)} output channels, got {groups}"
        )
    p.C, p.O = dim(x, 1) // p.groups, dim(gy, 1) // p.groups
    check_conv2d_gradient(&p, gy)
    cdef cnp.npy_intp[4] shape = [p.groups * p.O, p.C, p.KH, p.KW]
    cdef ptrdiff_t blocks = p.B, weights = shape[0] * shape[1] * shape[2] * shape[3], done = 0
    cdef ptrdiff_t together = max(1, min(blocks, max(4, SUMS_AT_ONCE // max(weights, 1))))
    gw = new_of(gy, 4, shape)
    cdef const float *x_ = <const float *>reading(x)
    cdef float *gw_ = data(gw)
    cdef float *sums_
    cdef float *scratch_
    sums = room(gy, together * weights * sizeof(float), <void **>&sums_)
    scratch = room(gy, lg_conv2d_weight_scratch(&p, threads_for(gy)) * sizeof(float), <void **>&scratch_)
    while True:  # once also for no image at all
        p.B = min(together, blocks - done)
        k.conv2d_weight_sums(
            &p, gy_ + done * p.groups * p.O * p.OH * p.OW * p.n, x_ + done * p.groups * p.C * p.H * p.W * p.n,
            scratch_, sums_,
        )
        k.conv2d_weight_total(&p, sums_, done > 0, gw_)
        done += p.B
        if done == blocks:
            break
    return gw


def conv2d_backward_bias(gy):
    """The gradient of the bias: the sum over images and pixels."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_conv2d p
    cdef const float *gy_ = floats(gy, "gradient", 5)
    memset(&p, 0, sizeof(p))
    p.B, p.groups, p.O, p.OH, p.OW, p.n = dim(gy, 0), 1, dim(gy, 1), dim(gy, 2), dim(gy, 3), dim(gy, 4)
    gb = new_1d(gy, p.O)
    cdef float *gb_ = data(gb)
    cdef double *sums_
    sums = room(gy, p.B * p.O * sizeof(double), <void **>&sums_)
    k.conv2d_bias_sums(&p, gy_, sums_)
    k.conv2d_bias_total(&p, sums_, gb_)
    return gb
