# What the losses share: reading targets and weights (see csrc/kernels/rows/targets.c), and reductions.
#
# Uses: record/errors, shared/arrays, shared/kinds, shared/rows.

cdef enum:
    NONE
    MEAN
    SUM


cdef object as_labels(object target, object scores, int axis, object ignore_index):
    """Class indices as a C-contiguous int64 array of the shape of the scores without their classes, and of
    their kind: for calls that are noted, memory that nobody else touches."""
    cdef cnp.ndarray a
    if isinstance(scores, Array):
        if (
            isinstance(target, Array) and (<Array>target).type == cnp.NPY_INT64
            and (<Array>target).contiguous and is_without_axis(target, scores, axis)
        ):
            return own(<Array>target)
        return adopt(np.array(as_numpy_labels(shown(target), scores, axis, ignore_index)))
    return as_numpy_labels(target, scores, axis, ignore_index)


cdef object as_numpy_labels(object target, object scores, int axis, object ignore_index):
    cdef cnp.ndarray a
    if isinstance(target, cnp.ndarray):
        a = <cnp.ndarray>target
        if (
            is_native(a, cnp.NPY_INT64)
            and cnp.PyArray_IS_C_CONTIGUOUS(a)
            and is_without_axis(a, scores, axis)
        ):
            return a
    array = np.asarray(target)
    needed = without_axis(scores, axis)
    kind = array.dtype.kind
    if kind in "iu" and array.shape == needed:
        if kind == "u" and array.dtype.itemsize == 8 and array.size and array.max() > INT64_MAX:
            return wide_labels(array, dim(scores, axis), ignore_index)
        return np.array(array, np.int64, order="C")
    indices = f"class indices (integers of shape {needed})"
    found = f"found {array.dtype} of shape {array.shape} for scores of shape {shape_of(scores)}"
    if kind in "iu" and (
        array.shape == shape_of(scores)
        or (array.ndim == 2 and ndim_of(scores) == 2 and array.shape[1] > 1)
    ):
        raise ValueError(
            f"the target looks one-hot: {found}. Give {indices}, for instance "
            f"target.argmax({axis}), or to cross_entropy float probabilities"
        )
    if kind == "f" and array.shape == shape_of(scores):
        raise TypeError(
            f"the target must be {indices}; {found}. Class probabilities are for cross_entropy"
        )
    raise (ValueError if kind in "iu" else TypeError)(f"the target must be {indices}; {found}")


cdef bint is_without_axis(object a, object scores, int axis) noexcept:
    """Whether `a` has the shape of `scores` without one axis."""
    cdef int i, ndim = ndim_of(scores) - 1
    if ndim_of(a) != ndim:
        return False
    for i in range(ndim):
        if dim(a, i) != dim(scores, i + (i >= axis)):
            return False
    return True


cdef object wide_labels(array, ptrdiff_t classes, object ignore_index):
    """Labels of which some are beyond int64: right only if those are to be ignored."""
    beyond = array > INT64_MAX
    wrong = beyond & (array != (ignore_index if 0 <= ignore_index < 2**64 else 0))
    if wrong.any():
        bad_label(array, int(np.argmax(wrong)), classes)
    labels = np.array(array, np.int64, order="C")
    labels[beyond] = INT64_MIN
    return labels


cdef bad_label(labels, ptrdiff_t flat, ptrdiff_t classes):
    labels = shown(labels)
    raise IndexError(
        f"target{bracketed(flat, labels)} is {labels.flat[flat]}, but there are {classes} classes: "
        f"labels must be in 0..{classes - 1}"
    )


cdef int64_t as_ignore_index(object labels, object ignore_index, ptrdiff_t classes) except? -1:
    """ignore_index as an int64. One beyond that equals no label, or those that wide_labels has replaced."""
    cdef int beyond = 0
    cdef int64_t value = PyLong_AsLongLongAndOverflow(index(ignore_index), &beyond)
    if beyond == 0:
        return value
    if beyond < 0:
        labels = shown(labels)
        wrong = labels == INT64_MIN
        if wrong.any():
            bad_label(labels, int(np.argmax(wrong)), classes)
    return INT64_MIN


cdef object as_weights(object like, weight, str name, object shape, str what):
    """Weights as a C-contiguous float32 array of this shape, checked, and of the kind of `like`."""
    if isinstance(like, Array):
        if isinstance(weight, Array) and (<Array>weight).type == cnp.NPY_FLOAT32:
            array = own(dense(<Array>weight))
        else:
            array = adopt(np.array(contiguous_floats(shown(weight), name)))
    else:
        array = contiguous_floats(weight, name)
    if shape_of(array) != shape:
        raise ShapeError(f"{name} must have shape {shape}, one number a {what}, found {shape_of(array)}")
    cdef ptrdiff_t bad = find_bad_weight(array)
    if bad >= 0:
        raise ValueError(
            f"{name}{bracketed(bad, array)} is {shown(array).flat[bad]}: "
            "weights must be finite and not negative"
        )
    return array


cdef ptrdiff_t find_bad_weight(object array) except -2:
    """Where the first element is that is negative, infinite or NaN, or -1. Of C-contiguous float32."""
    cdef ptrdiff_t bad = -1
    at_once(size_of(array)).find_bad_weight(<const float *>values_of(array), size_of(array), &bad)
    return bad


def check_reduction(reduction):
    """Raises unless this is a reduction."""
    as_reduction(reduction)


cdef int as_reduction(object reduction) except -1:
    if reduction == "mean":
        return MEAN
    if reduction == "sum":
        return SUM
    if reduction == "none":
        return NONE
    raise ValueError(f'reduction must be "mean", "sum" or "none", found {reduction!r}')


FLOAT32 = np.zeros((), np.float32)  # tells PyArray_ToScalar the type


cdef tuple read_labels(
    object scores, int axis, object target, object weight, object sample_weight, object ignore_index,
    int64_t *ignored,
):
    """Class indices and weights, checked: (labels, weight, sample_weight), and `ignored`, theirs."""
    cdef ptrdiff_t classes = dim(scores, axis), bad = -1
    if classes == 0:
        raise ShapeError(f"there must be at least one class, found shape {shape_of(scores)}")
    labels = as_labels(target, scores, axis, ignore_index)
    ignored[0] = as_ignore_index(labels, ignore_index, classes)
    if weight is not None:
        weight = as_weights(scores, weight, "weight", (classes,), "class")
    if sample_weight is not None:
        sample_weight = as_weights(scores, sample_weight, "sample_weight", shape_of(labels), "target")
    at_once(size_of(labels)).find_bad_label(
        <const int64_t *>values_of(labels), size_of(labels), classes, ignored[0], &bad
    )
    if bad >= 0:
        bad_label(labels, bad, classes)
    return labels, weight, sample_weight


cdef inline const float *maybe_floats(object array) except? NULL:
    """The data of a checked array that is read, or NULL for None."""
    if array is None:
        return NULL
    return <const float *>reading(array)
