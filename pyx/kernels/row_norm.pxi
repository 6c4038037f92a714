# Normalization of rows: group, instance, layer and RMS norm (see csrc/kernels/row_norm.c).
#
# Uses: record/errors, shared/kinds, kernels/lanes, kernels/batch_norm.

@cython.final
@cython.no_gc  # it can be in no cycle
cdef class RowNorm:
    """What a normalization of rows is: of `groups` groups of channels of each image, or, where that is 0, of
    the last `axes` axes."""
    cdef readonly ptrdiff_t groups
    cdef readonly int axes
    cdef readonly double eps
    cdef readonly bint rms

    def __init__(self, ptrdiff_t groups, int axes, double eps, bint rms=False):
        self.groups, self.axes, self.eps, self.rms = groups, axes, eps, rms

    cdef int read(self, lg_row_norm *p, x, ptrdiff_t N) except -1:
        """Reads the shape of N images in lanes (B, C, H, W, n), or of an array if N is negative."""
        cdef int i, ndim = ndim_of(x), first
        cdef bint lanes = N >= 0
        if lanes:
            check_images(N, x)
            ndim = 4
        memset(p, 0, sizeof(lg_row_norm))
        p.N = N if lanes else dim(x, 0) if ndim else 1
        p.n = dim(x, 4) if lanes else 1
        p.groups = p.C = p.HW = 1
        p.rms, p.eps = self.rms, self.eps
        if self.groups:
            if ndim < 2 or self.groups < 0 or dim(x, 1) % self.groups:
                raise ShapeError(f"{self.groups} groups do not divide channels of shape {shape_of(x)}")
            p.groups, p.C = self.groups, dim(x, 1) // self.groups
            for i in range(2, ndim):
                p.HW *= dim(x, i)
            return 0
        first = ndim - self.axes
        if first < 0 or (lanes and first == 0):
            raise ShapeError(f"{self.axes} axes are not the last ones of shape {shape_of(x)}")
        p.shared = True
        for i in range(1, first):
            p.groups *= dim(x, i)
        for i in range(first, ndim):
            p.C *= dim(x, i)
        if first == 0:
            p.N = 1
        return 0


cdef const float *norm_weight(const lg_row_norm *p, array, str name) except? NULL:
    """The data of an array of the weights, or NULL for None."""
    if array is None:
        return NULL
    cdef const float *found = floats(array, name)
    if size_of(array) != row_norm_channels(p):
        raise ShapeError(f"{name} must have {row_norm_channels(p)} elements, got shape {shape_of(array)}")
    return found


cdef void without_weights(lg_row_norm *p) noexcept:
    """Rows whose elements are all treated alike."""
    p.HW *= p.C
    p.C = 1


def row_norm(x, N, RowNorm norm not None, weight, bias):
    """N images x (B, C, H, W, n), or an array if N is negative, normalised row by row, and the statistics
    (rows * 2, n) for the gradient."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_row_norm p
    cdef const float *x_ = floats(x, "input")
    norm.read(&p, x, N)
    cdef const float *weight_ = norm_weight(&p, weight, "weight")
    cdef const float *bias_ = norm_weight(&p, bias, "bias")
    if weight is None and bias is None:
        without_weights(&p)
    y = new_like(x)
    statistics = new_2d(x, ceil_div(p.N, p.n) * p.groups * 2, p.n, cnp.NPY_FLOAT64)
    cdef float *y_ = data(y)
    k.row_norm(&p, x_, weight_, bias_, y_, doubles(statistics))
    return y, statistics


cdef const double *norm_statistics(const lg_row_norm *p, statistics) except? NULL:
    check(statistics, "statistics", cnp.NPY_FLOAT64, "float64", 2)
    if shape_of(statistics) != (ceil_div(p.N, p.n) * p.groups * 2, p.n):
        raise ShapeError(f"these are no statistics of the input: shape {shape_of(statistics)}")
    return <const double *>reading(statistics)


def row_norm_backward(gy, x, N, RowNorm norm not None, statistics, weight):
    """The gradient of the input."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_row_norm p
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *x_ = floats(x, "input")
    same_shape(gy, "gradient", x, "input")
    norm.read(&p, x, N)
    cdef const float *weight_ = norm_weight(&p, weight, "weight")
    cdef const double *statistics_ = norm_statistics(&p, statistics)
    if weight is None:
        without_weights(&p)
    gx = new_like(x)
    k.row_norm_backward(&p, gy_, x_, statistics_, weight_, data(gx))
    return gx


def row_norm_backward_weight(gy, x, N, RowNorm norm not None, statistics):
    """The gradients of weight and bias, flat."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_row_norm p
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *x_ = floats(x, "input")
    same_shape(gy, "gradient", x, "input")
    norm.read(&p, x, N)
    cdef const double *statistics_ = norm_statistics(&p, statistics)
    cdef double *sums_
    sums = room(
        gy, row_norm_pieces(&p) * row_norm_sums(&p) * sizeof(double), <void **>&sums_
    )
    gw, gb = new_1d(gy, row_norm_channels(&p)), new_1d(gy, row_norm_channels(&p))
    cdef float *gw_ = data(gw)
    cdef float *gb_ = data(gb)
    k.row_norm_weight_sums(&p, gy_, x_, statistics_, sums_)
    k.row_norm_weight_totals(&p, sums_, gw_, gb_)
    return gw, gb


def row_norm_running(x, N, RowNorm norm not None, statistics, double momentum, running_mean, running_var):
    """Brings the mean over images of an instance norm's statistics of x into running_mean and running_var,
    either of which may be None."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_row_norm p
    cdef float *mean_ = NULL
    cdef float *var_ = NULL
    norm.read(&p, x, N)
    cdef const double *statistics_ = norm_statistics(&p, statistics)
    norm_weight(&p, running_mean, "running_mean")
    norm_weight(&p, running_var, "running_var")
    if running_mean is not None:
        mean_ = writeable_floats(running_mean, "running_mean")
    if running_var is not None:
        var_ = writeable_floats(running_var, "running_var")
    k.row_norm_running(&p, statistics_, momentum, mean_, var_)
