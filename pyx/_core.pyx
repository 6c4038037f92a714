# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled module: one thin function per kernel.

Each function checks its arrays, allocates its result and calls the kernel of the instruction set in use,
without the GIL. The functions of a kernel family stand in a .pxi file with the family's name; this file
holds what they share: the table, the checks, the memory, threads and configuration.
"""
import os
from operator import index

cimport cython
cimport numpy as cnp
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint8_t, uint64_t
from libc.math cimport INFINITY
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

import numpy as np

cnp.import_array()

include "kernels.pxi"  # written by setup.py from csrc/ops.def

cdef extern from "kernels.h" nogil:
    ctypedef struct lg_conv2d:
        ptrdiff_t B, n, groups, C, H, W, O, OH, OW, KH, KW, sh, sw, ph, pw, dh, dw
        int relu, winograd
    ctypedef struct lg_pool2d:
        ptrdiff_t P, n, H, W, OH, OW, KH, KW, sh, sw, ph, pw, dh, dw
        int relu, count_include_pad, adaptive
        ptrdiff_t divisor
    ctypedef struct lg_matmul:
        ptrdiff_t M, N, K
        int transpose_a, transpose_b, packed_b, accumulate, relu
        ptrdiff_t batch, a_batch, b_batch
    ctypedef struct lg_optimizer:
        double lr, weight_decay, momentum, dampening, eps, beta1, beta2
        int nesterov, maximize, decoupled_weight_decay
    ctypedef struct lg_param:
        float *param
        float *grad
        float *state[3]
        float *step
        ptrdiff_t start, size
        int first
    ptrdiff_t lg_pieces(ptrdiff_t size)
    enum:
        LG_FEW
        LG_MATMUL_SMALL
        LG_PEAK_FMAS
    ctypedef struct lg_batch_norm:
        ptrdiff_t N, C, HW, n
        double count, eps, momentum
        int cumulative, training, relu
    enum:
        LG_PAD_AXES
        LG_PAD_CONSTANT
        LG_PAD_REFLECT
        LG_PAD_REPLICATE
        LG_PAD_CIRCULAR
    ctypedef struct lg_pad:
        int mode, axes
        ptrdiff_t outer, inner
        ptrdiff_t size[32]
        ptrdiff_t padded[32]
        ptrdiff_t left[32]
        float value
    ctypedef struct lg_rows:
        ptrdiff_t outer, C, inner
    ctypedef struct lg_strides:
        ptrdiff_t outer, cls, inner
    ctypedef struct lg_softmax:
        lg_rows rows
        lg_strides a_at, b_at, y_at
        const float *a
        const float *b
        float *y
        float *scratch
        int threads
    ctypedef struct lg_cross_entropy:
        lg_rows rows
        lg_strides logits_at, grad_at, probs_at, probs_grad_at
        const float *logits
        const int64_t *labels
        const float *probs
        const float *weight
        const float *sample_weight
        int64_t ignore_index
        double label_smoothing, z_loss, softcap, scale
        const double *totals
        float *loss
        double *exact_loss
        float *logsumexp
        int64_t *argmax
        float *grad
        float *probs_grad
        int *bad_probs
        float *scratch
        int threads
    ctypedef struct lg_nll_loss:
        lg_rows rows
        lg_strides at
        const float *log_probs
        const int64_t *labels
        const float *weight
        const float *sample_weight
        int64_t ignore_index
        float *loss
        double *exact_loss
        const float *upstream
        int each
        const double *totals
        float *grad
    size_t lg_conv2d_packed(const lg_conv2d *p)
    size_t lg_conv2d_backward_input_packed(const lg_conv2d *p)
    size_t lg_conv2d_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_weight_scratch(const lg_conv2d *p, int threads)
    size_t lg_rows_scratch(const lg_rows *rows)
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
    unsigned long PyThread_get_thread_ident() nogil

include "memory.pxi"


# --- checks -----------------------------------------------------------------------------------------

cdef int check(object array, str name, int type_number, str type_name, int ndim) except -1:
    """Raises unless `array` is a C-contiguous ndarray of this type and, for ndim >= 0, dimension."""
    if not isinstance(array, cnp.ndarray):
        raise TypeError(f"{name} must be a numpy.ndarray, got {type(array).__name__}")
    cdef cnp.ndarray a = <cnp.ndarray>array
    if cnp.PyArray_TYPE(a) != type_number or not cnp.PyArray_ISNOTSWAPPED(a):
        raise TypeError(f"{name} must have dtype {type_name}, got {a.dtype}")
    if not cnp.PyArray_IS_C_CONTIGUOUS(a):
        raise ValueError(f"{name} must be C-contiguous: pass numpy.ascontiguousarray({name})")
    if not cnp.PyArray_ISALIGNED(a):
        raise ValueError(f"{name} is not aligned in memory: pass a copy")
    if ndim >= 0 and cnp.PyArray_NDIM(a) != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions, got shape {shape_of(a)}")
    if recorded_arrays is not None:
        note_array(a)
    return 0


cdef int check_writeable(object array, str name) except -1:
    if not cnp.PyArray_ISWRITEABLE(<cnp.ndarray>array):
        raise ValueError(f"{name} is read-only: pass a writeable array")
    return 0


cdef inline const float *floats(object array, str name, int ndim=-1) except? NULL:
    """The data of a float32 array, checked."""
    check(array, name, cnp.NPY_FLOAT32, "float32", ndim)
    return <const float *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline float *writeable_floats(object array, str name, int ndim=-1) except? NULL:
    """The data of a float32 array that will be written to, checked."""
    check(array, name, cnp.NPY_FLOAT32, "float32", ndim)
    check_writeable(array, name)
    return <float *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline const int64_t *int64s(object array, str name, int ndim=-1) except? NULL:
    """The data of an int64 array, checked."""
    check(array, name, cnp.NPY_INT64, "int64", ndim)
    return <const int64_t *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline ptrdiff_t dim(object array, int axis) noexcept:
    return cnp.PyArray_DIM(<cnp.ndarray>array, axis)


cdef inline float *data(object array):
    """The data of an array that this module has allocated or checked."""
    if recorded_arrays is not None:
        note_array(array)
    return <float *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef note_array(object array):
    """Keeps an array that a recorded kernel is handed, unless a block of the recording has its memory."""
    if recording_here():
        owner = array
        while isinstance(owner, cnp.ndarray):
            owner = owner.base
        if not isinstance(owner, Block) or (<Block>owner).extent is None:
            recorded_arrays.append(array)


cdef tuple shape_of(object array):
    cdef cnp.ndarray a = <cnp.ndarray>array
    return tuple([cnp.PyArray_DIM(a, i) for i in range(cnp.PyArray_NDIM(a))])


cdef int same_shape(object a, str a_name, object b, str b_name) except -1:
    if not cnp.PyArray_SAMESHAPE(<cnp.ndarray>a, <cnp.ndarray>b):
        raise ValueError(f"{a_name} has shape {shape_of(a)}, but {b_name} has shape {shape_of(b)}")
    return 0


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
include "clip_grad.pxi"
include "rows.pxi"
include "targets.pxi"
include "softmax.pxi"
include "cross_entropy.pxi"
include "linear_cross_entropy.pxi"
include "nll_loss.pxi"
include "simd_probe.pxi"
include "peak.pxi"
include "watch.pxi"
include "phases.pxi"
include "pace.pxi"
include "plan.pxi"


# --- threads and configuration ----------------------------------------------------------------------

def set_num_threads(count):
    """Sets how many threads a kernel may use."""
    cdef int threads = count
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {count}")
    threads = threads if lg_openmp_version() else 1
    if threads != lg_get_num_threads():
        threads_changed()
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
