# Pictures changed at random, each by a row of a table (see csrc/kernels/augment/). NumPy's arrays, at once;
# pkg/lanegrad/vision/_changes.py checks them, and makes the results.
#
# Uses: record/memory, record/lists, shared/kinds.

PICTURE_PADDING = {
    "constant": LG_PAD_CONSTANT, "edge": LG_PAD_REPLICATE, "reflect": LG_PAD_REFLECT,
    "symmetric": LG_PAD_SYMMETRIC,
}


cdef lg_pictures pictures_of(tuple sizes):
    """The members of the struct, in their order."""
    cdef lg_pictures p
    cdef ptrdiff_t i
    cdef ptrdiff_t *members = &p.N
    for i in range(<ptrdiff_t>(sizeof(p) // sizeof(ptrdiff_t))):
        members[i] = sizes[i]
    return p


cdef uint8_t *bytes_in(array):
    return NULL if array is None else <uint8_t *>cnp.PyArray_DATA(<cnp.ndarray?>array)


def draws(uint64_t key, ptrdiff_t stream, image, ptrdiff_t N, ptrdiff_t M, y):
    """y (N, M) of float64, from image (N, 2)."""
    lg_at_once.draws(key, stream, <const int64_t *>bytes_in(image), N, M, <double *>bytes_in(y))


def window(tuple sizes, x, index, at, fill, table, y):
    """y (N, C, OH, OW), from x (any, C, H, W), index (N), at (N, 4), fill (C) and table (C, 256) or None."""
    cdef lg_pictures p = pictures_of(sizes)
    lg_at_once.window(
        &p, bytes_in(x), <const int64_t *>bytes_in(index), <const int64_t *>bytes_in(at), bytes_in(fill),
        <const float *>bytes_in(table), bytes_in(y),
    )


def erase(tuple sizes, box, fill, y):
    """y (N, C, H, W) in place, by box (N, 4) and fill (C)."""
    cdef lg_pictures p = pictures_of(sizes)
    lg_at_once.erase(&p, <const int64_t *>bytes_in(box), bytes_in(fill), bytes_in(y))


def mix(tuple sizes, a, b, share, box, y):
    """y (N, C, H, W), from as large a and b, share (N) and box (N, 4)."""
    cdef lg_pictures p = pictures_of(sizes)
    lg_at_once.mix(
        &p, <const float *>bytes_in(a), <const float *>bytes_in(b), <const float *>bytes_in(share),
        <const int64_t *>bytes_in(box), <float *>bytes_in(y),
    )


def warp(tuple sizes, x, map, fill, y):
    """y (N, C, OH, OW), from x (N, C, H, W), map (N, 6) and fill (C)."""
    cdef lg_pictures p = pictures_of(sizes)
    lg_at_once.warp(&p, bytes_in(x), <const int64_t *>bytes_in(map), bytes_in(fill), bytes_in(y))


def resized_crop(tuple sizes, x, box, y):
    """y (N, C, OH, OW), from x (N, C, H, W) and box (N, 4)."""
    cdef lg_pictures p = pictures_of(sizes)
    cdef void *scratch
    cdef Storage held = room(
        x, threads_for(x) * ((p.OH + p.OW) * (p.taps + 2) + p.OW) * sizeof(int32_t), &scratch
    )
    lg_at_once.resized_crop(
        &p, bytes_in(x), <const int64_t *>bytes_in(box), <int32_t *>scratch, bytes_in(y)
    )


def jitter(tuple sizes, factors, order, y):
    """y (N, C, H, W) in place, by factors (N, 4) and order (N, 4)."""
    cdef lg_pictures p = pictures_of(sizes)
    lg_at_once.jitter(
        &p, <const double *>bytes_in(factors), <const int64_t *>bytes_in(order), bytes_in(y)
    )
