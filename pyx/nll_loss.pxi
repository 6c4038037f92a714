# Negative log-likelihood of class indices (see csrc/kernels/nll_loss.c).

def nll_loss(log_probs, target, weight, ignore_index, str reduction):
    """The loss of log-probabilities (N, C) against labels (N,)."""
    cdef const float *log_probs_ = floats(log_probs, "log_probs", 2)
    cdef Targets t
    t.N, t.C = dim(log_probs, 0), dim(log_probs, 1)
    check_targets(&t, target, weight, ignore_index, reduction)
    losses = new_1d(t.N)
    cdef float *losses_ = data(losses)
    with nogil:
        lg.nll_loss(log_probs_, t.labels, t.weight, t.N, t.C, t.ignore_index, losses_)
    return reduce_losses(losses, reduction, t.total)


def nll_loss_backward(shape, target, weight, ignore_index, str reduction, g):
    """The gradient of log-probabilities of this shape; g is the loss's own gradient: a number, or
    for reduction "none" one a row, an array (N,)."""
    cdef Targets t
    t.N, t.C = shape
    check_targets(&t, target, weight, ignore_index, reduction)
    cdef const float *g_ = NULL
    cdef double scale = 1
    if reduction == "none":
        g_ = floats(g, "gradient", 1)
        same_shape(g, "gradient", target, "target")
    else:
        scale = g
        if reduction == "mean":
            scale = scale / t.total
    grad = new_2d(t.N, t.C)
    cdef float *grad_ = data(grad)
    with nogil:
        lg.nll_loss_backward(t.labels, t.weight, t.N, t.C, t.ignore_index, scale, g_, grad_)
    return grad
