# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled module: one thin function per kernel, arrays, noted calls and the tape.

A function takes arrays of one kind: lanegrad's, then its kernel call is noted (see record.pxi) and its result is
one of lanegrad's; or NumPy's, then the call is made at once, without the GIL. It checks its arrays, makes its result
and hands both to the kernel. The functions of a kernel family stand in a .pxi file with the family's name; this file
holds what they share.
"""
import gc
import os
import threading
from operator import index

cimport cython
cimport numpy as cnp
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.pythread cimport (
    PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_get_thread_ident,
    PyThread_release_lock, PyThread_type_lock,
)
from cpython.ref cimport Py_INCREF, Py_REFCNT, PyObject
from cpython.tuple cimport PyTuple_GET_SIZE
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint8_t, uint64_t
from libc.math cimport INFINITY
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

import numpy as np

cnp.import_array()

include "kernels.pxi"  # made of csrc/ops.def and csrc/kernels.h

cdef extern from "kernels.h" nogil:
    ptrdiff_t pieces_of_size(ptrdiff_t size)
    size_t lg_conv2d_packed(const lg_conv2d *p)
    size_t lg_conv2d_backward_input_packed(const lg_conv2d *p)
    size_t lg_conv2d_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_weight_scratch(const lg_conv2d *p, int threads)
    size_t lg_rows_scratch(const lg_rows *rows)
    int lg_rows_fit(const lg_rows *rows, const lg_strides *at, int count)
    size_t lg_matmul_scratch(const lg_matmul *p, int threads)
    const lg_kernels *lg
    const char *lg_isa_runnable(int i)
    int lg_isa_select(const char *name)
    int lg_streams
    void lg_dispatch_init()

cdef extern from "parallel.h" nogil:
    int lg_get_num_threads()
    void lg_set_num_threads(int count)
    int lg_limit_threads(int most)
    void lg_parallel_init()
    int lg_openmp_version()

cdef extern from *:
    """
    #if defined(__clang__)
    #define LG_COMPILER "clang " __clang_version__
    #elif defined(__GNUC__)
    #define LG_COMPILER "gcc " __VERSION__
    #else
    #define LG_COMPILER "unknown"
    #endif
    """
    const char *LG_COMPILER

cdef extern from "Python.h":
    void PyErr_WriteUnraisable(object)

include "memory.pxi"
include "array.pxi"
include "record.pxi"
include "process.pxi"
include "pace.pxi"
include "plan.pxi"
include "tape.pxi"


# --- arrays of either kind --------------------------------------------------------------------------

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
        raise ValueError(f"{name} must have {ndim} dimensions, got shape {shape_of(array)}")
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
        return (<Array>array).steps
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


cdef int same_shape(object a, str a_name, object b, str b_name) except -1:
    cdef int i, ndim = ndim_of(a)
    cdef bint same = ndim == ndim_of(b)
    for i in range(ndim if same else 0):
        same = same and dim(a, i) == dim(b, i)
    if not same:
        raise ValueError(f"{a_name} has shape {shape_of(a)}, but {b_name} has shape {shape_of(b)}")
    return 0


cdef object new_of(object like, int ndim, const cnp.npy_intp *dims, int type_number=cnp.NPY_FLOAT32):
    """An array of this shape, not initialised, of the kind of `like`. In as many axes as lanes have it holds as many
    images as those."""
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


cdef Block room(object like, size_t size, void **at):
    """Memory of so many bytes for the calls of a function: what is returned owns it. None for 0 bytes."""
    cdef Block block
    at[0] = NULL
    if size == 0:
        return None
    if not isinstance(like, Array):
        block = new_block(size)
        at[0] = block.memory
        return block
    block = later_block(size)
    if (<CallList>lg_mine).list.flags & URGENT:
        block.place()
    at[0] = <void *>written_token(block, 0)
    return block


cdef inline int threads_for(object like) noexcept:
    """How many threads the calls of a function may use: what scratch memory is for."""
    return (<CallList>lg_mine).threads if isinstance(like, Array) else lg_get_num_threads()


cdef int pair(object values, str name, ptrdiff_t least, ptrdiff_t *h, ptrdiff_t *w) except -1:
    """Reads a pair (height, width) of whole numbers that are at least `least`."""
    h[0], w[0] = values
    if h[0] < least or w[0] < least:
        raise ValueError(f"{name} must be at least {least}, got {tuple(values)}")
    return 0


# --- the kernels ------------------------------------------------------------------------------------

include "lanes.pxi"
include "lookup.pxi"
include "elementwise.pxi"
include "matmul.pxi"
include "conv2d.pxi"
include "pool2d.pxi"
include "batch_norm.pxi"
include "pad.pxi"
include "dropout.pxi"
include "optimizers.pxi"
include "rows.pxi"
include "targets.pxi"
include "softmax.pxi"
include "cross_entropy.pxi"
include "linear_cross_entropy.pxi"
include "nll_loss.pxi"
include "ops.pxi"
include "simd_probe.pxi"
include "peak.pxi"


# --- threads and configuration ----------------------------------------------------------------------

def set_num_threads(count):
    """Sets how many threads a kernel may use."""
    cdef int threads = count
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {count}")
    threads = threads if lg_openmp_version() else 1
    if threads != lg_get_num_threads():
        run_all()  # what has been noted counts on as many as there were
        lg_set_num_threads(threads)


def get_num_threads():
    """How many threads a kernel may use."""
    return lg_get_num_threads()


def isas():
    """The instruction sets that this CPU can run, best first."""
    names = []
    while lg_isa_runnable(<int>len(names)) != NULL:
        names.append(lg_isa_runnable(<int>len(names)).decode())
    return names


def isa():
    """The instruction set in use."""
    return lg.isa.decode()


def set_isa(name):
    """Switches to another instruction set: for tests, while no kernel runs."""
    if lg_isa_select(name.encode()) != 0:
        raise ValueError(f"this CPU can run {', '.join(isas())}; not {name!r}")


def streams(wanted=None):
    """Whether large gradients are stored past the caches; set to `wanted` from now on: for tests."""
    global lg_streams
    before = bool(lg_streams)
    if wanted is not None:
        lg_streams = bool(wanted)
    return before


def build_info():
    """Compiler and OpenMP of this build."""
    return {"compiler": LG_COMPILER.decode(), "openmp": lg_openmp_version() or None}


def _choose_isa():
    wanted = os.environ.get("LANEGRAD_ISA") or isas()[0]
    try:
        set_isa(wanted)
    except ValueError as error:
        raise ImportError(f"LANEGRAD_ISA={wanted}: {error}") from None


lg_dispatch_init()
_choose_isa()
lg_parallel_init()
