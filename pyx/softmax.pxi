# softmax and log_softmax along the rows of 2-D arrays (see csrc/kernels/softmax.c).

def softmax(x):
    """exp(x) / sum(exp(x)) of each row."""
    cdef const float *x_ = floats(x, "input", 2)
    cdef ptrdiff_t N = dim(x, 0), C = dim(x, 1)
    y = new_like(x)
    cdef float *y_ = data(y)
    with nogil:
        lg.softmax(x_, N, C, y_)
    return y


def log_softmax(x):
    """x - log(sum(exp(x))) of each row."""
    cdef const float *x_ = floats(x, "input", 2)
    cdef ptrdiff_t N = dim(x, 0), C = dim(x, 1)
    y = new_like(x)
    cdef float *y_ = data(y)
    with nogil:
        lg.log_softmax(x_, N, C, y_)
    return y


def softmax_backward(gy, y):
    """The gradient of softmax's input, from its output y."""
    cdef const float *gy_ = floats(gy, "gradient", 2)
    cdef const float *y_ = floats(y, "output", 2)
    same_shape(gy, "gradient", y, "output")
    cdef ptrdiff_t N = dim(y, 0), C = dim(y, 1)
    gx = new_like(y)
    cdef float *gx_ = data(gx)
    with nogil:
        lg.softmax_backward(gy_, y_, N, C, gx_)
    return gx


def log_softmax_backward(gy, y):
    """The gradient of log_softmax's input, from its output y."""
    cdef const float *gy_ = floats(gy, "gradient", 2)
    cdef const float *y_ = floats(y, "output", 2)
    same_shape(gy, "gradient", y, "output")
    cdef ptrdiff_t N = dim(y, 0), C = dim(y, 1)
    gx = new_like(y)
    cdef float *gx_ = data(gx)
    with nogil:
        lg.log_softmax_backward(gy_, y_, N, C, gx_)
    return gx
