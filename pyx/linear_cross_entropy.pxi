# What the last layer and the loss together need before the first block of logits.

def loss_targets(
    shape, target, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap
):
    """Checks all arguments of cross_entropy for logits of this shape, classes last, which are yet to come.

    Returns the target and the weights as arrays for cross_entropy to take rows of, ignore_index for that
    target, and what "mean" divides by: (target, weight, sample_weight, ignore_index, totals).
    """
    cdef lg_cross_entropy p
    cdef double[2] totals
    cdef cnp.ndarray x = np.broadcast_to(FLOAT32, shape)
    cdef int classes = class_axis(x, "logits", -1)
    as_reduction(reduction)
    read_options(label_smoothing, z_loss, softcap)
    rows_of(x, classes, &p.rows)
    if is_probabilities(target, x):
        target = contiguous_floats(target, "target")
        weight, sample_weight = read_soft(
            &p, x, weight, sample_weight, ignore_index, classes, totals
        )
        check_probabilities(target)
    else:
        target, weight, sample_weight = read_labels(
            x, classes, target, weight, sample_weight, ignore_index,
            &p.labels, &p.weight, &p.sample_weight, &p.ignore_index, totals,
        )
        ignore_index = p.ignore_index
    return target, weight, sample_weight, ignore_index, (totals[0], totals[1])
