# Cross-entropy and its gradient (see csrc/kernels/cross_entropy/).
#
# Uses: record/memory, shared/arrays, shared/kinds, shared/rows, shared/targets.

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
    cdef const lg_kernels *k
    cdef lg_cross_entropy p
    cdef int classes, how = as_reduction(reduction), count = 1, bad = 0
    cdef lg_strides *at[4]
    cdef bint soft, fits = True, noted
    cdef double[2] few_totals
    cdef double[FEW_LOSSES] few_losses
    cdef double *sums = few_totals  # calls that are noted need places that last
    x = as_floats(logits, "logits")
    noted, classes = isinstance(x, Array), class_axis(x, "logits", axis)
    memset(&p, 0, sizeof(p))
    p.label_smoothing, p.z_loss, p.softcap = read_options(label_smoothing, z_loss, softcap)
    soft, probs, given = is_probabilities(target, x), None, (target, weight, sample_weight)
    if soft:
        probs = as_probabilities(target, x)
        weight, sample_weight = read_soft(x, weight, sample_weight, ignore_index, classes)
        labels, p.ignore_index = None, -1
    elif target_grad:
        raise ValueError("class indices have no gradient: the target's is for probabilities")
    else:
        labels, weight, sample_weight, p.ignore_index = read_labels(
            x, classes, target, weight, sample_weight, ignore_index
        )
    out = None
    if grad is not None and grad is not True:
        out = grad
        check_out(out, x, logits, given[0], given[1], given[2])
    if soft and (noted or out is not None):
        check_probabilities(probs)

    k = kernels_for(x)
    rows_of(x, classes, &p.rows)
    p.scale = 1
    p.weight, p.sample_weight = maybe_floats(weight), maybe_floats(sample_weight)
    if not soft:
        p.labels = <const int64_t *>reading(labels)
    while True:  # at most twice: as the arrays are, then as C-contiguous ones
        fits = strides_of(x, classes, &p.logits_at)
        at[0] = &p.logits_at
        p.logits, p.grad, p.probs, p.probs_grad = <const float *>reading(x), NULL, NULL, NULL
        count = 1
        g = probs_g = None
        if grad is not None:
            g = out
            if out is None or not fits:
                g = new_in_order_of(x, strides_in(x)[classes] != sizeof(float))
            fits = fits and strides_of(g, classes, &p.grad_at)
            p.grad = data(g)
            at[count] = &p.grad_at
            count += 1
        if soft:
            fits = fits and strides_of(probs, classes, &p.probs_at)
            p.probs = <const float *>reading(probs)
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
            out = new_ndarray(ndim_of(x), dims_of(x))
        x = np.array(x, order="C")
        probs = np.ascontiguousarray(probs) if soft else None
        rows_of(x, classes, &p.rows)

    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    cdef float value = 0
    cdef float *value_ = &value
    shape = shape_of(x)[:classes] + shape_of(x)[classes + 1:] if stats or how == NONE else None
    loss = losses = lse = largest = None
    if how == NONE:
        loss = new_shape(x, shape)
        p.loss = data(loss)
    else:
        p.exact_loss = few_losses
        if noted or N > FEW_LOSSES:
            losses = room(x, N * sizeof(double), <void **>&p.exact_loss)
        if noted or not number:
            loss = new_of(x, 0, NULL)
            value_ = data(loss)
    if stats:
        lse, largest = empty(shape), np.empty(shape, np.int64)
        p.logsumexp, p.argmax = data(lse), <int64_t *>cnp.PyArray_DATA(<cnp.ndarray>largest)
    p.bad_probs = &bad
    scratch = rows_scratch(x, &p.rows, &p.scratch, &p.threads)
    if totals is not None:
        sums[0], sums[1] = totals
        p.totals = sums
    elif how == MEAN:
        sums_ = room(x, 2 * sizeof(double), <void **>&sums) if noted else None
        if soft:  # all rows count, and classes' weights are no part of the total
            k.total_weight(NULL, NULL, p.sample_weight, N, -1, sums)
        else:
            k.total_weight(p.labels, p.weight, p.sample_weight, N, p.ignore_index, sums)
        p.totals = sums
    k.cross_entropy(&p)
    if how != NONE:
        k.reduce_losses(p.exact_loss, N, p.totals, value_)
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
    if not isinstance(x, Array) and not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>x):
        return x * factor
    cdef const lg_kernels *k = kernels_for(x)
    y = new_like(x)
    k.scale(<const float *>reading(x), floats(factor, "factor"), size_of(x), data(y))
    return y


cdef tuple read_soft(object x, weight, sample_weight, ignore_index, int axis):
    """As read_labels, the weights alone, where the target holds probabilities."""
    if dim(x, axis) == 0:
        raise ValueError(f"there must be at least one class, found shape {shape_of(x)}")
    if index(ignore_index) >= 0:
        raise ValueError(
            f"ignore_index is {ignore_index}, but the target holds probabilities: it is for class indices"
        )
    if weight is not None:
        weight = as_weights(x, weight, "weight", (dim(x, axis),), "class")
    if sample_weight is not None:
        shape = shape_of(x)[:axis] + shape_of(x)[axis + 1:]
        sample_weight = as_weights(x, sample_weight, "sample_weight", shape, "row")
    return weight, sample_weight


cdef object as_probabilities(object target, object x):
    """Probabilities as an array of the kind of x."""
    if not isinstance(x, Array):
        return as_floats(target, "target")
    if isinstance(target, Array):
        return dense(as_floats(target, "target"))
    return adopt(np.array(as_floats(target, "target"), order="C"))


cdef bint is_probabilities(object target, object x):
    """Whether a target holds probabilities: floats of the logits' shape."""
    if isinstance(target, Array):
        return (<Array>target).type == cnp.NPY_FLOAT32 and target.shape == shape_of(x)
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


cdef int check_probabilities(object probs) except -1:
    """Raises for a probability that is negative, infinite or NaN, if there is one."""
    array = probs if isinstance(probs, Array) else np.ascontiguousarray(probs)
    cdef ptrdiff_t bad = find_bad_weight(array)
    if bad >= 0:
        raise ValueError(
            f"target{bracketed(bad, array)} is {shown(array).flat[bad]}: probabilities must not be negative, "
            "infinite or NaN"
        )
    return 0


cdef int check_out(object out, object x, object logits, object target, object weight,
                   object sample_weight) except -1:
    """Raises unless the gradient can be written to `out`: apart from all inputs, or over the logits."""
    if not isinstance(out, cnp.ndarray) or not is_native(<cnp.ndarray>out, cnp.NPY_FLOAT32):
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be an aligned float32 array, found {found}")
    if not cnp.PyArray_SAMESHAPE(<cnp.ndarray>out, <cnp.ndarray>x):
        raise ValueError(f"out has shape {shape_of(out)}, the logits have {shape_of(x)}")
    writing(out, "out")
    cdef ptrdiff_t reach = sizeof(float)
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>out):
        for stride, size in sorted([(abs(st), n) for st, n in zip(out.strides, out.shape) if n > 1]):
            if stride < reach:
                raise ValueError(f"elements of out overlap one another: its strides are {out.strides}")
            reach = stride * size
    inputs = {"target": target, "weight": weight, "sample_weight": sample_weight}
    if not (
        cnp.PyArray_DATA(<cnp.ndarray>out) == cnp.PyArray_DATA(<cnp.ndarray>x)
        and out.strides == (<object>x).strides
    ):
        inputs["logits"] = logits
    for name, array in inputs.items():
        if isinstance(array, cnp.ndarray) and np.shares_memory(out, array):
            raise ValueError(
                f"out overlaps {name}: give another array, or the logits themselves to have the gradient "
                "written over them"
            )
    return 0
