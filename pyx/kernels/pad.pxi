# Padding (see csrc/kernels/pad.c).
#
# Uses: record/errors, shared/kinds.

PAD_MODES = {
    "constant": LG_PAD_CONSTANT, "reflect": LG_PAD_REFLECT,
    "replicate": LG_PAD_REPLICATE, "circular": LG_PAD_CIRCULAR,
}


cdef tuple pad_geometry(lg_pad *p, tuple shape, left, right, mode):
    """Reads shape and padding of each axis, axes that are not padded taken together, and gives the shape of
    the result."""
    cdef ptrdiff_t size, before, after
    cdef bint was_padded = False
    if mode not in PAD_MODES:
        raise ValueError(f"mode must be one of {', '.join(PAD_MODES)}, got {mode!r}")
    memset(p, 0, sizeof(lg_pad))
    p.mode, p.outer, p.inner = PAD_MODES[mode], 1, 1
    padded = []
    for axis in range(len(shape)):
        size, before, after = shape[axis], left[axis], right[axis]
        if before != <int32_t>before or after != <int32_t>after:
            raise ShapeError(f"axis {axis} cannot be padded by ({before}, {after}): at most 2**31 fit")
        padded.append(size + before + after)
        if size + before + after < 0 or (mode != "constant" and (before or after)):
            pad_limits(axis, size, before, after, mode)
        if before == 0 and after == 0:
            p.inner *= size
            continue
        if p.axes + 1 >= LG_PAD_AXES:
            raise ShapeError(f"at most {LG_PAD_AXES // 2} axes can be padded")
        if p.axes == 0:
            p.outer = p.inner
        elif p.inner != 1:  # what lies between two padded axes
            p.size[p.axes] = p.padded[p.axes] = p.inner
            p.axes += 1
        p.size[p.axes], p.padded[p.axes], p.left[p.axes] = size, size + before + after, before
        p.axes += 1
        p.inner = 1
    if p.axes == 0:  # nothing is padded
        p.size[0] = p.padded[0] = p.axes = 1
        p.outer, p.inner = p.inner, 1
    return tuple(padded)


cdef int pad_limits(axis, ptrdiff_t size, ptrdiff_t before, ptrdiff_t after, mode) except -1:
    """Raises where an axis cannot be padded so."""
    cdef ptrdiff_t kept = size + min(before, 0) + min(after, 0), most = max(before, after)
    what = f"axis {axis} of {size} cannot be padded by ({before}, {after})"
    if size + before + after < 0:
        raise ShapeError(f"{what}: nothing would be left")
    if mode == "reflect" and most >= size:
        raise ShapeError(f"{what}: to reflect, padding must be less than the size")
    if mode == "circular" and most > kept:
        raise ShapeError(f"{what}: circular padding must not wrap around more than once")
    if mode == "replicate" and size < 1:
        raise ShapeError(f"{what}: there is nothing to replicate")
    return 0


def pad(x, left, right, mode, float value=0.0):
    """x, longer by left[i] elements before axis i and by right[i] behind it; shorter where negative."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_pad p
    cdef const float *x_ = floats(x, "input")
    y = new_shape(x, pad_geometry(&p, shape_of(x), left, right, mode))
    p.value = value
    cdef float *y_ = data(y)
    k.pad(&p, x_, y_)
    return y


def pad_backward(gy, tuple shape, left, right, mode):
    """The gradient of the input, of `shape`."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_pad p
    cdef const float *gy_ = floats(gy, "gradient")
    cdef tuple expected = pad_geometry(&p, shape, left, right, mode)
    if shape_of(gy) != expected:
        raise ShapeError(f"gradient must have shape {expected}, got {shape_of(gy)}")
    if mode == "constant":  # what was added is cut off again
        return pad(gy, [-i for i in left], [-i for i in right], mode)
    gx = new_shape(gy, shape)
    cdef float *gx_ = data(gx)
    k.pad_backward(&p, gy_, gx_)
    return gx
