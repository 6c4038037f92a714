# What the last layer and the loss together need before the first chunk of logits.
#
# Uses: record/lists, shared/kinds, shared/rows, shared/targets, kernels/cross_entropy.

def loss_targets(shape, target, LossOptions options not None):
    """Checks all arguments of cross_entropy for logits of this shape, classes last, which are yet to come.

    Returns the target as an array, the options of cross_entropy for rows of those logits, with copies of the
    weights, and what "mean" divides by: (target, options, totals).
    """
    cdef double[2] totals = [0, 0]
    cdef lg_cross_entropy p
    cdef bint soft
    cdef cnp.ndarray x = np.broadcast_to(FLOAT32, shape)
    cdef int classes = class_axis(x, "logits", -1)
    memset(&p, 0, sizeof(p))
    as_reduction(options.reduction)
    options.read_numbers(&p)
    values, weight, sample_weight = read_target(options, x, classes, target, False, &soft, &p.ignore_index)
    if soft:
        values = np.ascontiguousarray(values)
        check_probabilities(values)
    else:
        p.labels = <const int64_t *>reading(values)
    rows_of(x, classes, &p.rows)
    p.weight, p.sample_weight = maybe_floats(weight), maybe_floats(sample_weight)
    total_weight(&p, &lg_at_once, soft, totals)
    of_rows = LossOptions(
        None if weight is None else np.array(weight),
        None if sample_weight is None else np.array(sample_weight).ravel(),
        p.ignore_index, "none", options.label_smoothing, options.z_loss, options.softcap, 1,
    )
    return values, of_rows, (totals[0], totals[1])
