# Negative log-likelihood of class indices (see csrc/kernels/nll_loss.c).

cdef object read_nll(
    lg_nll_loss *p, cnp.ndarray scores, target, weight, sample_weight, ignore_index, object axis, double *totals
):
    """Fills what the two kernels share; gives what owns the memory, and the labels first of it."""
    cdef int classes = class_axis(scores, "log_probs", axis)
    memset(p, 0, sizeof(lg_nll_loss))
    rows_of(scores, classes, &p.rows)
    labels = read_labels(
        scores, classes, target, weight, sample_weight, ignore_index,
        &p.labels, &p.weight, &p.sample_weight, &p.ignore_index, totals,
    )
    if not strides_of(scores, classes, &p.at):
        scores = np.ascontiguousarray(scores)
        strides_of(scores, classes, &p.at)
    p.log_probs = data(scores)
    return labels, scores


def nll_loss(
    log_probs, target, weight, sample_weight, ignore_index, reduction, axis, bint number=False
):
    """The loss of log-probabilities against labels of their shape without the axis of the classes: of each,
    or an array without axes, NumPy's scalar for `number`."""
    cdef lg_nll_loss p
    cdef int how = as_reduction(reduction)
    cdef Block totals = new_block(2 * sizeof(double))
    cdef Block losses = None
    cdef double *totals_ = <double *>totals.memory
    kept = read_nll(
        &p, as_floats(log_probs, "log_probs"), target, weight, sample_weight, ignore_index, axis, totals_
    )
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    loss = new_like(kept[0][0]) if how == NONE else new_array(0, NULL)
    cdef float *loss_ = data(loss)
    if how == NONE:
        p.loss = loss_
    else:
        losses = new_block(N * sizeof(double))
        p.exact_loss = <double *>losses.memory
    with nogil:
        lg.nll_loss(&p)
        if how != NONE:
            lg.reduce_losses(p.exact_loss, N, totals_ if how == MEAN else NULL, loss_)
    return loss[()] if number else loss


def nll_loss_backward(grad, log_probs, target, weight, sample_weight, ignore_index, reduction, axis):
    """The gradient of log_probs, of which only the shape counts. `grad` is the loss's own gradient: a
    number, or for reduction "none" one a label."""
    cdef lg_nll_loss p
    cdef int how = as_reduction(reduction)
    cdef Block totals = new_block(2 * sizeof(double))
    gx = empty(shape_of(as_floats(log_probs, "log_probs")))
    kept = read_nll(
        &p, gx, target, weight, sample_weight, ignore_index, axis, <double *>totals.memory
    )
    upstream = contiguous_floats(grad, "grad")
    if how == NONE:
        same_shape(upstream, "grad", kept[0][0], "target")
    elif upstream.size != 1:
        raise ValueError(f"grad must be one number, as the loss is; found shape {shape_of(upstream)}")
    p.grad, p.upstream, p.each = data(gx), data(upstream), how == NONE
    p.log_probs = NULL
    if how == MEAN:
        p.totals = <double *>totals.memory
    with nogil:
        lg.nll_loss_backward(&p)
    return gx
