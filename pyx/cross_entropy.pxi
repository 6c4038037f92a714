# Cross-entropy and its gradient (see csrc/kernels/cross_entropy.c).

cdef enum:
    FEW_LOSSES = 128  # whose rows' losses need no memory of their own

def cross_entropy(
    logits, target, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis,
    grad=None, bint stats=False, bint target_grad=False, totals=None, bint number=False,
):
    """The loss, and what is asked for beside it: (loss, gradient, target's gradient, logsumexp, argmax).
    A mean or a sum is an array without axes, or NumPy's scalar for `number`.

    `grad` says where the gradient goes: True for a new array, an array, the logits themselves, or None.
    `totals` are given where these rows are some of those that a mean is taken over, with "none" as the
    reduction: those of loss_targets. The gradients are the mean's then.
    """
    cdef lg_cross_entropy p
    cdef cnp.ndarray x = as_floats(logits, "logits"), probs, g
    cdef int classes = class_axis(x, "logits", axis), how = as_reduction(reduction), count = 1, bad = 0
    cdef lg_strides *at[4]
    cdef bint soft, fits = True
    cdef double[2] few_totals
    cdef double[FEW_LOSSES] few_losses
    cdef double *sums = few_totals  # a step that is recorded needs places that last
    cdef bint lasting = recorded_blocks is not None
    memset(&p, 0, sizeof(p))
    totals_ = losses = None
    if lasting:
        totals_ = new_block(2 * sizeof(double))
        sums = <double *>(<Block>totals_).memory
    p.totals = sums
    rows_of(x, classes, &p.rows)
    p.label_smoothing, p.z_loss, p.softcap = read_options(label_smoothing, z_loss, softcap)
    soft = is_probabilities(target, x)
    if soft:
        probs = as_floats(target, "target")
        owner = read_soft(&p, x, weight, sample_weight, ignore_index, classes, sums)
    elif target_grad:
        raise ValueError("class indices have no gradient: the target's is for probabilities")
    else:
        owner = read_labels(
            x, classes, target, weight, sample_weight, ignore_index,
            &p.labels, &p.weight, &p.sample_weight, &p.ignore_index, sums,
        )
        probs = None
    p.scale = 1
    if totals is not None:
        sums[0], sums[1] = totals
    elif how != MEAN:
        p.totals = NULL

    out = None
    if grad is not None and grad is not True:
        out = grad
        check_out(out, x, logits, target, weight, sample_weight)
        if soft:
            check_probabilities(probs)
    while True:  # at most twice: as the arrays are, then as C-contiguous ones
        fits = strides_of(x, classes, &p.logits_at)
        at[0] = &p.logits_at
        p.logits, p.grad, p.probs, p.probs_grad = data(x), NULL, NULL, NULL
        count = 1
        g = probs_g = None
        if grad is not None:
            g = out if out is not None and fits else new_in_order_of(x, cnp.PyArray_STRIDE(x, classes) != sizeof(float))
            fits = fits and strides_of(g, classes, &p.grad_at)
            p.grad = data(g)
            at[count] = &p.grad_at
            count += 1
        if soft:
            fits = fits and strides_of(probs, classes, &p.probs_at)
            p.probs = data(probs)
            at[count] = &p.probs_at
            count += 1
        if soft and target_grad:
            probs_g = new_in_order_of(x)
            fits = fits and strides_of(probs_g, classes, &p.probs_grad_at)
            p.probs_grad = data(probs_g)
            at[count] = &p.probs_grad_at
            count += 1
        if fits and fit(&p.rows, at, count):
            break
        if grad is not None:
            grad = grad if out is not None else new_in_order_of(x)
            out = new_array(cnp.PyArray_NDIM(x), cnp.PyArray_DIMS(x))
        x = np.array(x, order="C")
        probs = np.ascontiguousarray(probs) if soft else None
        rows_of(x, classes, &p.rows)

    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    cdef float value = 0
    cdef float *value_ = &value
    shape = shape_of(x)[:classes] + shape_of(x)[classes + 1:] if stats or how == NONE else None
    loss = None
    if how == NONE:
        loss = empty(shape)
        p.loss = data(loss)
    else:
        p.exact_loss = few_losses
        if lasting or N > FEW_LOSSES:
            losses = new_block(N * sizeof(double))
            p.exact_loss = <double *>(<Block>losses).memory
        if lasting or not number:
            loss = new_array(0, NULL)
            value_ = data(loss)
    lse = largest = None
    if stats:
        lse, largest = empty(shape), np.empty(shape, np.int64)
        p.logsumexp, p.argmax = data(lse), <int64_t *>cnp.PyArray_DATA(<cnp.ndarray>largest)
    p.bad_probs = &bad
    scratch = rows_scratch(&p.rows, &p.scratch, &p.threads)
    with nogil:
        lg.cross_entropy(&p)
        if how != NONE:
            lg.reduce_losses(p.exact_loss, N, p.totals, value_)
    if bad:
        check_probabilities(probs)
    if out is not None and grad is not out:
        grad[...] = out
        g = grad
    if number and how != NONE:
        loss = cnp.PyArray_ToScalar(value_, FLOAT32)
    return loss, g, probs_g, lse, largest


def scaled(x, factor):
    """x, a float32 array, times the single number in an array."""
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>x):
        return x * factor
    y = new_like(x)
    cdef const float *factor_ = floats(factor, "factor")
    cdef const float *x_ = data(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.scale(x_, factor_, size, y_)
    return y


cdef object read_soft(
    lg_cross_entropy *p, cnp.ndarray x, weight, sample_weight, ignore_index, int axis, double *totals
):
    """As read_labels, where the target holds probabilities: all rows count, and classes' weights are no part
    of the total."""
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    if p.rows.C == 0:
        raise ValueError(f"there must be at least one class, found shape {shape_of(x)}")
    if index(ignore_index) >= 0:
        raise ValueError(
            f"ignore_index is {ignore_index}, but the target holds probabilities: it is for class indices"
        )
    p.labels, p.weight, p.sample_weight, p.ignore_index = NULL, NULL, NULL, -1
    if weight is not None:
        weight = as_weights(weight, "weight", (p.rows.C,), "class")
        p.weight = data(weight)
    if sample_weight is not None:
        shape = shape_of(x)[:axis] + shape_of(x)[axis + 1:]
        sample_weight = as_weights(sample_weight, "sample_weight", shape, "row")
        p.sample_weight = data(sample_weight)
    with nogil:
        lg.total_weight(NULL, NULL, p.sample_weight, N, -1, totals)
    return weight, sample_weight


cdef bint is_probabilities(object target, cnp.ndarray x):
    """Whether a target holds probabilities: floats of the logits' shape."""
    if isinstance(target, cnp.ndarray) and cnp.PyArray_TYPE(<cnp.ndarray>target) == cnp.NPY_INT64:
        return False
    array = np.asarray(target)
    return array.dtype.kind == "f" and array.shape == shape_of(x)


cdef tuple read_options(label_smoothing, z_loss, softcap):
    """The three as floats, 0 for no softcap."""
    cdef double smoothing = label_smoothing, z = z_loss, cap = 0
    if not 0 <= smoothing <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1, found {label_smoothing}")
    if not 0 <= z < INFINITY:
        raise ValueError(f"z_loss must be finite and not negative, found {z_loss}")
    if softcap is not None:
        cap = softcap
        if not 0 < cap < INFINITY:
            raise ValueError(f"softcap must be positive and finite, or None; found {softcap}")
    return smoothing, z, cap


cdef int check_probabilities(cnp.ndarray probs) except -1:
    """Raises for a probability that is negative or NaN, if there is one."""
    cdef ptrdiff_t bad = -1, size
    cdef const float *p
    array = np.ascontiguousarray(probs)
    p, size = data(array), array.size
    with nogil:
        lg.find_bad_weight(p, size, &bad)
    if bad >= 0:
        raise ValueError(
            f"target{bracketed(bad, array)} is {array.flat[bad]}: probabilities must not be negative, "
            "infinite or NaN"
        )
    return 0


cdef int check_out(object out, cnp.ndarray x, object logits, object target, object weight,
                   object sample_weight) except -1:
    """Raises unless the gradient can be written to `out`: apart from all inputs, or over the logits."""
    if not isinstance(out, cnp.ndarray) or not is_native(<cnp.ndarray>out, cnp.NPY_FLOAT32):
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be an aligned float32 array, found {found}")
    if not cnp.PyArray_SAMESHAPE(<cnp.ndarray>out, x):
        raise ValueError(f"out has shape {shape_of(out)}, the logits have {shape_of(x)}")
    check_writeable(out, "out")
    cdef ptrdiff_t reach = sizeof(float)
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>out):
        for stride, size in sorted([(abs(st), n) for st, n in zip(out.strides, out.shape) if n > 1]):
            if stride < reach:
                raise ValueError(f"elements of out overlap one another: its strides are {out.strides}")
            reach = stride * size
    inputs = {"target": target, "weight": weight, "sample_weight": sample_weight}
    if not (
        cnp.PyArray_DATA(<cnp.ndarray>out) == cnp.PyArray_DATA(x) and out.strides == (<object>x).strides
    ):
        inputs["logits"] = logits
    for name, array in inputs.items():
        if isinstance(array, cnp.ndarray) and np.shares_memory(out, array):
            raise ValueError(
                f"out overlaps {name}: give another array, or the logits themselves to have the gradient "
                "written over them"
            )
    return 0
