# Arrays: what tensors hold. An array is a storage and where its elements are in it; views of one
# memory are several arrays of one storage. What is in it may still have to be computed (see
# record/lists.pxi), and so NumPy gets to see it through `array()` alone, which sees to that.
#
# Uses: record/errors, record/memory, record/lists.

cdef dict descriptors = {}
cast_copy = np.errstate(over="ignore")(np.array)  # what is too large becomes infinite, as in PyTorch


cdef object dtype_of(int type_number):
    descriptor = descriptors.get(type_number)
    if descriptor is None:
        descriptor = descriptors[type_number] = cnp.PyArray_DescrFromType(type_number)
    return descriptor


@cython.final
@cython.no_gc
@cython.freelist(64)
cdef class Outside:
    """The base of an array of NumPy's that shows a storage: as long as it is there, others may touch that."""
    cdef Storage storage

    def __dealloc__(self):
        self.storage.outside -= 1


@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class Array:
    """Elements in a storage.

    Images may stand side by side in lanes: N of them as float32 (ceil(N / n), C, H, W, n), where lane l of
    block b is image b * n + l, and n depends on N alone. `batch` is N then, else -1. Lanes beyond N hold
    zeros in gradients and any finite values in activations.
    """
    cdef Storage storage
    cdef ptrdiff_t offset  # bytes from the storage's start to the first element
    cdef int type, ndim, itemsize
    cdef readonly bint contiguous  # C-contiguous
    cdef readonly ptrdiff_t batch
    cdef bint replaced       # its tensor has another now, for it was changed in place
    cdef bint kept_alone     # saved by an op for which that is no matter, since PyTorch's saves another thing
    cdef cnp.npy_intp *dims   # sizes,
    cdef cnp.npy_intp *strides  # and bytes from one element to the next
    cdef cnp.npy_intp[2 * FEW_AXES] few  # where both are, but for arrays of more axes
    cdef object __weakref__

    def __dealloc__(self):
        if self.dims != self.few:
            free(self.dims)

    @property
    def shape(self):
        """The shape; that of the images, (N, C, H, W), if they are in lanes."""
        if self.batch >= 0:
            return self.batch, self.dims[1], self.dims[2], self.dims[3]
        return sizes_of(self)

    @property
    def dtype(self):
        return dtype_of(self.type)

    @property
    def ndim(self):
        return 4 if self.batch >= 0 else self.ndim

    @property
    def size(self):
        """The number of elements."""
        cdef ptrdiff_t size = self.batch * self.dims[1] * self.dims[2] * self.dims[3]
        return size if self.batch >= 0 else elements(self)

    @property
    def sides(self):
        """Height and width of images, in lanes or not, or of kernels."""
        return self.dims[2], self.dims[3]

    @property
    def in_lanes(self):
        return self.batch >= 0

    @property
    def outside(self):
        """Whether others may touch the memory at any moment."""
        return self.storage.outside > 0

    @property
    def alone(self):
        """Whether no other array, of a tensor or of NumPy's, shows the same memory."""
        cdef Storage storage = self.storage  # a second reference
        return storage.outside == 0 and Py_REFCNT(storage) - storage.lists == 2

    @property
    def version(self):
        return self.storage.version + self.replaced  # another when elements were changed or taken away

    def alias(self):
        """Another array of the same elements."""
        cdef Array y = like_view(self, self.ndim)
        if self.batch >= 0:
            raise ValueError("images in lanes are not shared")
        y.contiguous = self.contiguous
        memcpy(y.dims, self.dims, 2 * self.ndim * sizeof(cnp.npy_intp))
        return y

    def shares(self, Array other not None):
        """Whether both are in one storage."""
        return self.storage is other.storage

    def shows(self, Array other not None):
        """Whether both are the same elements of one storage."""
        return (
            self.storage is other.storage and self.offset == other.offset and self.type == other.type
            and self.ndim == other.ndim and self.batch < 0 and other.batch < 0
            and memcmp(self.dims, other.dims, 2 * self.ndim * sizeof(cnp.npy_intp)) == 0
        )

    def array(self):
        """NumPy's array of the same memory, in which everything is that has been asked for until now."""
        if self.batch >= 0:
            return plain(self).array()
        finish(self.storage)
        begin_anew()
        cdef char *start = self.storage.place() + self.offset
        cdef Outside base = Outside.__new__(Outside)
        base.storage = self.storage
        self.storage.outside += 1
        cdef int flags = 0 if self.storage.readonly else cnp.NPY_ARRAY_WRITEABLE
        array = cnp.PyArray_New(
            cnp.ndarray, self.ndim, self.dims, self.type, self.strides, start, self.itemsize, flags, None
        )
        cnp.set_array_base(array, base)
        return array

    def item(self):
        """The only element as a Python number."""
        if self.batch < 0 and self.type == cnp.NPY_FLOAT32 and elements(self) == 1:
            settle(self.storage)
            begin_anew()
            return (<float *>(self.storage.place() + self.offset))[0]
        return self.array().item()

    # --- views, of the same memory ----------------------------------------------------------------------

    def reshape(self, shape):
        """The same elements in another shape, maybe one size -1; or a copy, if no view shows them so."""
        cdef Array x = plain(self), y
        cdef cnp.npy_intp[MOST_AXES] dims
        cdef int ndim = 0, free = -1, i
        cdef ptrdiff_t known, size = elements(x), wanted
        for value in shape:
            wanted = index(value)
            if ndim == MOST_AXES or wanted < -1 or (wanted == -1 and free >= 0):
                raise ShapeError(f"not a shape to view {sizes_of(x)} in: {tuple(shape)}")
            if wanted == -1:
                free = ndim
            dims[ndim] = abs(wanted)
            ndim += 1
        known = bytes_of(ndim, dims, 1)
        if free >= 0:
            if known == 0 or size % known:
                raise ShapeError(f"cannot view {size} elements of shape {sizes_of(x)} as {tuple(shape)}")
            dims[free] = size // known
        elif known != size:
            raise ShapeError(f"cannot view {size} elements of shape {sizes_of(x)} as {tuple(shape)}")
        y = like_view(x, ndim)
        return y if lay_out(y, x, dims) else view(contiguous(x), ndim, dims)

    def copy(self):
        """The same in a storage of its own; images stay in lanes."""
        cdef Array y
        y = new_array(self.ndim, self.dims, self.type)
        y.batch = self.batch
        copy_to(y, self)
        return y

    def write(self, Array values not None):
        """Writes the elements of another array of this shape and dtype into this one."""
        cdef Array x = self, y = plain(values)
        if self.batch >= 0:
            raise ValueError("images in lanes are not written to")
        if y.ndim != x.ndim or memcmp(y.dims, x.dims, x.ndim * sizeof(cnp.npy_intp)) != 0:
            raise ShapeError(f"the values has shape {sizes_of(y)}, but the array has shape {sizes_of(x)}")
        if x.type != y.type:
            raise TypeError(f"values of {y.dtype} for an array of {x.dtype}")
        copy_to(x, y.copy() if y.storage is x.storage else y)

    def __deepcopy__(self, memo):
        """Of a copy of the storage, which what else is copied with it shares."""
        cdef cnp.npy_intp size = self.storage.wanted
        cdef Array whole = memo.get(id(self.storage)), y = like_view(self, self.ndim)
        if whole is None:
            whole = like_view(self, 1)
            whole.type, whole.itemsize, whole.offset = cnp.NPY_UINT8, 1, 0
            set_shape(whole, 1, &size)
            whole = memo[id(self.storage)] = whole.copy()
        y.storage, y.batch, y.contiguous = whole.storage, self.batch, self.contiguous
        memcpy(y.dims, self.dims, 2 * self.ndim * sizeof(cnp.npy_intp))
        return y

    def __reduce__(self):
        return adopt, (np.array(self.array()),)


cdef int make_axes(Array y, int ndim) except -1:
    """Makes room for the sizes and strides of so many axes."""
    if ndim > MOST_AXES:
        raise ShapeError(f"a tensor has at most {MOST_AXES} axes")
    y.dims = y.few
    if ndim > FEW_AXES:
        y.dims = <cnp.npy_intp *>malloc(2 * ndim * sizeof(cnp.npy_intp))
        if y.dims == NULL:
            y.dims = y.few
            raise MemoryError
    y.strides = y.dims + ndim
    y.ndim = ndim
    return 0


cdef void add_axis(Array y, ptrdiff_t size, ptrdiff_t stride) noexcept:
    """The next axis, for which there is room."""
    y.dims[y.ndim], y.strides[y.ndim] = size, stride
    y.ndim += 1


cdef tuple sizes_of(Array x):
    """The sizes as they are in memory, of images in lanes too."""
    return tuple([x.dims[i] for i in range(x.ndim)])


cdef ptrdiff_t elements(Array x) noexcept:
    cdef ptrdiff_t size = 1
    cdef int i
    for i in range(x.ndim):
        size *= x.dims[i]
    return size


cdef void set_contiguous(Array x) noexcept:
    cdef ptrdiff_t step = x.itemsize
    cdef int i
    x.contiguous = True
    for i in range(x.ndim - 1, -1, -1):
        if x.dims[i] != 1 and x.strides[i] != step:
            x.contiguous = False
        step *= x.dims[i]
    if elements(x) == 0:
        x.contiguous = True


cdef Array like_view(Array x, int ndim):
    """An array of the same storage, dtype and first element, with room for so many axes."""
    cdef Array y = Array.__new__(Array)
    make_axes(y, ndim)
    y.storage, y.offset, y.type, y.itemsize, y.batch = x.storage, x.offset, x.type, x.itemsize, -1
    return y


cdef int set_shape(Array y, int ndim, const cnp.npy_intp *dims) except -1:
    """Sets the sizes and strides, C-contiguous."""
    cdef cnp.npy_intp step = y.itemsize
    cdef int i
    y.contiguous = True
    for i in range(ndim - 1, -1, -1):
        y.dims[i], y.strides[i] = dims[i], step
        step *= dims[i]
    return 0


cdef bint lay_out(Array y, Array x, const cnp.npy_intp *dims) noexcept:
    """Whether y, a view of x with room for its axes, can show x in this shape; it does then."""
    # Axes of x without gaps between them are one long row, which the new axes, from the last on, cut anew.
    cdef cnp.npy_intp[MOST_AXES] size, stride
    cdef int rows = 0, i, k = y.ndim - 1
    cdef ptrdiff_t done
    if x.contiguous:
        set_shape(y, y.ndim, dims)
        return True
    for i in range(x.ndim - 1, -1, -1):  # the rows, from the innermost on
        if x.dims[i] == 1:
            continue
        if rows and x.strides[i] == size[rows - 1] * stride[rows - 1]:
            size[rows - 1] *= x.dims[i]
        else:
            size[rows], stride[rows] = x.dims[i], x.strides[i]
            rows += 1
    for i in range(rows):
        done = 1
        while k >= 0 and (done < size[i] or dims[k] == 1):
            y.dims[k], y.strides[k] = dims[k], done * stride[i]
            done *= dims[k]
            k -= 1
        if done != size[i]:
            return False
    while k >= 0 and dims[k] == 1:
        y.dims[k], y.strides[k] = 1, 0
        k -= 1
    set_contiguous(y)
    return k < 0


cdef Array view(Array x, int ndim, const cnp.npy_intp *dims):
    cdef Array y = like_view(x, ndim)
    set_shape(y, ndim, dims)
    return y


cdef Array new_array(int ndim, const cnp.npy_intp *dims, int type_number=cnp.NPY_FLOAT32):
    """An array in a storage of its own, not initialised."""
    cdef Array y = Array.__new__(Array)
    make_axes(y, ndim)
    y.type, y.batch, y.offset = type_number, -1, 0
    y.itemsize = 4 if type_number == cnp.NPY_FLOAT32 else dtype_of(type_number).itemsize
    y.storage = later_storage(bytes_of(ndim, <cnp.npy_intp *>dims, y.itemsize))
    set_shape(y, ndim, dims)
    return y


cdef Array of_memory(cnp.ndarray a):
    """The array of the memory of NumPy's, which is aligned, C-contiguous and in this machine's byte order."""
    cdef Storage storage = Storage.__new__(Storage)
    cdef Array y = Array.__new__(Array)
    make_axes(y, cnp.PyArray_NDIM(a))
    storage.owner, storage.memory = a, <char *>cnp.PyArray_DATA(a)
    storage.wanted = storage.size = cnp.PyArray_NBYTES(a)
    storage.readonly = not cnp.PyArray_ISWRITEABLE(a)
    y.storage, y.type, y.itemsize, y.batch = storage, cnp.PyArray_TYPE(a), cnp.PyArray_ITEMSIZE(a), -1
    set_shape(y, cnp.PyArray_NDIM(a), cnp.PyArray_DIMS(a))
    return y


cdef cnp.ndarray presentable(object values):
    """Values as an array that `of_memory` takes."""
    cdef cnp.ndarray a = np.asarray(values)
    if cnp.PyArray_NDIM(a) > MOST_AXES:
        raise ShapeError(f"a tensor has at most {MOST_AXES} axes, found {cnp.PyArray_NDIM(a)}")
    kind = a.dtype.kind
    if kind == "f":
        a = a if cnp.PyArray_TYPE(a) == cnp.NPY_FLOAT32 else cast_copy(a, np.float32)
        return np.require(a, np.float32, "CA")
    if kind in "iub":
        return np.require(a, a.dtype.newbyteorder("="), "CA")
    raise TypeError(f"a tensor holds floats, integers or booleans; found {a.dtype}")


def adopt(values):
    """The array of an ndarray, or number of NumPy's, that has just been made and nobody else will touch."""
    cdef Array y = of_memory(presentable(values))
    if y.storage.readonly:  # one that shows other memory, as broadcasts do
        y = of_memory(np.array(y.storage.owner))
    return y


cdef Array own(Array x):
    """The elements, C-contiguous, in memory that nobody else touches: a copy, made now, where others may."""
    if x.storage.outside == 0:
        return x
    # Nothing is pending that would write here: such calls have run before control returned.
    cdef cnp.ndarray a = cnp.PyArray_New(
        cnp.ndarray, x.ndim, x.dims, x.type, x.strides, x.storage.place() + x.offset, x.itemsize, 0, None
    )
    cdef Array y = new_array(x.ndim, x.dims, x.type)
    y.batch = x.batch
    cdef cnp.ndarray b = cnp.PyArray_SimpleNewFromData(y.ndim, y.dims, y.type, y.storage.place())
    cnp.PyArray_CopyInto(b, a)
    return y


cdef int copy_to(Array y, Array x) except -1:
    """Copies the elements of x to y, of the same shape, dtype and form; of another storage."""
    cdef lg_copy p
    cdef int i
    cdef const lg_kernels *k
    if y.batch < 0:
        x = plain(x)
    x = own(x)  # a copy has other strides
    k = begin()
    memset(&p, 0, sizeof(p))
    p.axes, p.itemsize = x.ndim, x.itemsize
    for i in range(x.ndim):
        p.size[i], p.x_stride[i], p.y_stride[i] = x.dims[i], x.strides[i], y.strides[i]
    k.copy(&p, <const uint8_t *>read_token(x), <uint8_t *>write_token(y))
    return 0


cdef Array contiguous(Array x):
    """The same, C-contiguous: x itself if it is."""
    if x.contiguous:
        return x
    return x.copy()


cdef Array plain(Array x):
    """Images in lanes as (N, C, H, W); other arrays as they are."""
    return x if x.batch < 0 else unpack_images(x, x.batch)


cdef inline Array dense(Array x):
    """C-contiguous and not in lanes: x itself if it is so."""
    return contiguous(plain(x))


cdef Array unpack_images(Array x, ptrdiff_t images):
    """So many images in lanes as (N, C, H, W); one image is not copied."""
    cdef cnp.npy_intp[4] shape = [images, x.dims[1], x.dims[2], x.dims[3]]
    cdef const lg_kernels *k = begin()
    cdef Array y
    if x.dims[4] == 1:
        return view(x, 4, shape)
    y = new_array(4, shape)
    k.unpack_lanes(
        <const float *>read_token(x), images, shape[1] * shape[2] * shape[3], x.dims[4], <float *>new_token(y)
    )
    return y


# --- tokens: what stands for the address of an array in a noted call ----------------------------------------

cdef size_t read_token(Array x) except 0:
    """What stands for the address of an array that is read."""
    if x.storage.outside:
        x = own(x)
    return token_of(x.storage, x.offset)


cdef size_t new_token(Array x) except 0:
    """Of one that has just been made, to be written."""
    if (<CallList>lg_mine).list.flags & URGENT:
        x.storage.place()  # here an error can still be raised
    return written_token(x.storage, x.offset)


cdef size_t write_token(Array x) except 0:
    """Of one that is written, or changed."""
    cdef CallList mine = <CallList>lg_mine
    if x.storage.readonly:
        raise ValueError("this memory is read-only: work on a copy, such as .clone() gives")
    if not x.contiguous and shows_twice(x.ndim, x.dims, x.strides):
        raise RuntimeError(
            "more than one element to be written to is in one place of memory: write to a copy (.clone())"
        )
    x.storage.version += 1
    if x.storage.outside:
        mine.run()
        finish(x.storage)
        mine.list.flags |= URGENT
    return written_token(x.storage, x.offset)
