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


def add(a, b, out=None):
    """a + b, of one shape; over `out`, which may be a, if that is given."""
    cdef const float *a_ = floats(a, "input")
    cdef const float *b_ = floats(b, "other")
    same_shape(b, "other", a, "input")
    cdef float *y_
    if out is None:
        out = new_like(a)
        y_ = data(out)
    else:
        y_ = writeable_floats(out, "out")
        same_shape(out, "out", a, "input")
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>a)
    with nogil:
        lg.add(a_, b_, size, y_)
    return out


def mul(a, b):
    """a * b, of one shape."""
    cdef const float *a_ = floats(a, "input")
    cdef const float *b_ = floats(b, "other")
    same_shape(b, "other", a, "input")
    y = new_like(a)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>a)
    with nogil:
        lg.mul(a_, b_, size, y_)
    return y


def mul_scalar(x, double factor):
    """factor * x."""
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.mul_scalar(x_, factor, size, y_)
    return y


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
