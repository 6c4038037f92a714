# Pictures changed at random, each by a row of a table (see csrc/kernels/augment/). NumPy's arrays, at once.
#
# Uses: record/errors, record/memory, record/lists, shared/kinds.

PICTURE_PADDING = {
    "constant": LG_PAD_CONSTANT, "edge": LG_PAD_REPLICATE, "reflect": LG_PAD_REFLECT,
    "symmetric": LG_PAD_SYMMETRIC,
}


cdef lg_pictures pictures_of(images, size=None) except *:
    """The sizes of pictures of numbers (N, C, H, W)."""
    cdef lg_pictures p
    memset(&p, 0, sizeof(p))
    if not isinstance(images, np.ndarray) or images.dtype.kind not in "iuf":
        raise TypeError(f"images must be an array of numbers, got {getattr(images, 'dtype', type(images))}")
    if images.ndim != 4 or not images.flags.c_contiguous:
        raise ShapeError(f"images must be C-contiguous (N, C, H, W), got shape {shape_of(images)}")
    p.N, p.C, p.H, p.W = images.shape
    p.OH, p.OW = images.shape[2:] if size is None else size
    if p.OH < 0 or p.OW < 0 or not p.H * p.W and p.OH * p.OW:
        raise ShapeError(f"pictures of {p.H} x {p.W} cannot become {p.OH} x {p.OW}")
    p.itemsize = images.itemsize
    return p


cdef uint8_t *bytes_in(cnp.ndarray array):
    return <uint8_t *>cnp.PyArray_DATA(array)


cdef cnp.ndarray new_pictures(const lg_pictures *p, dtype):
    """Pictures (N, C, OH, OW), not initialised, in memory that is used again."""
    cdef cnp.npy_intp count = p.N * p.C * p.OH * p.OW, size = ceil_div(count * p.itemsize, sizeof(float))
    bytes_ = new_ndarray(1, &size).view(np.uint8)[:count * p.itemsize]
    return bytes_.view(dtype).reshape(p.N, p.C, p.OH, p.OW)


cdef const int64_t *table_of(table, str name, ptrdiff_t rows, ptrdiff_t columns) except? NULL:
    cdef const int64_t *numbers = int64s(table, name, 2)
    if dim(table, 0) != rows or dim(table, 1) != columns:
        raise ShapeError(f"{name} must have shape {(rows, columns)}, got {shape_of(table)}")
    return numbers


cdef const int64_t *boxes_of(box, const lg_pictures *p) except? NULL:
    """Top, left, bottom and right of a box within each picture."""
    cdef const int64_t *b = table_of(box, "box", p.N, 4)
    cdef ptrdiff_t i
    for i in range(p.N):
        if b[4 * i] < 0 or b[4 * i + 1] < 0 or b[4 * i + 2] > p.H or b[4 * i + 3] > p.W:
            raise IndexError(f"box[{i}] is {box[i].tolist()}, beyond a picture of {p.H} x {p.W}")
    return b


cdef cnp.ndarray fill_of(fill, images):
    """A value for each channel, of the pictures' dtype."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(fill).astype(images.dtype), images.shape[1:2]))


def draws(uint64_t key, ptrdiff_t stream, image, ptrdiff_t count):
    """Numbers from 0 to below 1 for pictures, image (N, 2) of numbers and how often each came before:
    (N, count) of float64, which depend on the key, the stream and the row of `image` alone."""
    cdef const int64_t *image_ = int64s(image, "image", 2)
    cdef ptrdiff_t N = dim(image, 0)
    table_of(image, "image", N, 2)
    cdef cnp.ndarray y = np.empty((N, count))
    lg_at_once.draws(key, stream, image_, N, count, <double *>cnp.PyArray_DATA(y))
    return y


def window(images, index, at, size, padding="constant", fill=0, table=None):
    """Windows (N, C, *size) of those of the pictures that index (N) names, at (N, 4): top, left, whether
    upside down, whether mirrored. With table (C, 256) bytes become the floats table[c, byte]."""
    cdef lg_pictures p = pictures_of(images, size)
    cdef const int64_t *index_ = int64s(index, "index", 1)
    cdef const float *table_ = NULL
    cdef cnp.ndarray filled, y
    cdef ptrdiff_t i, any_ = p.N
    p.N = dim(index, 0)
    cdef const int64_t *at_ = table_of(at, "at", p.N, 4)
    for i in range(p.N):
        if index_[i] < 0 or index_[i] >= any_:
            raise IndexError(f"index[{i}] is {index_[i]}, but there are {any_} images")
    if table is not None:
        check(images, "images", cnp.NPY_UINT8, "uint8", 4)
        table_ = floats(table, "table", 2)
        if dim(table, 0) != p.C or dim(table, 1) != 256:
            raise ShapeError(f"table must have shape {(p.C, 256)}, got {shape_of(table)}")
        p.itemsize = sizeof(float)
    filled = fill_of(fill, images)
    y = new_pictures(&p, images.dtype if table is None else np.float32)
    p.itemsize = images.itemsize
    p.padding = PICTURE_PADDING[padding]
    lg_at_once.window(&p, bytes_in(images), index_, at_, bytes_in(filled), table_, bytes_in(y))
    return y


def erase(images, box, fill=0):
    """Sets box (N, 4), top, left, bottom and right, of each picture to `fill`, in place."""
    cdef lg_pictures p = pictures_of(images)
    cdef cnp.ndarray filled = fill_of(fill, images)
    lg_at_once.erase(&p, boxes_of(box, &p), bytes_in(filled), bytes_in(images))


def mix(images, others, share, box):
    """share (N) of each picture of floats and the rest of another, but of that alone within box (N, 4)."""
    cdef lg_pictures p = pictures_of(images)
    cdef const float *a = floats(images, "images", 4)
    cdef const float *b = floats(others, "others", 4)
    cdef const float *share_ = floats(share, "share", 1)
    cdef const int64_t *box_ = boxes_of(box, &p)
    if shape_of(others) != shape_of(images) or dim(share, 0) != p.N:
        raise ShapeError(
            f"images, others and share must be (N, C, H, W) twice and (N,), got {shape_of(images)}, "
            f"{shape_of(others)} and {shape_of(share)}"
        )
    cdef cnp.ndarray y = new_pictures(&p, images.dtype)
    lg_at_once.mix(&p, a, b, share_, box_, <float *>cnp.PyArray_DATA(y))
    return y


def warp(images, map, bint bilinear, fill=0):
    """Pictures of bytes as map (N, 6) says where pixels come from (see csrc/kernels/augment/warp.c)."""
    cdef lg_pictures p = pictures_of(images)
    check(images, "images", cnp.NPY_UINT8, "uint8", 4)
    cdef const int64_t *map_ = table_of(map, "map", p.N, 6)
    cdef cnp.ndarray filled = fill_of(fill, images), y = new_pictures(&p, images.dtype)
    p.bilinear = bilinear
    lg_at_once.warp(&p, bytes_in(images), map_, bytes_in(filled), bytes_in(y))
    return y


def resized_crop(images, box, size):
    """Windows of pictures of bytes, box (N, 4) of top, left, height and width, resized to (N, C, *size)."""
    cdef lg_pictures p = pictures_of(images, size)
    check(images, "images", cnp.NPY_UINT8, "uint8", 4)
    corners = np.array(box)
    corners[:, 2:] += corners[:, :2]
    boxes_of(corners, &p)
    cdef const int64_t *box_ = table_of(box, "box", p.N, 4)
    if p.N and box[:, 2:].min() < 1:
        raise ShapeError("a window to be resized must have a pixel")
    y = new_pictures(&p, images.dtype)
    if not y.size:
        return y
    p.taps = 2 * max(ceil_div(p.H, p.OH), ceil_div(p.W, p.OW)) + 2
    scratch = np.empty((lg_get_num_threads(), (p.OW + p.OH) * (p.taps + 2) + p.OW), np.int32)
    lg_at_once.resized_crop(
        &p, bytes_in(images), box_, <int32_t *>cnp.PyArray_DATA(scratch), bytes_in(y)
    )
    return y


def jitter(images, factors, order):
    """Pictures of bytes with the brightness, contrast, saturation and hue that factors (N, 4) say, in this
    order (N, 4); NaN leaves one as it is."""
    cdef lg_pictures p = pictures_of(images)
    check(images, "images", cnp.NPY_UINT8, "uint8", 4)
    check(factors, "factors", cnp.NPY_FLOAT64, "float64", 2)
    cdef const int64_t *order_ = table_of(order, "order", p.N, 4)
    if shape_of(factors) != shape_of(order) or p.C not in (1, 3):
        raise ShapeError(
            f"images must have 1 or 3 channels, and factors a row of four for each, got "
            f"{shape_of(images)} and {shape_of(factors)}"
        )
    if p.N and not 0 <= order.min() <= order.max() < 4:
        raise IndexError("order must have numbers from 0 to 3")
    y = images.copy()
    lg_at_once.jitter(&p, <const double *>cnp.PyArray_DATA(factors), order_, bytes_in(y))
    return y
