# Cross-entropy and its gradient (see csrc/kernels/cross_entropy/).
#
# Uses: record/errors, record/memory, shared/arrays, shared/kinds, shared/rows, shared/targets.

cdef enum:
    FEW_LOSSES = 128  # whose rows' losses need no memory of their own


@cython.final
@cython.no_gc  # it can be in no cycle
@cython.freelist(8)
cdef class LossOptions:
    """What cross_entropy takes beside logits and target, as it was given: whoever computes reads it."""
    cdef readonly object weight, sample_weight, ignore_index, reduction
    cdef readonly object label_smoothing, z_loss, softcap, axis

    def __cinit__(
        self, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
    ):
        self.weight, self.sample_weight = weight, sample_weight
        self.ignore_index, self.reduction, self.axis = ignore_index, reduction, axis
        self.label_smoothing, self.z_loss, self.softcap = label_smoothing, z_loss, softcap

    cpdef LossOptions with_weights(self, weight, sample_weight):
        """The same options but for these."""
        return LossOptions(
            weight, sample_weight, self.ignore_index, self.reduction, self.label_smoothing, self.z_loss,
            self.softcap, self.axis,
        )

    cdef int read_numbers(self, lg_cross_entropy *p) except -1:
        """Those that a gradient could be taken of; 0 for no softcap."""
        p.label_smoothing, p.z_loss, p.softcap = self.label_smoothing, self.z_loss, 0
        if not 0 <= p.label_smoothing <= 1:
            raise ValueError(f"label_smoothing must be from 0 to 1, found {self.label_smoothing}")
        if not 0 <= p.z_loss < INFINITY:
            raise ValueError(f"z_loss must be finite and not negative, found {self.z_loss}")
        if self.softcap is not None:
            p.softcap = self.softcap
            if not 0 < p.softcap < INFINITY:
                raise ValueError(f"softcap must be positive and finite, or None; found {self.softcap}")
        return 0


# Places for what a call that is made at once leaves: one that is noted needs places that last.
cdef struct loss_places:
    double[FEW_LOSSES] losses
    double[2] totals
    float value


def cross_entropy(
    logits, target, LossOptions options not None, grad=None, bint stats=False, bint target_grad=False,
    totals=None, bint number=False,
):
    """The loss, and what is asked for beside it: (loss, gradient, target's gradient, logsumexp, argmax).
    A mean or a sum is an array without axes, or NumPy's scalar for `number`.

    `grad` says where the gradient goes: True for a new array, an array, the logits themselves, or None.
    `totals` are given where these rows are some of those that a mean is taken over, with "none" as the
    reduction: those of loss_targets. The gradients are the mean's then.
    """
    cdef const lg_kernels *k
    cdef lg_cross_entropy p
    cdef loss_places here
    cdef float *value = &here.value
    cdef int classes, how = as_reduction(options.reduction), bad = 0
    cdef bint soft, given = grad is not None and grad is not True
    x = as_floats(logits, "logits")
    classes = class_axis(x, "logits", options.axis)
    memset(&p, 0, sizeof(p))
    options.read_numbers(&p)
    values, weight, sample_weight = read_target(
        options, x, classes, target, target_grad, &soft, &p.ignore_index
    )
    if given:
        check_out(grad, x, logits, target, options)
    if soft and (given or isinstance(x, Array)):
        check_probabilities(values)

    k = kernels_for(x)
    p.scale, p.bad_probs = 1, &bad
    p.weight, p.sample_weight = maybe_floats(weight), maybe_floats(sample_weight)
    if not soft:
        p.labels = <const int64_t *>reading(values)
    if grad is True:
        grad = new_in_order_of(x, strides_in(x)[classes] != sizeof(float))
    g, probs, probs_g = grad, values if soft else None, new_in_order_of(x) if target_grad else None
    if not place_scores(&p, classes, x, g, probs, probs_g):
        x = np.ascontiguousarray(x)
        g = None if g is None else new_like(x)
        probs = None if probs is None else np.ascontiguousarray(probs)
        probs_g = None if probs_g is None else new_like(x)
        place_scores(&p, classes, x, g, probs, probs_g)

    loss, losses = place_loss(&p, classes, x, how, number, &here, &value)
    lse = largest = None
    if stats:
        lse, largest = place_stats(&p, without_axis(x, classes))
    scratch = rows_scratch(x, &p.rows, &p.scratch, &p.threads)
    sums = place_totals(&p, k, x, how, soft, totals, &here)
    k.cross_entropy(&p)
    if how != NONE:
        k.reduce_losses(p.exact_loss, p.rows.outer * p.rows.inner, p.totals, value)
    if bad:
        check_probabilities(probs)
    if g is not grad:
        grad[...] = g
    if loss is None:
        loss = cnp.PyArray_ToScalar(value, FLOAT32)
    return loss, grad, probs_g, lse, largest


cdef tuple read_target(
    LossOptions options, object x, int classes, object target, bint target_grad, bint *soft, int64_t *ignored
):
    """Probabilities if they are `soft`, or labels, and weights, checked and of the kind of x: (target,
    weight, sample_weight)."""
    soft[0], ignored[0] = is_probabilities(target, x), -1
    if soft[0]:
        return as_probabilities(target, x), *read_soft(options, x, classes)
    if target_grad:
        raise ValueError("class indices have no gradient: the target's is for probabilities")
    return read_labels(
        x, classes, target, options.weight, options.sample_weight, options.ignore_index, ignored
    )


cdef bint place_scores(
    lg_cross_entropy *p, int classes, object x, object g, object probs, object probs_g
) except -1:
    """Says where these arrays are, those that are not None; false if the kernel cannot walk through them."""
    cdef lg_strides *at[4]
    cdef int count = 1
    cdef bint fits = strides_of(x, classes, &p.logits_at)
    rows_of(x, classes, &p.rows)
    at[0], p.logits = &p.logits_at, <const float *>reading(x)
    if g is not None:
        fits = strides_of(g, classes, &p.grad_at) and fits
        at[count], p.grad = &p.grad_at, data(g)
        count += 1
    if probs is not None:
        fits = strides_of(probs, classes, &p.probs_at) and fits
        at[count], p.probs = &p.probs_at, <const float *>reading(probs)
        count += 1
    if probs_g is not None:
        fits = strides_of(probs_g, classes, &p.probs_grad_at) and fits
        at[count], p.probs_grad = &p.probs_grad_at, data(probs_g)
        count += 1
    return fits and fit(&p.rows, at, count)


cdef tuple place_loss(
    lg_cross_entropy *p, int classes, object x, int how, bint number, loss_places *here, float **value
):
    """Says where the losses go: (the result, None if it is to be a scalar; what owns the rows' losses)."""
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    cdef bint noted = isinstance(x, Array)
    loss = losses = None
    if how == NONE:
        loss = new_shape(x, without_axis(x, classes))
        p.loss = data(loss)
        return loss, None
    p.exact_loss = here.losses
    if noted or N > FEW_LOSSES:
        losses = room(x, N * sizeof(double), <void **>&p.exact_loss)
    if noted or not number:
        loss = new_of(x, 0, NULL)
        value[0] = data(loss)
    return loss, losses


cdef tuple place_stats(lg_cross_entropy *p, tuple shape):
    """Says where these go: (logsumexp, argmax)."""
    lse, largest = empty(shape), np.empty(shape, np.int64)
    p.logsumexp, p.argmax = data(lse), <int64_t *>cnp.PyArray_DATA(<cnp.ndarray>largest)
    return lse, largest


cdef object place_totals(
    lg_cross_entropy *p, const lg_kernels *k, object x, int how, bint soft, object totals, loss_places *here
):
    """Says what a mean is divided by, as given or for these rows; what is returned owns it."""
    cdef double *sums = here.totals
    memory = None
    if totals is not None:
        sums[0], sums[1] = totals
    elif how == MEAN:
        if isinstance(x, Array):
            memory = room(x, 2 * sizeof(double), <void **>&sums)
        total_weight(p, k, soft, sums)
    else:
        return None
    p.totals = sums
    return memory


cdef void total_weight(lg_cross_entropy *p, const lg_kernels *k, bint soft, double *totals) noexcept:
    """What the mean of these rows is divided by."""
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    if soft:  # all rows count, and classes' weights are no part of the total
        k.total_weight(NULL, NULL, p.sample_weight, N, p.rows.C, -1, totals)
    else:
        k.total_weight(p.labels, p.weight, p.sample_weight, N, p.rows.C, p.ignore_index, totals)


def scaled(x, factor):
    """x, a float32 array, times the single number in an array."""
    if not isinstance(x, Array) and not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>x):
        return x * factor
    cdef const lg_kernels *k = kernels_for(x)
    y = new_like(x)
    k.scale(<const float *>reading(x), floats(factor, "factor"), size_of(x), data(y))
    return y


cdef tuple read_soft(LossOptions options, object x, int axis):
    """As read_labels, the weights alone, where the target holds probabilities."""
    weight, sample_weight, ignore_index = options.weight, options.sample_weight, options.ignore_index
    if dim(x, axis) == 0:
        raise ShapeError(f"there must be at least one class, found shape {shape_of(x)}")
    if index(ignore_index) >= 0:
        raise ValueError(
            f"ignore_index is {ignore_index}, but the target holds probabilities: it is for class indices"
        )
    if weight is not None:
        weight = as_weights(x, weight, "weight", (dim(x, axis),), "class")
    if sample_weight is not None:
        sample_weight = as_weights(x, sample_weight, "sample_weight", without_axis(x, axis), "row")
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


cdef int check_out(object out, object x, object logits, object target, LossOptions options) except -1:
    """Raises unless the gradient can be written to `out`: apart from all inputs, or over the logits."""
    if not isinstance(out, cnp.ndarray) or not is_native(<cnp.ndarray>out, cnp.NPY_FLOAT32):
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be an aligned float32 array, found {found}")
    if not cnp.PyArray_SAMESHAPE(<cnp.ndarray>out, <cnp.ndarray>x):
        raise ShapeError(f"out has shape {shape_of(out)}, the logits have {shape_of(x)}")
    writing(out, "out")
    if size_of(out) and shows_twice(ndim_of(out), dims_of(out), strides_in(out)):
        raise ValueError(f"elements of out overlap one another: its strides are {out.strides}")
    inputs = {"target": target, "weight": options.weight, "sample_weight": options.sample_weight}
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
