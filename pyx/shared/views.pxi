# Views of an array: parts of it, and forms that show elements repeatedly.
#
# Uses: record/errors, record/memory, shared/arrays.

def expanded(Array given not None, shape):
    """Of this shape, where axes of one element, and new ones in front, show that element repeatedly."""
    cdef Array x = plain(given), y
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims), extra = ndim - x.ndim, i
    bytes_of(ndim, dims, 1)
    if extra < 0:
        raise ShapeError(f"shape {sizes_of(x)} has more axes than {tuple(shape)}, which it is to become")
    y = like_view(x, ndim)
    for i in range(ndim):
        y.dims[i], y.strides[i] = dims[i], 0
        if i >= extra and x.dims[i - extra] == dims[i]:
            y.strides[i] = x.strides[i - extra]
        elif i >= extra and x.dims[i - extra] != 1:
            raise ShapeError(f"shape {sizes_of(x)} cannot be expanded to {tuple(shape)}")
    set_contiguous(y)
    return y


def diagonal_of(Array given not None, ptrdiff_t offset, int first, int second):
    """The elements whose index along axis `second` is `offset` more than along `first`, as a last axis."""
    cdef Array x = plain(given), y = like_view(x, x.ndim - 1)
    cdef ptrdiff_t down = max(-max(offset, -INT64_MAX), 0), right = max(offset, 0), size
    cdef int i
    size = min(x.dims[first] - down, x.dims[second] - right)
    y.ndim = 0
    for i in range(x.ndim):
        if i != first and i != second:
            add_axis(y, x.dims[i], x.strides[i])
    if size > 0:
        y.offset += down * x.strides[first] + right * x.strides[second]
    add_axis(y, max(size, 0), x.strides[first] + x.strides[second])
    set_contiguous(y)
    return y


def windows_of(Array given not None, int axis, ptrdiff_t size, ptrdiff_t step):
    """Windows of this size along an axis, which becomes their number; their elements are a last axis."""
    cdef Array x = plain(given), y = like_view(x, x.ndim + 1)
    cdef int i
    y.ndim = 0
    for i in range(x.ndim):
        if i == axis:
            add_axis(y, (x.dims[i] - size) // step + 1, x.strides[i] * step)
        else:
            add_axis(y, x.dims[i], x.strides[i])
    add_axis(y, size, x.strides[axis] if x.ndim else x.itemsize)
    set_contiguous(y)
    return y


def start_of(Array x not None):
    """How many elements of its storage are before the first one."""
    return x.offset // x.itemsize


def strided(Array given not None, shape, tuple steps, ptrdiff_t start):
    """Of this shape, with neighbours so many elements apart, from element `start` on."""
    cdef Array x = plain(given), y
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims), i
    cdef ptrdiff_t size = elements(x)
    last = start + sum([(a - 1) * b for a, b in zip(shape, steps)])  # of any size
    if not x.contiguous or x.offset:
        raise RuntimeError(
            "as_strided takes a tensor whose elements stand one after the other, and which is no part of "
            "another: call .clone() first"
        )
    if len(steps) != ndim:
        raise ShapeError(f"mismatch in length of strides and shape: {steps} for {tuple(shape)}")
    if ndim and min(steps) < 0:
        raise RuntimeError(f"as_strided: Negative strides are not supported, found {steps}")
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    y = like_view(x, ndim)
    for i in range(ndim):
        y.dims[i], y.strides[i] = dims[i], <ptrdiff_t>steps[i] * x.itemsize
    if bytes_of(ndim, dims, 1) and last >= size:
        raise RuntimeError(
            f"setStorage: sizes {tuple(shape)}, strides {steps} and storage offset {start} are out of bounds "
            f"for {size} elements"
        )
    y.offset += start * x.itemsize if elements(y) else 0
    set_contiguous(y)
    return y


def part_of(Array given not None, tuple parts):
    """The view that an index of whole numbers, slices, None and Ellipsis shows; NumPy's rules."""
    cdef Array x = plain(given), y
    cdef int axis = 0, skipped, shown
    cdef ptrdiff_t start, stop, step, at, length
    cdef Py_ssize_t used = 0
    shown = x.ndim
    for part in parts:
        used += part is not None and part is not Ellipsis
        if part is None:
            shown += 1
        elif part is not Ellipsis and not isinstance(part, slice):
            shown -= 1
    if used > x.ndim or sum([part is Ellipsis for part in parts]) > 1:
        raise IndexError(f"an index of {used} axes for a tensor of shape {sizes_of(x)}")
    y = like_view(x, shown)
    y.ndim = 0
    if Ellipsis not in parts:
        parts = parts + (Ellipsis,)
    for part in parts:
        if part is Ellipsis:
            for skipped in range(x.ndim - <int>used):
                add_axis(y, x.dims[axis], x.strides[axis])
                axis += 1
        elif part is None:
            add_axis(y, 1, 0)
        elif isinstance(part, slice):
            start, stop, step = part.indices(x.dims[axis])
            length = len(range(start, stop, step))
            y.offset += start * x.strides[axis] if length else 0
            add_axis(y, length, x.strides[axis] * step)
            axis += 1
        else:
            at = index(part)
            if not -x.dims[axis] <= at < x.dims[axis]:
                raise IndexError(
                    f"index {at} is out of range for axis {axis} of shape {sizes_of(x)}"
                )
            y.offset += (at + x.dims[axis] if at < 0 else at) * x.strides[axis]
            axis += 1
    set_contiguous(y)
    return y


def with_axes(Array given not None, tuple axes):
    """The axes in another order."""
    cdef Array x = plain(given), y
    cdef int i, axis
    if sorted(axes) != list(range(x.ndim)):
        raise ShapeError(f"{tuple(axes)} is no order of the axes of shape {sizes_of(x)}")
    y = like_view(x, x.ndim)
    for i in range(x.ndim):
        axis = axes[i]
        y.dims[i], y.strides[i] = x.dims[axis], x.strides[axis]
    set_contiguous(y)
    return y
