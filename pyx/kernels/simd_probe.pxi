# The functions of csrc/simd for the tests (see csrc/kernels/probes/simd_probe.c).
#
# Uses: record/lists, shared/kinds.

def simd_names():
    """The names that `simd` knows, in order."""
    cdef const char *name = NULL
    names = []
    while True:
        lg_at_once.simd_probe(<int>len(names), 0, NULL, NULL, NULL, 0, NULL, &name)
        if name == NULL:
            return names
        names.append(name.decode())


def simd(name, a, b=None, c=None, int k=0):
    """A function of csrc/simd over arrays, sixteen elements at a time (64 for the transposes)."""
    names = simd_names()
    if name not in names:
        raise ValueError(f"no function {name!r}: there are {', '.join(names)}")
    if not 0 <= k <= 16:
        raise ValueError(f"k must be in 0..16, got {k}")
    b = a if b is None else b
    c = a if c is None else c
    cdef const float *a_ = floats(a, "a", 1)
    cdef const float *b_ = floats(b, "b", 1)
    cdef const float *c_ = floats(c, "c", 1)
    same_shape(a, "a", b, "b")
    same_shape(a, "a", c, "c")
    cdef ptrdiff_t size = dim(a, 0), step = 64 if name.endswith("_t4") else 16
    if size % step != 0:
        raise ValueError(f"the size must be a multiple of {step}, got {size}")
    out = new_1d(None, size)
    cdef float *out_ = data(out)
    cdef const char *found = NULL
    cdef int op = names.index(name)
    lg_at_once.simd_probe(op, size, a_, b_, c_, k, out_, &found)
    return out
