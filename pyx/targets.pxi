# What the losses share: reading targets and weights (see csrc/kernels/targets.c), and reductions.

cdef enum:
    NONE
    MEAN
    SUM


cdef object as_labels(target, cnp.ndarray scores, int axis, object ignore_index):
    """Class indices as a C-contiguous int64 array of the shape of the scores without their classes."""
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
    needed = shape_of(scores)[:axis] + shape_of(scores)[axis + 1:]
    kind = array.dtype.kind
    if kind in "iu" and array.shape == needed:
        if kind == "u" and array.dtype.itemsize == 8 and array.size and array.max() > INT64_MAX:
            return wide_labels(array, scores.shape[axis], ignore_index)
        return np.array(array, np.int64, order="C")
    indices = f"class indices (integers of shape {needed})"
    found = f"found {array.dtype} of shape {array.shape} for scores of shape {shape_of(scores)}"
    if kind in "iu" and (
        array.shape == shape_of(scores)
        or (array.ndim == 2 and scores.ndim == 2 and array.shape[1] > 1)
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


cdef bint is_without_axis(cnp.ndarray a, cnp.ndarray scores, int axis) noexcept:
    """Whether `a` has the shape of `scores` without one axis."""
    cdef int i, ndim = cnp.PyArray_NDIM(scores) - 1
    if cnp.PyArray_NDIM(a) != ndim:
        return False
    for i in range(ndim):
        if cnp.PyArray_DIM(a, i) != cnp.PyArray_DIM(scores, i + (i >= axis)):
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
    raise IndexError(
        f"target{bracketed(flat, labels)} is {labels.flat[flat]}, but there are {classes} classes: "
        f"labels must be in 0..{classes - 1}"
    )


cdef int64_t as_ignore_index(object labels, object ignore_index, ptrdiff_t classes) except? -1:
    """ignore_index as an int64. One beyond that equals no label, or those that wide_labels has replaced."""
    value = index(ignore_index)
    if INT64_MIN <= value <= INT64_MAX:
        return value
    if value < INT64_MIN:
        wrong = labels == INT64_MIN
        if wrong.any():
            bad_label(labels, int(np.argmax(wrong)), classes)
    return INT64_MIN


cdef object as_weights(weight, str name, object shape, str what):
    """Weights as a C-contiguous float32 array of this shape, checked."""
    cdef ptrdiff_t bad = -1, size
    cdef const float *data_
    array = contiguous_floats(weight, name)
    if shape_of(array) != shape:
        raise ValueError(f"{name} must have shape {shape}, one number a {what}, found {shape_of(array)}")
    data_ = <const float *>data(array)
    size = cnp.PyArray_SIZE(<cnp.ndarray>array)
    with nogil:
        lg.find_bad_weight(data_, size, &bad)
    if bad >= 0:
        raise ValueError(
            f"{name}{bracketed(bad, array)} is {array.flat[bad]}: weights must be finite and not negative"
        )
    return array


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


cdef object read_labels(
    cnp.ndarray scores, int axis, object target, object weight, object sample_weight, object ignore_index,
    const int64_t **labels, const float **weights, const float **sample_weights, int64_t *ignored,
    double *totals,
):
    """Class indices and weights, checked, and their totals (see total_weight); what is returned owns the
    memory, the labels first of it."""
    cdef ptrdiff_t classes = cnp.PyArray_DIM(scores, axis), bad = -1, count
    if classes == 0:
        raise ValueError(f"there must be at least one class, found shape {shape_of(scores)}")
    indices = as_labels(target, scores, axis, ignore_index)
    ignored[0] = as_ignore_index(indices, ignore_index, classes)
    labels[0] = <const int64_t *>data(indices)
    count = cnp.PyArray_SIZE(<cnp.ndarray>indices)
    weights[0] = sample_weights[0] = NULL
    if weight is not None:
        weight = as_weights(weight, "weight", (classes,), "class")
        weights[0] = data(weight)
    if sample_weight is not None:
        sample_weight = as_weights(sample_weight, "sample_weight", shape_of(indices), "target")
        sample_weights[0] = data(sample_weight)
    with nogil:
        lg.find_bad_label(labels[0], count, classes, ignored[0], &bad)
        if bad < 0:
            lg.total_weight(
                labels[0], weights[0], sample_weights[0], count, ignored[0], totals
            )
    if bad >= 0:
        bad_label(indices, bad, classes)
    return indices, weight, sample_weight
