# Functions of one element; arrays of any shape (see csrc/kernels/elementwise.c and activation.c).
#
# Uses: shared/kinds.

ctypedef void (*unary_kernel)(const float *, ptrdiff_t, float *) noexcept nogil
ctypedef void (*binary_kernel)(const float *, const float *, ptrdiff_t, float *) noexcept nogil


cdef object unary(unary_kernel kernel, object x):
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    kernel(x_, size_of(x), data(y))
    return y


cdef object binary(binary_kernel kernel, object a, str a_name, object b, str b_name):
    cdef const float *a_ = floats(a, a_name)
    cdef const float *b_ = floats(b, b_name)
    same_shape(a, a_name, b, b_name)
    y = new_like(b)
    kernel(a_, b_, size_of(b), data(y))
    return y


def add(a, b, out=None):
    """a + b, of one shape; over `out`, which may be a, if that is given."""
    cdef const lg_kernels *k = kernels_for(a)
    cdef const float *a_ = floats(a, "input")
    cdef const float *b_ = floats(b, "other")
    same_shape(a, "input", b, "other")
    cdef float *y_
    if out is None:
        out = new_like(a)
        y_ = data(out)
    else:
        same_shape(out, "out", a, "input")
        y_ = writeable_floats(out, "out")
    k.add(a_, b_, NULL, size_of(a), y_)
    return out


def mul(a, b):
    """a * b, of one shape."""
    return binary(kernels_for(a).mul, a, "input", b, "other")


def mul_scalar(x, double factor):
    """factor * x."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    k.mul_scalar(x_, factor, size_of(x), data(y))
    return y


def exp(x):
    """e to the power of x."""
    return unary(kernels_for(x).exp, x)


def log(x):
    """The natural logarithm of x."""
    return unary(kernels_for(x).log, x)


def relu(x):
    """max(x, 0)."""
    return unary(kernels_for(x).relu, x)


def relu_backward(gy, y):
    """The gradient of relu's input, from its output y."""
    return binary(kernels_for(gy).relu_backward, gy, "gradient", y, "output")


def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return unary(kernels_for(x).sigmoid, x)


def sigmoid_backward(gy, y):
    """The gradient of sigmoid's input, from its output y."""
    return binary(kernels_for(gy).sigmoid_backward, gy, "gradient", y, "output")


def tanh(x):
    """The hyperbolic tangent."""
    return unary(kernels_for(x).tanh, x)


def tanh_backward(gy, y):
    """The gradient of tanh's input, from its output y."""
    return binary(kernels_for(gy).tanh_backward, gy, "gradient", y, "output")


def silu(x):
    """x / (1 + exp(-x))."""
    return unary(kernels_for(x).silu, x)


def silu_backward(gy, x):
    """The gradient of silu's input x."""
    return binary(kernels_for(gy).silu_backward, gy, "gradient", x, "input")


def gelu(x):
    """x times the normal distribution function of x."""
    return unary(kernels_for(x).gelu, x)


def gelu_backward(gy, x):
    """The gradient of gelu's input x."""
    return binary(kernels_for(gy).gelu_backward, gy, "gradient", x, "input")


def gelu_tanh(x):
    """gelu's approximation with tanh."""
    return unary(kernels_for(x).gelu_tanh, x)


def gelu_tanh_backward(gy, x):
    """The gradient of gelu_tanh's input x."""
    return binary(kernels_for(gy).gelu_tanh_backward, gy, "gradient", x, "input")


def leaky_relu(x, double slope):
    """x where it is positive, else slope * x."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef const float *x_ = floats(x, "input")
    y = new_like(x)
    k.leaky_relu(x_, slope, size_of(x), data(y))
    return y


def leaky_relu_backward(gy, a, double slope):
    """The gradient of leaky_relu's input, from that or, unless the slope is negative, from its output."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef const float *gy_ = floats(gy, "gradient")
    cdef const float *a_ = floats(a, "input")
    same_shape(gy, "gradient", a, "input")
    gx = new_like(a)
    k.leaky_relu_backward(gy_, a_, slope, size_of(a), data(gx))
    return gx
