# Batch normalization on lanes, or of rows (see csrc/kernels/batch_norm.c).
#
# Uses: record/errors, shared/kinds, kernels/lanes.

cdef int batch_norm_shape(lg_batch_norm *p, x, N) except -1:
    """Reads the shape (B, C, H, W, n) of the N images, or that of rows (N, C)."""
    memset(p, 0, sizeof(lg_batch_norm))
    p.N, p.C, p.HW, p.rows = N, dim(x, 1), 1, ndim_of(x) == 2
    if p.rows:
        p.n = images_side_by_side(p.N)
    else:
        p.HW, p.n = dim(x, 2) * dim(x, 3), dim(x, 4)
        check_images(p.N, x)
    p.count = <double>p.N * <double>p.HW
    return 0


cdef const float *channels(const lg_batch_norm *p, array, str name, bint writeable=False) except? NULL:
    """The data of an array of one number per channel, or NULL for None."""
    if array is None:
        return NULL
    check(array, name, cnp.NPY_FLOAT32, "float32", 1)
    if dim(array, 0) != p.C:
        raise ShapeError(f"{name} must have shape ({p.C},), got {shape_of(array)}")
    return <const float *>(writing(array, name) if writeable else reading(array))


cdef inline object new_doubles(object like, ptrdiff_t rows):
    """A float64 array (rows, 2), not initialised."""
    return new_2d(like, rows, 2, cnp.NPY_FLOAT64)


cdef inline double *doubles(object array):
    return <double *><void *>data(array)


def batch_norm(
    x, N, running_mean, running_var, weight, bias, bint training, momentum, double eps,
    num_batches_tracked=None, bint relu=False,
):
    """N images x (B, C, H, W, n), or rows (N, C), normalised channel by channel, and statistics (C, 2).

    In training the statistics are the batch's, and running_mean, running_var and num_batches_tracked are
    updated where they are given; momentum None means their cumulative average. Else they are running_mean
    and running_var. With `relu`, max(y, 0).
    """
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_batch_norm p
    cdef const float *x_ = floats(x, "input", 2 if ndim_of(x) == 2 else 5)
    batch_norm_shape(&p, x, N)
    p.training, p.relu, p.eps = training, relu, eps
    p.cumulative = momentum is None
    p.momentum = 0.0 if momentum is None else momentum
    cdef float *mean_
    cdef float *var_
    cdef const float *weight_ = channels(&p, weight, "weight")
    cdef const float *bias_ = channels(&p, bias, "bias")
    cdef int64_t *tracked_ = NULL
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must be given together or not at all")
    if num_batches_tracked is not None:
        check(num_batches_tracked, "num_batches_tracked", cnp.NPY_INT64, "int64", 0)
    if training:
        if p.count == 1:
            raise ShapeError(
                f"more than one value per channel is needed in training, got {p.N} image of {p.HW} pixel"
            )
        if not eps > 0:
            raise ValueError(f"eps must be positive in training, got {eps}")
        if p.cumulative and running_mean is not None and num_batches_tracked is None:
            raise ValueError("momentum=None needs num_batches_tracked")
    else:
        if running_mean is None:
            raise ValueError("running_mean and running_var are needed in evaluation")
        if not eps >= 0:
            raise ValueError(f"eps must not be negative, got {eps}")
    y = new_like(x)
    statistics = new_doubles(x, p.C)
    mean_ = <float *>channels(&p, running_mean, "running_mean", training)
    var_ = <float *>channels(&p, running_var, "running_var", training)
    if num_batches_tracked is not None:
        tracked_ = <int64_t *>writing(num_batches_tracked, "num_batches_tracked")
    cdef float *y_ = data(y)
    cdef double *statistics_ = doubles(statistics)
    cdef double *moments_
    moments = room(
        x, ceil_div(p.N, p.n) * p.C * 2 * sizeof(double) if training else 0, <void **>&moments_
    )
    if training:
        k.batch_norm_moments(&p, x_, moments_)
    k.batch_norm_statistics(&p, moments_, mean_, var_, tracked_, statistics_)
    k.batch_norm(&p, x_, statistics_, weight_, bias_, NULL, y_)
    return y, statistics


def batch_norm_backward(
    gy, x, N, statistics, weight, bias, bint training, bint relu=False, bint input_needed=True
):
    """The gradients of input (None unless it is needed), weight and bias.

    `bias` matters only with `relu`.
    """
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_batch_norm p
    cdef const float *gy_ = floats(gy, "gradient", 2 if ndim_of(gy) == 2 else 5)
    cdef const float *x_ = floats(x, "input", 2 if ndim_of(x) == 2 else 5)
    same_shape(gy, "gradient", x, "input")
    batch_norm_shape(&p, x, N)
    p.training, p.relu = training, relu
    check(statistics, "statistics", cnp.NPY_FLOAT64, "float64", 2)
    if shape_of(statistics) != (p.C, 2):
        raise ShapeError(f"statistics must have shape ({p.C}, 2), got {shape_of(statistics)}")
    cdef const float *weight_ = channels(&p, weight, "weight")
    cdef const float *bias_ = channels(&p, bias, "bias")
    gw, gb = new_1d(gy, p.C), new_1d(gy, p.C)
    gx = new_like(x) if input_needed else None
    cdef float *gw_ = data(gw)
    cdef float *gb_ = data(gb)
    cdef float *gx_ = data(gx) if input_needed else NULL
    cdef const double *statistics_ = <const double *>reading(statistics)
    cdef double *sums_
    cdef double *totals_
    sums = room(gy, ceil_div(p.N, p.n) * p.C * 2 * sizeof(double), <void **>&sums_)
    totals = room(gy, p.C * 2 * sizeof(double), <void **>&totals_)
    k.batch_norm_sums(&p, gy_, x_, statistics_, weight_, bias_, sums_)
    k.batch_norm_totals(&p, sums_, statistics_, totals_, gw_, gb_)
    if gx_ != NULL:
        k.batch_norm_backward(&p, gy_, x_, statistics_, totals_, weight_, bias_, gx_)
    return gx, gw, gb
