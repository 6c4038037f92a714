# What the last layer and the loss together need before the first chunk of logits.
#
# Uses: record/lists, shared/kinds, shared/rows, shared/targets, kernels/cross_entropy.

def loss_targets(
    shape, target, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap
):
    """Checks all arguments of cross_entropy for logits of this shape, classes last, which are yet to come.

    Returns the target and the weights as arrays for cross_entropy to take rows of, ignore_index for that
    target, and what "mean" divides by: (target, weight, sample_weight, ignore_index, totals).
    """
    cdef double[2] totals = [0, 0]
    cdef lg_rows rows
    cdef cnp.ndarray x = np.broadcast_to(FLOAT32, shape)
    cdef int classes = class_axis(x, "logits", -1)
    as_reduction(reduction)
    read_options(label_smoothing, z_loss, softcap)
    rows_of(x, classes, &rows)
    cdef ptrdiff_t N = rows.outer * rows.inner
    if is_probabilities(target, x):
        target = contiguous_floats(target, "target")
        weight, sample_weight = read_soft(x, weight, sample_weight, ignore_index, classes)
        check_probabilities(target)
        lg_at_once.total_weight(NULL, NULL, maybe_floats(sample_weight), N, -1, totals)
    else:
        target, weight, sample_weight, ignore_index = read_labels(
            x, classes, target, weight, sample_weight, ignore_index
        )
        lg_at_once.total_weight(
            <const int64_t *>reading(target), maybe_floats(weight), maybe_floats(sample_weight), N,
            ignore_index, totals,
        )
    return target, weight, sample_weight, ignore_index, (totals[0], totals[1])
