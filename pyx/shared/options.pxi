# Options that are one number or a pair, as layers take them and as kernels do.

def pair_option(value, str name, bint optional=False):
    """An option that is one whole number or two, as (height, width); maybe None if `optional`."""
    try:
        if isinstance(value, (tuple, list)):
            height, width = value if len(value) != 1 else (*value, *value)
        else:
            height = width = value
        if optional:
            return None if height is None else index(height), None if width is None else index(width)
        return index(height), index(width)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a whole number or a pair (height, width), found {value!r}"
        ) from None


def stride_option(stride, kernel):
    """A pooling's stride, which is the window's size where it is None or, as PyTorch takes too, empty."""
    return kernel if stride is None or stride == () else pair_option(stride, "stride")


cdef int pair(object values, str name, ptrdiff_t lowest, ptrdiff_t *h, ptrdiff_t *w) except -1:
    """Reads a pair (height, width) of whole numbers that are at least `lowest`, and so small that what is
    made of a few of them does not overflow."""
    try:
        h[0], w[0] = values
    except OverflowError:
        h[0] = lowest - 1
    if h[0] < lowest or w[0] < lowest or h[0] != <int32_t>h[0] or w[0] != <int32_t>w[0]:
        raise ValueError(f"{name} must be at least {lowest} and less than 2**31, got {tuple(values)}")
    return 0
