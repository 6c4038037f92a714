# Negative log-likelihood of class indices (see csrc/kernels/nll_loss.c).
#
# Uses: record/errors, shared/arrays, shared/kinds, shared/rows, shared/targets.

def nll_loss(
    log_probs, target, weight, sample_weight, ignore_index, reduction, axis, bint number=False
):
    """The loss of log-probabilities against labels of their shape without the axis of the classes: of each,
    or an array without axes, NumPy's scalar for `number`."""
    cdef const lg_kernels *k
    cdef lg_nll_loss p
    cdef double *totals_ = NULL
    cdef int how = as_reduction(reduction), classes
    scores = as_floats(log_probs, "log_probs")
    classes = class_axis(scores, "log_probs", axis)
    memset(&p, 0, sizeof(p))
    labels, weight, sample_weight = read_labels(
        scores, classes, target, weight, sample_weight, ignore_index, &p.ignore_index
    )
    if not strides_of(scores, classes, &p.at):
        scores = np.ascontiguousarray(scores)
        strides_of(scores, classes, &p.at)
    k = kernels_for(scores)
    rows_of(scores, classes, &p.rows)
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    p.log_probs, p.labels = <const float *>reading(scores), <const int64_t *>reading(labels)
    p.weight, p.sample_weight = maybe_floats(weight), maybe_floats(sample_weight)
    loss = new_of(scores, ndim_of(labels) if how == NONE else 0, dims_of(labels))
    cdef float *loss_ = data(loss)
    losses = totals = None
    if how == NONE:
        p.loss = loss_
    else:
        losses = room(scores, N * sizeof(double), <void **>&p.exact_loss)
    if how == MEAN:
        totals = room(scores, 2 * sizeof(double), <void **>&totals_)
        k.total_weight(p.labels, p.weight, p.sample_weight, N, p.rows.C, p.ignore_index, totals_)
    k.nll_loss(&p)
    if how != NONE:
        k.reduce_losses(p.exact_loss, N, totals_, loss_)
    return loss[()] if number else loss


def nll_loss_backward(grad, log_probs, target, weight, sample_weight, ignore_index, reduction, axis):
    """The gradient of log_probs, of which only the shape counts. `grad` is the loss's own gradient: a
    number, or for reduction "none" one a label."""
    cdef const lg_kernels *k
    cdef lg_nll_loss p
    cdef double *totals_ = NULL
    cdef int how = as_reduction(reduction), classes
    scores = as_floats(log_probs, "log_probs")
    classes = class_axis(scores, "log_probs", axis)
    memset(&p, 0, sizeof(p))
    labels, weight, sample_weight = read_labels(
        scores, classes, target, weight, sample_weight, ignore_index, &p.ignore_index
    )
    upstream = contiguous(grad) if isinstance(grad, Array) else contiguous_floats(grad, "grad")
    if how == NONE:
        same_shape(upstream, "grad", labels, "target")
    elif size_of(upstream) != 1:
        raise ShapeError(f"grad must be one number, as the loss is; found shape {shape_of(upstream)}")
    k = kernels_for(scores)
    gx = new_of(scores, ndim_of(scores), dims_of(scores))
    rows_of(scores, classes, &p.rows)
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    p.labels, p.weight, p.sample_weight = (
        <const int64_t *>reading(labels), maybe_floats(weight), maybe_floats(sample_weight)
    )
    strides_of(gx, classes, &p.at)
    p.grad, p.upstream, p.each = data(gx), <const float *>reading(upstream), how == NONE
    totals = None
    if how == MEAN:
        totals = room(scores, 2 * sizeof(double), <void **>&totals_)
        k.total_weight(p.labels, p.weight, p.sample_weight, N, p.rows.C, p.ignore_index, totals_)
        p.totals = totals_
    k.nll_loss_backward(&p)
    return gx
