# Memory: 64-byte aligned pieces, which are kept for reuse when an array is dropped. A training step wants
# the same sizes again and again, and pages fresh from the system cost more than most kernels.
#
# Uses: record/errors.

cdef extern from *:
    """
    #include <stdlib.h>
    #include <stdint.h>
    #include <sys/mman.h>

    /* 64-byte aligned; in huge pages where the system has them and the piece fills some, since a
       page fault for every 4 kB of a large result takes longer than computing it. */
    static void *lg_allocate(size_t size)
    {
        size_t huge = (size_t)1 << 21;
        void *memory;
        if (posix_memalign(&memory, size < 2 * huge ? 64 : huge, size) != 0)
            return NULL;
    #ifdef MADV_HUGEPAGE
        if (size >= 2 * huge)
            madvise(memory, size, MADV_HUGEPAGE);
    #endif
        return memory;
    }

    /* Of a number that is not 0. */
    #define lg_leading_zeros(x) __builtin_clzll((unsigned long long)(x))
    """
    void *lg_allocate(size_t size) nogil
    int lg_leading_zeros(size_t x) nogil

cdef enum:
    MOST_AXES = 32
    FEW_AXES = 6      # of most arrays, at most
    CLASSES = 256     # four sizes per power of two
    DEPTH = 64        # pieces kept per size
    SMALL = 1 << 20   # up to this size they are counted apart: larger ones cannot crowd these out
    KEEP = 1 << 28    # bytes kept at most, of each

cdef void *kept[CLASSES][DEPTH]
cdef int kept_count[CLASSES]
cdef size_t[2] kept_bytes


cdef int size_class(size_t size, size_t *rounded) noexcept:
    """The smallest class that holds `size` bytes: 64, 80, 96, 112, 128, 160 ... and its size."""
    cdef int doublings = 0 if size <= 128 else 57 - lg_leading_zeros(size - 1)
    cdef size_t power = <size_t>64 << doublings
    cdef int number = 4 * doublings
    cdef size_t quarter = power // 4
    cdef size_t steps = 0 if size <= power else (size - power + quarter - 1) // quarter
    rounded[0] = power + steps * quarter
    return number + <int>steps


# Bytes from which on memory is taken when an array is made: where there is none, that call is to say so.
cdef size_t AT_ONCE = <size_t>1 << 32


cdef char *take_memory(int number, size_t size) except NULL:
    """Memory of a size class, to be given back by give_memory."""
    cdef char *memory
    if kept_count[number] > 0:
        kept_count[number] -= 1
        kept_bytes[size > SMALL] -= size
        return <char *>kept[number][kept_count[number]]
    memory = <char *>lg_allocate(size)
    if memory == NULL:
        raise MemoryError(f"could not allocate {size} bytes")
    return memory


cdef void give_memory(char *memory, int number, size_t size) noexcept:
    cdef bint large = size > SMALL
    if kept_count[number] < DEPTH and kept_bytes[large] + size <= KEEP:
        kept[number][kept_count[number]] = memory
        kept_count[number] += 1
        kept_bytes[large] += size
    else:
        free(memory)


cdef void let_go() noexcept:
    """Frees the large pieces that are kept for reuse."""
    cdef int number
    for number in range(CLASSES):
        while kept_count[number] > 0 and size_of_class(number) > SMALL:
            kept_count[number] -= 1
            free(kept[number][kept_count[number]])
    kept_bytes[True] = 0


cdef inline size_t size_of_class(int number) noexcept:
    return (<size_t>64 << number // 4) + (<size_t>16 << number // 4) * (number % 4)


@cython.final
@cython.no_gc  # it can be in no cycle
@cython.freelist(256)
cdef class Storage:
    """A piece of memory that arrays share.

    Memory is taken when something is to be there that others will see: what noted calls leave for each other
    may never need any of its own (see record/lists.pxi).
    """
    cdef char *memory          # or NULL: none yet
    cdef size_t size, wanted   # of its size class; asked for
    cdef int number            # the size class
    cdef object owner          # an array of NumPy's whose memory it is, or None
    cdef bint readonly
    cdef int outside           # so many others may read and write it at any moment
    cdef unsigned int version  # counts how often calls have written to what was there before
    cdef void *list            # of noted calls, the last that uses it; or NULL
    cdef bint pending          # that list writes to it
    cdef Py_ssize_t index      # there
    cdef int lists             # so many hold it

    def __dealloc__(self):
        if self.memory != NULL and self.owner is None:
            give_memory(self.memory, self.number, self.size)

    cdef char *place(self) except NULL:
        """Where it is, from now on at the latest."""
        if self.memory == NULL:
            self.memory = take_memory(self.number, self.size)
        return self.memory


cdef Storage later_storage(size_t size):
    """A storage without memory yet."""
    cdef Storage storage = Storage.__new__(Storage)
    storage.number = size_class(size, &storage.size)
    storage.wanted = size
    if size >= AT_ONCE:
        storage.place()
    return storage


cdef Storage new_storage(size_t size):
    cdef Storage storage = later_storage(size)
    storage.place()
    return storage


cdef size_t bytes_of(int ndim, cnp.npy_intp *shape, size_t itemsize) except? 0:
    """The size of an array; MemoryError where no memory is so large."""
    cdef size_t size = itemsize
    cdef int i
    for i in range(ndim):
        if shape[i] > 0 and size > (<size_t>1 << 62) // <size_t>shape[i]:
            raise MemoryError(f"an array of shape {tuple([shape[k] for k in range(ndim)])} is too large")
        size *= <size_t>shape[i]
    return size


cdef object new_ndarray(int ndim, cnp.npy_intp *shape, cnp.npy_intp *strides=NULL, size_t shift=0):
    """NumPy's array of float32 of this shape, not initialised. `strides` may have its axes in another order,
    without gaps; `shift` floats are left free before it."""
    cdef Storage storage = new_storage(bytes_of(ndim, shape, sizeof(float)) + shift * sizeof(float))
    cdef void *start = <float *>storage.memory + shift
    if strides == NULL:
        array = cnp.PyArray_SimpleNewFromData(ndim, shape, cnp.NPY_FLOAT32, start)
    else:
        array = cnp.PyArray_New(
            cnp.ndarray, ndim, shape, cnp.NPY_FLOAT32, strides, start, 0, cnp.NPY_ARRAY_WRITEABLE, None
        )
    cnp.set_array_base(array, storage)
    return array


cdef int read_shape(object shape, cnp.npy_intp *dims) except -1:
    """Reads a sequence of sizes; gives their number."""
    cdef int ndim = 0
    for size in shape:
        if ndim == MOST_AXES or size < 0:
            raise ShapeError(f"not a shape: {tuple(shape)}")
        dims[ndim] = size
        ndim += 1
    return ndim


def empty(shape):
    """NumPy's array of float32 of this shape, 64-byte aligned and not initialised."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims)
    return new_ndarray(ndim, dims)


cdef bint shows_twice(int ndim, const cnp.npy_intp *dims, const cnp.npy_intp *strides) noexcept:
    """Whether elements of these sizes and strides are in one place of memory, as of windows that overlap."""
    cdef cnp.npy_intp reach = 0
    cdef int64_t seen = 0  # axes, from the smallest stride on
    cdef int i, axis, count
    for count in range(ndim):
        axis = -1
        for i in range(ndim):
            if not seen >> i & 1 and (axis < 0 or abs(strides[i]) < abs(strides[axis])):
                axis = i
        seen |= <int64_t>1 << axis
        if dims[axis] == 0:
            return False
        if dims[axis] > 1 and abs(strides[axis]) <= reach:  # the next element is among those before
            return True
        reach += (dims[axis] - 1) * abs(strides[axis])
    return False
