# Sums of arrays of any shape (see csrc/kernels/elementwise.c). Other functions of one element are generated.
#
# Uses: shared/kinds.

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
