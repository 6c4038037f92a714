# Memory of results: 64-byte aligned blocks, which are kept for reuse when an array is dropped. A training
# step wants the same sizes again and again, and pages fresh from the system cost more than most kernels.

cdef extern from *:
    """
    #include <stdlib.h>
    #include <stdint.h>
    #include <sys/mman.h>
    #include <unistd.h>

    /* 64-byte aligned; in huge pages where the system has them and the block fills some, since a
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

    /* Gives what pages there are back to the system; the addresses stay taken. */
    static void lg_drop_pages(void *memory, size_t size)
    {
    #ifdef MADV_DONTNEED
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = ((uintptr_t)memory + page - 1) / page * page;
        uintptr_t end = ((uintptr_t)memory + size) / page * page;
        if (end > start)
            madvise((void *)start, end - start, MADV_DONTNEED);
    #endif
    }
    """
    void *lg_allocate(size_t size) nogil
    void lg_drop_pages(void *memory, size_t size) nogil

cdef enum:
    CLASSES = 256     # four sizes per power of two
    DEPTH = 64        # blocks kept per size
    SMALL = 1 << 20   # blocks up to this size and larger ones are counted apart: these cannot crowd those out
    KEEP = 1 << 28    # bytes kept at most, of each

cdef void *kept[CLASSES][DEPTH]
cdef int kept_count[CLASSES]
cdef size_t[2] kept_bytes


cdef int size_class(size_t size, size_t *rounded) noexcept:
    """The smallest class that holds `size` bytes: 64, 80, 96, 112, 128, 160 ... and its size."""
    cdef size_t power = 64
    cdef int number = 0
    while 2 * power < size:
        power *= 2
        number += 4
    cdef size_t quarter = power // 4
    cdef size_t steps = 0 if size <= power else (size - power + quarter - 1) // quarter
    rounded[0] = power + steps * quarter
    return number + <int>steps


# While a step is recorded (see plan.pxi), the thread that does; of all blocks that it makes the addresses, which
# are given to no other, so that an address tells which block it is of; and all other arrays that it hands to
# kernels.
cdef unsigned long recording_thread = 0
cdef list recorded_blocks = None
cdef list recorded_arrays = None


cdef inline bint recording_here() noexcept:
    return recorded_blocks is not None and PyThread_get_thread_ident() == recording_thread


cdef class Extent:
    """Where a block of a recording is, or was."""
    cdef void *memory
    cdef size_t size, wanted
    cdef PyObject *block  # NULL from when nobody holds it

    def __dealloc__(self):
        if self.block == NULL:
            free(self.memory)

    cdef forget(self):
        """From now on the block is like any other."""
        if self.block != NULL:
            (<Block>self.block).extent = None


@cython.no_gc  # it can be in no cycle
cdef class Block:
    """Owns the memory of one array."""
    cdef void *memory
    cdef size_t size, wanted
    cdef int number
    cdef Extent extent  # in a recording, or None

    def __dealloc__(self):
        cdef bint large = self.size > SMALL
        if self.memory == NULL:
            return
        if self.extent is not None:
            self.extent.block = NULL
            lg_drop_pages(self.memory, self.size)
        elif kept_count[self.number] < DEPTH and kept_bytes[large] + self.size <= KEEP:
            kept[self.number][kept_count[self.number]] = self.memory
            kept_count[self.number] += 1
            kept_bytes[large] += self.size
        else:
            free(self.memory)


cdef Block new_block(size_t size):
    cdef Block block = Block.__new__(Block)
    cdef Extent extent
    block.number = size_class(size, &block.size)
    block.wanted = size
    if kept_count[block.number] > 0:
        kept_count[block.number] -= 1
        kept_bytes[block.size > SMALL] -= block.size
        block.memory = kept[block.number][kept_count[block.number]]
    else:
        block.memory = lg_allocate(block.size)
        if block.memory == NULL:
            raise MemoryError(f"could not allocate {size} bytes")
    if recorded_blocks is not None and recording_here():
        extent = Extent.__new__(Extent)
        extent.memory, extent.size, extent.wanted = block.memory, block.size, block.wanted
        extent.block, block.extent = <PyObject *>block, extent
        recorded_blocks.append(extent)
    return block


cdef object new_array(int ndim, cnp.npy_intp *shape, cnp.npy_intp *strides=NULL, size_t shift=0):
    """A float32 array of this shape, not initialised. `strides` may have its axes in another order, without gaps;
    `shift` floats are left free before it."""
    cdef size_t size = sizeof(float)
    cdef int i
    for i in range(ndim):
        if shape[i] > 0 and size > (<size_t>1 << 62) // <size_t>shape[i]:
            raise MemoryError(f"an array of shape {tuple([shape[k] for k in range(ndim)])} is too large")
        size *= <size_t>shape[i]
    cdef Block block = new_block(size + shift * sizeof(float))
    cdef void *start = <float *>block.memory + shift
    if strides == NULL:
        array = cnp.PyArray_SimpleNewFromData(ndim, shape, cnp.NPY_FLOAT32, start)
    else:
        array = cnp.PyArray_New(
            cnp.ndarray, ndim, shape, cnp.NPY_FLOAT32, strides, start, 0, cnp.NPY_ARRAY_WRITEABLE, None
        )
    cnp.set_array_base(array, block)
    return array


cdef inline object new_1d(ptrdiff_t a):
    cdef cnp.npy_intp[1] shape = [a]
    return new_array(1, shape)


cdef inline object new_2d(ptrdiff_t a, ptrdiff_t b):
    cdef cnp.npy_intp[2] shape = [a, b]
    return new_array(2, shape)


cdef inline object new_5d(ptrdiff_t a, ptrdiff_t b, ptrdiff_t c, ptrdiff_t d, ptrdiff_t e):
    cdef cnp.npy_intp[5] shape = [a, b, c, d, e]
    return new_array(5, shape)


cdef inline object new_like(object other):
    return new_array(cnp.PyArray_NDIM(<cnp.ndarray>other), cnp.PyArray_DIMS(<cnp.ndarray>other))


def empty(shape):
    """A float32 array of this shape, 64-byte aligned and not initialised."""
    cdef cnp.npy_intp[32] dims
    cdef int ndim = 0
    for size in shape:
        if ndim == 32 or size < 0:
            raise ValueError(f"not a shape: {shape}")
        dims[ndim] = size
        ndim += 1
    return new_array(ndim, dims)
