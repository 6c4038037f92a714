# The loops that measure the machine (see csrc/kernels/probes/peak.c).
#
# Uses: record/lists, shared/kinds.

FMA_LOOP_FLOPS = 32 * LG_PEAK_FMAS
"""Operations in a round of `fma_loop`."""


def fma_loop(ptrdiff_t rounds):
    """Fused multiply-adds in registers, FMA_LOOP_FLOPS a round; returns what each round came to."""
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    y = new_2d(None, rounds, 16)
    cdef float *y_ = data(y)
    lg_at_once.fma_loop(rounds, y_)
    return y


def copy_loop(x, y):
    """Copies x to y."""
    cdef const float *x_ = floats(x, "source")
    cdef float *y_ = writeable_floats(y, "destination")
    same_shape(x, "source", y, "destination")
    cdef ptrdiff_t size = size_of(x)
    lg_at_once.copy_loop(x_, size, y_)
