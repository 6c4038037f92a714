# Functions of one element; arrays of any shape (see csrc/kernels/elementwise.c and activation.c).

ctypedef void (*unary_kernel)(const float *, ptrdiff_t, float *) noexcept nogil
ctypedef void (*binary_kernel)(const float *, const float *, ptrdiff_t, float *) noexcept nogil


cdef object unary(unary_kernel kernel, object x):
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        kernel(x_, size, y_)
    return y


cdef object binary(binary_kernel kernel, object a, str a_name, object b, str b_name):
    cdef const float *a_ = floats(a, a_name)
    cdef const float *b_ = floats(b, b_name)
    same_shape(a, a_name, b, b_name)
    y = new_like(b)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>b)
    with nogil:
        kernel(a_, b_, size, y_)
    return y


def add(a, b, out=None):
    """a + b, of one shape; over `out`, which may be a, if that is given."""
    cdef const float *a_ = floats(a, "input")
    cdef const float *b_ = floats(b, "other")
    same_shape(a, "input", b, "other")
    cdef float *y_
    if out is None:
        out = new_like(a)
        y_ = data(out)
    else:
        y_ = writeable_floats(out, "out")
        same_shape(out, "out", a, "input")
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>a)
    with nogil:
        lg.add(a_, b_, NULL, size, y_)
    return out


def mul(a, b):
    """a * b, of one shape."""
    return binary(lg.mul, a, "input", b, "other")


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
    return unary(lg.exp, x)


def log(x):
    """The natural logarithm of x."""
    return unary(lg.log, x)


def relu(x):
    """max(x, 0)."""
    return unary(lg.relu, x)


def relu_backward(gy, y):
    """The gradient of relu's input, from its output y."""
    return binary(lg.relu_backward, gy, "gradient", y, "output")


def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return unary(lg.sigmoid, x)


def sigmoid_backward(gy, y):
    """The gradient of sigmoid's input, from its output y."""
    return binary(lg.sigmoid_backward, gy, "gradient", y, "output")


def tanh(x):
    """The hyperbolic tangent."""
    return unary(lg.tanh, x)


def tanh_backward(gy, y):
    """The gradient of tanh's input, from its output y."""
    return binary(lg.tanh_backward, gy, "gradient", y, "output")


def silu(x):
    """x / (1 + exp(-x))."""
    return unary(lg.silu, x)


def silu_backward(gy, x):
    """The gradient of silu's input x."""
    return binary(lg.silu_backward, gy, "gradient", x, "input")


def gelu(x):
    """x times the normal distribution function of x."""
    return unary(lg.gelu, x)


def gelu_backward(gy, x):
    """The gradient of gelu's input x."""
    return binary(lg.gelu_backward, gy, "gradient", x, "input")


def gelu_tanh(x):
    """gelu's approximation with tanh."""
    return unary(lg.gelu_tanh, x)


def gelu_tanh_backward(gy, x):
    """The gradient of gelu_tanh's input x."""
    return binary(lg.gelu_tanh_backward, gy, "gradient", x, "input")


def leaky_relu(x, double slope):
    """x where it is positive, else slope * x."""
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    cdef float *y_ = data(y)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>x)
    with nogil:
        lg.leaky_relu(x_, slope, size, y_)
    return y


def leaky_relu_backward(gy, a, double slope):
    """The gradient of leaky_relu's input, from that or, unless the slope is negative, from its output."""
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *a_ = floats(a, "input")
    same_shape(gy, "gradient", a, "input")
    gx = new_like(a)
    cdef float *gx_ = data(gx)
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>a)
    with nogil:
        lg.leaky_relu_backward(gy_, a_, slope, size, gx_)
    return gx
