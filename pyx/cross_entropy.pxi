# Cross-entropy against class indices (see csrc/kernels/cross_entropy.c), and what nll_loss shares
# with it.

cdef struct Targets:
    const int64_t *labels  # (N,)
    const float *weight    # (C,), or NULL
    ptrdiff_t N, C
    int64_t ignore_index
    double total           # weight of the rows that count


cdef int check_targets(
    Targets *t, object target, object weight, object ignore_index, str reduction
) except -1:
    """Fills t, whose N and C are set; raises for targets, weights or a reduction that cannot be."""
    cdef ptrdiff_t bad = -1, i
    if reduction != "mean" and reduction != "sum" and reduction != "none":
        raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")
    if t.C == 0:
        raise ValueError(f"there must be at least one class, got shape ({t.N}, 0)")
    t.labels = int64s(target, "target", 1)
    t.ignore_index = ignore_index
    t.weight = NULL
    if dim(target, 0) != t.N:
        raise ValueError(
            f"target must have shape ({t.N},), one label a row, got {shape_of(target)}"
        )
    if weight is not None:
        t.weight = floats(weight, "weight", 1)
        if dim(weight, 0) != t.C:
            raise ValueError(
                f"weight must have shape ({t.C},), one a class, got {shape_of(weight)}"
            )
        for i in range(t.C):
            if not t.weight[i] >= 0:
                raise ValueError(
                    f"weight[{i}] is {t.weight[i]}: weights must not be negative or NaN"
                )
    with nogil:
        lg.scan_targets(t.labels, t.weight, t.N, t.C, t.ignore_index, &bad, &t.total)
    if bad >= 0:
        raise IndexError(
            f"target[{bad}] is {t.labels[bad]}, but there are {t.C} classes: "
            f"labels must be in 0..{t.C - 1}"
        )
    return 0


cdef object reduce_losses(object losses, str reduction, double total):
    """The losses, or their sum, or their sum over `total`."""
    cdef double sum = 0
    cdef ptrdiff_t size = dim(losses, 0)
    cdef float *losses_ = data(losses)
    if reduction == "none":
        return losses
    with nogil:
        lg.sum(losses_, size, &sum)
    if reduction == "mean":
        sum = sum / total
    return np.float32(sum)


def cross_entropy(logits, target, weight, ignore_index, str reduction, grad=None):
    """The loss of logits (N, C) against labels (N,). `grad`, an array of the logits' shape or the
    logits themselves, gets its gradient; for reduction "none", that of each row's own loss."""
    cdef const float *logits_ = floats(logits, "logits", 2)
    cdef float *grad_ = NULL
    cdef Targets t
    t.N, t.C = dim(logits, 0), dim(logits, 1)
    cdef ptrdiff_t apart
    if grad is not None:
        grad_ = writeable_floats(grad, "grad", 2)
        same_shape(grad, "grad", logits, "logits")
        apart = grad_ - logits_
        if apart != 0 and -t.N * t.C < apart < t.N * t.C:
            raise ValueError(
                "grad overlaps the logits: pass another array, or the logits themselves"
            )
    check_targets(&t, target, weight, ignore_index, reduction)
    losses = new_1d(t.N)
    cdef float *losses_ = data(losses)
    cdef double scale = 1 / t.total if reduction == "mean" else 1
    with nogil:
        lg.cross_entropy(
            logits_, t.labels, t.weight, t.N, t.C, t.ignore_index, scale, losses_, grad_
        )
    return reduce_losses(losses, reduction, t.total)
