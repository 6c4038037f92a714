# Negative log-likelihood of class indices (see csrc/kernels/nll_loss.c).

cdef object read_nll(
    lg_nll_loss *p, cnp.ndarray scores, target, weight, sample_weight, ignore_index, object axis, double *total
):
    """Fills what the two kernels share; gives what owns the memory, and the labels first of it."""
    cdef int classes = class_axis(scores, "log_probs", axis)
    cdef double[2] totals
    rows_of(scores, classes, &p.rows)
    labels = read_labels(
        scores, classes, target, weight, sample_weight, ignore_index,
        &p.labels, &p.weight, &p.sample_weight, &p.ignore_index, totals,
    )
    total[0] = totals[0]
    if not strides_of(scores, classes, &p.at):
        scores = np.ascontiguousarray(scores)
        strides_of(scores, classes, &p.at)
    p.log_probs = data(scores)
    return labels, scores


def nll_loss(log_probs, target, weight, sample_weight, ignore_index, reduction, axis):
    """The loss of log-probabilities against labels of their shape without the axis of the classes."""
    cdef lg_nll_loss p
    cdef double total = 0, sum = 0
    cdef int how = as_reduction(reduction)
    kept = read_nll(
        &p, as_floats(log_probs, "log_probs"), target, weight, sample_weight, ignore_index, axis, &total
    )
    labels = kept[0][0]
    losses = new_like(labels)
    p.loss = data(losses)
    cdef ptrdiff_t N = p.rows.outer * p.rows.inner
    with nogil:
        lg.nll_loss(&p)
        lg.sum(p.loss, N, &sum)
    return losses if how == NONE else reduced(sum, how, total)


def nll_loss_backward(grad, log_probs, target, weight, sample_weight, ignore_index, reduction, axis):
    """The gradient of log_probs, of which only the shape counts. `grad` is the loss's own gradient: a
    number, or for reduction "none" one a label."""
    cdef lg_nll_loss p
    cdef double total = 0
    cdef int how = as_reduction(reduction)
    gx = np.zeros_like(as_floats(log_probs, "log_probs"), order="C")
    kept = read_nll(&p, gx, target, weight, sample_weight, ignore_index, axis, &total)
    labels = kept[0][0]
    upstream = contiguous_floats(grad, "grad")
    p.grad, p.upstream, p.scale = data(gx), NULL, 1
    if how == NONE:
        same_shape(upstream, "grad", labels, "target")
        p.upstream = data(upstream)
    elif upstream.size == 1:
        p.scale = upstream.item()
        if how == MEAN:
            p.scale /= total
    else:
        raise ValueError(f"grad must be one number, as the loss is; found shape {shape_of(upstream)}")
    with nogil:
        lg.nll_loss_backward(&p)
    return gx
