# Scores as rows of classes: conversion of what callers give, and where a row's classes stand in memory.
#
# Uses: record/errors, record/memory, shared/arrays, shared/kinds.

def as_floats(x, str name):
    """`x` as a float32 array, itself if it is one, whatever its strides.

    Integers are refused where they are somebody's choice of dtype (labels in the wrong place, most
    often), not where they are Python's numbers.
    """
    if isinstance(x, cnp.ndarray) and is_native(<cnp.ndarray>x, cnp.NPY_FLOAT32):
        return x
    if isinstance(x, Array) and (<Array>x).type == cnp.NPY_FLOAT32:
        return dense(<Array>x)
    array = np.asarray(x)
    if array.dtype.kind == "f" or (array.dtype.kind in "iu" and not hasattr(x, "dtype")):
        return cast_copy(array, np.float32, order="K")
    raise DtypeError(f"{name} must be floats, found {array.dtype}: convert it to float32 first")


cdef inline bint is_native(cnp.ndarray a, int type_number) noexcept:
    return (
        cnp.PyArray_TYPE(a) == type_number
        and cnp.PyArray_ISNOTSWAPPED(a)
        and cnp.PyArray_ISALIGNED(a)
    )


cdef object contiguous_floats(x, str name):
    """The same, C-contiguous."""
    array = as_floats(x, name)
    return array if cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>array) else np.ascontiguousarray(array)


cdef int class_axis(object scores, str name, object axis) except -1:
    """The axis of the classes: as given, or 1, or 0 where there is no other."""
    cdef int ndim = ndim_of(scores)
    if ndim == 0:
        raise ValueError(f"{name} must have an axis of classes, (C,), (N, C) or (N, C, ...)")
    if axis is None:
        return 1 if ndim > 1 else 0
    cdef ptrdiff_t given = index(axis)
    if not -ndim <= given < ndim:
        raise np.exceptions.AxisError(given, ndim)
    return <int>(given + ndim if given < 0 else given)


cdef void rows_of(object a, int axis, lg_rows *rows) noexcept:
    """How many rows there are before and after the axis of the classes, and how many classes."""
    cdef int i
    rows.outer = rows.inner = 1
    rows.C = dim(a, axis)
    for i in range(axis):
        rows.outer *= dim(a, i)
    for i in range(axis + 1, ndim_of(a)):
        rows.inner *= dim(a, i)


cdef bint common_stride(object a, int start, int stop, ptrdiff_t *stride) noexcept:
    """Whether these axes can be walked through with one stride; gives it, in floats."""
    cdef ptrdiff_t size = 1
    cdef int i
    stride[0] = 1  # of one row, whatever it is
    for i in range(stop - 1, start - 1, -1):
        if dim(a, i) == 1:
            continue
        if size == 1:
            stride[0] = strides_in(a)[i] // <ptrdiff_t>sizeof(float)
        elif strides_in(a)[i] != stride[0] * size * <ptrdiff_t>sizeof(float):
            return False
        size *= dim(a, i)
    return True


cdef bint strides_of(object a, int axis, lg_strides *at) noexcept:
    """Where the rows stand; false if the kernels cannot walk through them."""
    at.cls = at.inner = at.outer = 1
    if size_of(a) == 0:
        return True
    at.cls = strides_in(a)[axis] // <ptrdiff_t>sizeof(float)
    if dim(a, axis) == 1:
        at.cls = 1
    return common_stride(a, 0, axis, &at.outer) and common_stride(a, axis + 1, ndim_of(a), &at.inner)


cdef bint fit(lg_rows *rows, lg_strides **at, int count) noexcept:
    """Whether the kernels take arrays of these strides together; rows that stand side by side become
    inner ones."""
    cdef int i
    cdef lg_strides[4] all
    if rows.inner == 1 and at[0].outer == 1 and at[0].cls != 1:
        rows.inner, rows.outer = rows.outer, 1
        for i in range(count):
            at[i].inner, at[i].outer = at[i].outer, 1
    for i in range(count):
        all[i] = at[i][0]
    return lg_rows_fit(rows, all, count)


cdef object new_in_order_of(object a, bint by_lines=False):
    """A float32 array of the same shape, its axes in the same order in memory; `by_lines`: and as far into a
    line of 64 bytes as `a` is, since NumPy's own arrays start within one."""
    return new_like(a) if isinstance(a, Array) else new_ndarray_in_order_of(a, by_lines)


cdef object new_ndarray_in_order_of(cnp.ndarray a, bint by_lines):
    cdef int ndim = cnp.PyArray_NDIM(a), i, k, axis
    cdef int[64] order  # axes, the one with the smallest stride first
    cdef cnp.npy_intp[64] strides
    cdef cnp.npy_intp stride, step = sizeof(float)
    cdef size_t shift = <size_t>cnp.PyArray_DATA(a) % 64 // sizeof(float) if by_lines else 0
    cdef bint same = not cnp.PyArray_IS_C_CONTIGUOUS(a)
    for axis in range(ndim - 1, -1, -1):
        stride, k = cnp.PyArray_STRIDE(a, axis), ndim - 1 - axis
        same = same and stride > 0
        while k > 0 and cnp.PyArray_STRIDE(a, order[k - 1]) > stride:
            order[k] = order[k - 1]
            k -= 1
        order[k] = axis
    if not same:
        return new_ndarray(ndim, cnp.PyArray_DIMS(a), NULL, shift)
    for i in range(ndim):
        strides[order[i]] = step
        step *= max(cnp.PyArray_DIM(a, order[i]), 1)
    return new_ndarray(ndim, cnp.PyArray_DIMS(a), strides, shift)


cdef object bracketed(ptrdiff_t flat, object array):
    """"[1, 2]" for a flat position in an array, nothing for that of a single number."""
    if ndim_of(array) == 0:
        return ""
    return f"[{', '.join([str(int(i)) for i in np.unravel_index(flat, shape_of(array))])}]"


cdef object rows_scratch(object like, lg_rows *rows, float **scratch, int *threads):
    """Memory for the threads of a kernel; what is returned owns it."""
    threads[0] = threads_for(like)
    return room(like, lg_rows_scratch(rows) * threads[0] * sizeof(float), <void **>scratch)
