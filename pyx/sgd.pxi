# One step of SGD (see csrc/kernels/sgd.c).

def sgd_step(
    param, grad, momentum_buffer, float lr, float momentum, float dampening, float weight_decay,
    bint nesterov, bint first_step, bint maximize=False,
):
    """Updates param, and momentum_buffer where there is one, in place."""
    cdef float *param_ = writeable_floats(param, "parameter")
    cdef const float *grad_ = floats(grad, "gradient")
    cdef float *buffer_ = NULL
    same_shape(grad, "gradient", param, "parameter")
    if momentum_buffer is not None:
        buffer_ = writeable_floats(momentum_buffer, "momentum buffer")
        same_shape(momentum_buffer, "momentum buffer", param, "parameter")
    cdef lg_sgd p
    p.lr, p.momentum, p.dampening, p.weight_decay = lr, momentum, dampening, weight_decay
    p.nesterov, p.first, p.maximize = nesterov, first_step, maximize
    cdef ptrdiff_t size = cnp.PyArray_SIZE(<cnp.ndarray>param)
    with nogil:
        lg.sgd_step(param_, grad_, buffer_, size, &p)
