# Arrays of either kind: lanegrad's, on which calls are noted, and NumPy's, on which they are made at once.
# What the function of a kernel needs: checks, addresses or what stands for them, results, memory for a call.
# There `x_` is where the data of `x` is, and what `room` gives is kept for as long as calls use it.
#
# Uses: record/errors, record/memory, record/lists, shared/arrays.

cdef inline const lg_kernels *kernels_for(object x) except NULL:
    """The table for a function of this argument: calls on arrays are noted, those on NumPy's made at once."""
    if isinstance(x, Array):
        return begin()
    return at_once(size_of(x)) if isinstance(x, cnp.ndarray) else &lg_at_once  # which is refused


cdef inline const lg_kernels *at_once(ptrdiff_t size) noexcept:
    """The table that makes calls at once: without Python's lock, but where work is as short as that."""
    return &lg_at_once if size > FEW_ELEMENTS else lg


cdef int check(object array, str name, int type_number, str type_name, int ndim) except -1:
    """Raises unless `array` is a C-contiguous array of this type and, for ndim >= 0, dimension."""
    if isinstance(array, Array):
        if (<Array>array).type != type_number:
            raise TypeError(f"{name} must have dtype {type_name}, got {array.dtype}")
        if not (<Array>array).contiguous:
            raise ValueError(f"{name} must be C-contiguous")
    else:
        check_numpy(array, name, type_number, type_name)
    if ndim >= 0 and ndim_of(array) != ndim:
        raise ShapeError(f"{name} must have {ndim} dimensions, got shape {shape_of(array)}")
    return 0


cdef int check_numpy(object array, str name, int type_number, str type_name) except -1:
    if not isinstance(array, cnp.ndarray):
        raise TypeError(f"{name} must be a numpy.ndarray, got {type(array).__name__}")
    cdef cnp.ndarray a = <cnp.ndarray>array
    if cnp.PyArray_TYPE(a) != type_number or not cnp.PyArray_ISNOTSWAPPED(a):
        raise TypeError(f"{name} must have dtype {type_name}, got {a.dtype}")
    if not cnp.PyArray_IS_C_CONTIGUOUS(a):
        raise ValueError(f"{name} must be C-contiguous: pass numpy.ascontiguousarray({name})")
    if not cnp.PyArray_ISALIGNED(a):
        raise ValueError(f"{name} is not aligned in memory: pass a copy")
    return 0


cdef inline void *reading(object array) except? NULL:
    """The data of an array that is read: its address, or the token that stands for it."""
    if isinstance(array, Array):
        return <void *>read_token(<Array>array)
    return cnp.PyArray_DATA(<cnp.ndarray>array)


cdef void *writing(object array, str name) except? NULL:
    """Of one that was there before, and is written to."""
    if isinstance(array, Array):
        return <void *>write_token(<Array>array)
    if not cnp.PyArray_ISWRITEABLE(<cnp.ndarray>array):
        raise ValueError(f"{name} is read-only: pass a writeable array")
    return cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline float *data(object array) except? NULL:
    """Of one that this module has just made, to be written."""
    if isinstance(array, Array):
        return <float *>new_token(<Array>array)
    return <float *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline const float *floats(object array, str name, int ndim=-1) except? NULL:
    """The data of a float32 array, checked."""
    check(array, name, cnp.NPY_FLOAT32, "float32", ndim)
    return <const float *>reading(array)


cdef inline float *writeable_floats(object array, str name, int ndim=-1) except? NULL:
    """The data of a float32 array that will be written to, checked."""
    check(array, name, cnp.NPY_FLOAT32, "float32", ndim)
    return <float *>writing(array, name)


cdef inline const int64_t *int64s(object array, str name, int ndim=-1) except? NULL:
    """The data of an int64 array, checked."""
    check(array, name, cnp.NPY_INT64, "int64", ndim)
    return <const int64_t *>reading(array)


cdef inline int ndim_of(object array) noexcept:
    if isinstance(array, Array):
        return (<Array>array).ndim
    return cnp.PyArray_NDIM(<cnp.ndarray>array)


cdef inline cnp.npy_intp *dims_of(object array) noexcept:
    if isinstance(array, Array):
        return (<Array>array).dims
    return cnp.PyArray_DIMS(<cnp.ndarray>array)


cdef inline cnp.npy_intp *strides_in(object array) noexcept:
    """Bytes from one element to the next, along each axis."""
    if isinstance(array, Array):
        return (<Array>array).strides
    return cnp.PyArray_STRIDES(<cnp.ndarray>array)


cdef inline ptrdiff_t dim(object array, int axis) noexcept:
    return dims_of(array)[axis]


cdef ptrdiff_t size_of(object array) noexcept:
    """The number of elements."""
    if isinstance(array, Array):
        return elements(<Array>array)
    return cnp.PyArray_SIZE(<cnp.ndarray>array)


cdef tuple shape_of(object array):
    """The shape as it is in memory, of images in lanes too."""
    cdef cnp.npy_intp *dims = dims_of(array)
    return tuple([dims[i] for i in range(ndim_of(array))])


cdef tuple without_axis(object x, int axis):
    """The shape of x without an axis."""
    cdef tuple shape = shape_of(x)
    return shape[:axis] + shape[axis + 1:]


cdef int same_shape(object a, str a_name, object b, str b_name) except -1:
    cdef int i, ndim = ndim_of(a)
    cdef bint same = ndim == ndim_of(b)
    for i in range(ndim if same else 0):
        same = same and dim(a, i) == dim(b, i)
    if not same:
        raise ShapeError(f"{a_name} has shape {shape_of(a)}, but {b_name} has shape {shape_of(b)}")
    return 0


cdef object new_of(object like, int ndim, const cnp.npy_intp *dims, int type_number=cnp.NPY_FLOAT32):
    """An array of this shape, not initialised, of the kind of `like`. In as many axes as lanes have it holds
    as many images as those."""
    cdef Array y
    if isinstance(like, Array):
        y = new_array(ndim, dims, type_number)
        if ndim == 5:
            y.batch = (<Array>like).batch
        return y
    if type_number == cnp.NPY_FLOAT32:
        return new_ndarray(ndim, <cnp.npy_intp *>dims)
    return cnp.PyArray_SimpleNew(ndim, <cnp.npy_intp *>dims, type_number)


cdef inline object new_like(object other):
    return new_of(other, ndim_of(other), dims_of(other))


cdef inline object new_1d(object like, ptrdiff_t a):
    cdef cnp.npy_intp[1] shape = [a]
    return new_of(like, 1, shape)


cdef inline object new_2d(object like, ptrdiff_t a, ptrdiff_t b, int type_number=cnp.NPY_FLOAT32):
    cdef cnp.npy_intp[2] shape = [a, b]
    return new_of(like, 2, shape, type_number)


cdef inline object new_5d(object like, ptrdiff_t a, ptrdiff_t b, ptrdiff_t c, ptrdiff_t d, ptrdiff_t e):
    cdef cnp.npy_intp[5] shape = [a, b, c, d, e]
    return new_of(like, 5, shape)


cdef object new_shape(object like, shape):
    """Of the shape in a sequence."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims)
    return new_of(like, ndim, dims)


cdef Storage room(object like, size_t size, void **at):
    """Memory of so many bytes for the calls of a function: what is returned owns it. None for 0 bytes."""
    cdef Storage storage
    at[0] = NULL
    if size == 0:
        return None
    if not isinstance(like, Array):
        storage = new_storage(size)
        at[0] = storage.memory
        return storage
    storage = later_storage(size)
    if (<CallList>lg_mine).list.flags & URGENT:
        storage.place()
    at[0] = <void *>written_token(storage, 0)
    return storage


cdef inline int threads_for(object like) noexcept:
    """How many threads the calls of a function may use: what scratch memory is for."""
    return (<CallList>lg_mine).threads if isinstance(like, Array) else lg_get_num_threads()


cdef const void *values_of(object array) except? NULL:
    """Where an array's elements are, for a look at what is there now."""
    if isinstance(array, Array):
        settle((<Array>array).storage)
        return (<Array>array).storage.place() + (<Array>array).offset
    return cnp.PyArray_DATA(<cnp.ndarray>array)


cdef object shown(object array):
    """An array as NumPy's."""
    return (<Array>array).array() if isinstance(array, Array) else array
