# Functions of one element; arrays of any shape (see csrc/kernels/elementwise.c).

def relu(x):
    """max(x, 0)."""
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.relu(x_, size, y_)
    return y


def relu_backward(gy, y):
    """The gradient of relu's input, from its output y."""
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *y_ = floats(y, "output")
    same_shape(gy, "gradient", y, "output")
    gx = new_like(y)
    cdef float *gx_ = data(gx)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>y)
    with nogil:
        lg.relu_backward(gy_, y_, size, gx_)
    return gx


def exp(x):
    """e to the power of x."""
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.exp(x_, size, y_)
    return y


def log(x):
    """The natural logarithm of x."""
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.log(x_, size, y_)
    return y
