# What the last layer and the loss together need before the first block of logits.

def loss_targets(
    shape, target, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap
):
    """Checks all arguments of cross_entropy for logits of this shape, classes last, which are yet to come.

    Returns the target and the weights as arrays for cross_entropy to take rows of, ignore_index for that
    target, and what "mean" divides by: (target, weight, sample_weight, ignore_index, totals).
    """
    cdef lg_cross_entropy p
    cdef double total = 0, samples = 0
    cdef cnp.ndarray x = np.broadcast_to(FLOAT32, shape)
    cdef int classes = class_axis(x, "logits", -1)
    as_reduction(reduction)
    read_options(label_smoothing, z_loss, softcap)
    rows_of(x, classes, &p.rows)
    if is_probabilities(target, x):
        target = contiguous_floats(target, "target")
        weight, sample_weight = read_soft(
            &p, x, weight, sample_weight, ignore_index, classes, &total
        )
        samples = total
        check_probabilities(target)
    else:
        target, weight, sample_weight = read_labels(
            x, classes, target, weight, sample_weight, ignore_index,
            &p.labels, &p.weight, &p.sample_weight, &p.ignore_index, &total, &samples,
        )
        ignore_index = p.ignore_index
    return target, weight, sample_weight, ignore_index, (total, samples)
