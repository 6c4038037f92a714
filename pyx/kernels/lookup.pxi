# Bytes to floats by a table (see csrc/kernels/lookup.c).
#
# Uses: record/errors, record/memory, record/lists, shared/kinds.

def lookup(images, index, table):
    """table[c, byte] for the bytes of channel c.

    images (any, C, H, W), index (N), table (C, 256) -> (N, C, H, W)
    """
    check(images, "images", cnp.NPY_UINT8, "uint8", 4)
    cdef const int64_t *index_ = int64s(index, "index", 1)
    cdef const float *table_ = floats(table, "table", 2)
    cdef const uint8_t *images_ = <const uint8_t *>cnp.PyArray_DATA(<cnp.ndarray>images)
    cdef ptrdiff_t N = dim(index, 0), C = dim(images, 1), H = dim(images, 2), W = dim(images, 3), i
    if dim(table, 0) != C or dim(table, 1) != 256:
        raise ShapeError(f"table must have shape {(C, 256)}, got {shape_of(table)}")
    for i in range(N):
        if index_[i] < 0 or index_[i] >= dim(images, 0):
            raise IndexError(f"index[{i}] is {index_[i]}, but there are {dim(images, 0)} images")
    cdef cnp.npy_intp[4] shape = [N, C, H, W]
    y = new_ndarray(4, shape)
    cdef float *y_ = data(y)
    lg_at_once.lookup(images_, index_, table_, N, C, H * W, y_)
    return y
