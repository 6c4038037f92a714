# Clipping of gradients (see csrc/kernels/clip_grad.c).

def clip_grad_norm(list grads, double max_norm, double norm_type, bint error_if_nonfinite):
    """Scales gradients in place if their norm is more than max_norm; gives the norm before, shape ()."""
    if not max_norm >= 0:
        raise ValueError(f"max_norm must not be negative, got {max_norm}")
    if not norm_type > 0:
        raise ValueError(f"norm_type must be positive, 1, 2 or inf for instance, got {norm_type}")
    cdef ParamTable table = ParamTable()
    table.fill(grads, grads)
    table.note_arrays()
    cdef ptrdiff_t pieces = 0
    if table.count:
        pieces = lg_pieces(table.entries[table.count - 1].start + table.entries[table.count - 1].size)
    partial, norm = new_1d(2 * pieces), new_array(0, NULL)
    cdef double *partial_ = <double *>data(partial)
    cdef float *norm_ = data(norm)
    with nogil:
        lg.clip_grad_norm(table.entries, table.count, max_norm, norm_type, error_if_nonfinite, partial_, norm_)
    if error_if_nonfinite:
        escapes("it looks at the norm of its gradients: error_if_nonfinite")
    if error_if_nonfinite and not norm_[0] < INFINITY:
        raise RuntimeError(
            f"the norm of the gradients is {norm_[0]}, so they cannot be clipped: look for NaN or infinity, "
            "or scale them nonetheless with error_if_nonfinite=False"
        )
    return norm


def clip_grad_value(list grads, double clip_value):
    """Limits gradients to -clip_value ... clip_value, in place."""
    if not clip_value >= 0:
        raise ValueError(f"clip_value must not be negative, got {clip_value}")
    cdef ParamTable table = ParamTable()
    table.fill(grads, grads)
    table.note_arrays()
    with nogil:
        lg.clip_grad_value(table.entries, table.count, clip_value)
