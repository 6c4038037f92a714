# Resampling along an axis (see csrc/kernels/resample.c).
#
# Uses: record/errors, shared/kinds.

RESAMPLE_MODES = {"nearest": LG_NEAREST, "linear": LG_LINEAR, "cubic": LG_CUBIC}


cdef int resample_geometry(
    lg_resample *p, tuple shape, int axis, ptrdiff_t wanted, mode, float step, bint centred
) except -1:
    """Reads the shape of the input and the options."""
    if not 0 <= axis < len(shape) or shape[axis] < 1 or wanted < 1 or max(shape[axis], wanted) >> 31:
        raise ShapeError(f"axis {axis} of shape {shape} cannot be resampled to {wanted}")
    p.mode, p.centred, p.step = RESAMPLE_MODES[mode], centred, step
    p.outer = p.inner = 1
    p.size, p.wanted = shape[axis], wanted
    for i in range(axis):
        p.outer *= shape[i]
    for i in range(axis + 1, len(shape)):
        p.inner *= shape[i]
    return 0


def resample(x, int axis, ptrdiff_t wanted, mode, float step, bint centred):
    """x with `wanted` elements along an axis, the i-th of them read at i * step, or (i + 1/2) * step - 1/2 if
    centred, by one, two or four neighbours of that place."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_resample p
    cdef const float *x_ = floats(x, "input")
    cdef tuple shape = shape_of(x)
    resample_geometry(&p, shape, axis, wanted, mode, step, centred)
    y = new_shape(x, shape[:axis] + (wanted,) + shape[axis + 1:])
    cdef float *y_ = data(y)
    cdef float *scratch_
    scratch = room(
        x, resample_scratch(&p) * sizeof(float) * threads_for(x), <void **>&scratch_
    )
    k.resample(&p, x_, scratch_, y_)
    return y


def resample_backward(gy, int axis, ptrdiff_t size, mode, float step, bint centred):
    """The gradient of the input, of this size along the axis."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_resample p
    cdef const float *gy_ = floats(gy, "gradient")
    cdef tuple shape = shape_of(gy), before = shape[:axis] + (size,) + shape[axis + 1:]
    resample_geometry(&p, before, axis, shape[axis], mode, step, centred)
    gx = new_shape(gy, before)
    cdef float *gx_ = data(gx)
    cdef float *scratch_
    scratch = room(
        gy, resample_scratch(&p) * sizeof(float) * threads_for(gy), <void **>&scratch_
    )
    k.resample_backward(&p, gy_, scratch_, gx_)
    return gx
