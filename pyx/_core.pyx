# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, auto_pickle=False
"""The compiled module: one thin function per kernel, arrays, noted calls and the tape.

A function takes arrays of one kind: lanegrad's, then its kernel call is noted (see record/lists.pxi) and its
result is one of lanegrad's; or NumPy's, then the call is made at once, without the GIL. It checks its arrays,
makes its result and hands both to the kernel.

The files of record/ note calls and run them; shared/ has arrays, and what the functions of kernels share;
kernels/ has one file for each family of kernels; tensors/ has the tape and the ops of tensors. Each says what
it uses, and that stands above it here.
"""
import atexit
import gc
import os
import threading
from operator import index
from weakref import ref as weak_reference

cimport cython
cimport numpy as cnp
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.pythread cimport (
    PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_get_thread_ident,
    PyThread_release_lock, PyThread_type_lock,
)
from cpython.ref cimport Py_INCREF, PyObject
from cpython.tuple cimport PyTuple_GET_SIZE
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint64_t
from libc.math cimport INFINITY
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

import numpy as np

cnp.import_array()
include "kernels.pxi"  # made of csrc/ops.def and csrc/kernels.h

cdef extern from "kernels.h" nogil:
    ptrdiff_t pieces_of_size(ptrdiff_t size)
    ptrdiff_t row_norm_channels(const lg_row_norm *p)
    ptrdiff_t row_norm_pieces(const lg_row_norm *p)
    ptrdiff_t row_norm_sums(const lg_row_norm *p)
    size_t resample_scratch(const lg_resample *p)
    size_t grid_sample_scratch(const lg_grid_sample *p)
    ptrdiff_t scatter_width(ptrdiff_t size, ptrdiff_t inner)
    size_t lg_conv2d_packed(const lg_conv2d *p)
    size_t lg_conv2d_backward_input_packed(const lg_conv2d *p)
    size_t lg_conv2d_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads)
    size_t lg_conv2d_weight_scratch(const lg_conv2d *p, int threads)
    size_t lg_rows_scratch(const lg_rows *rows)
    int lg_rows_fit(const lg_rows *rows, const lg_strides *at, int count)
    size_t lg_matmul_scratch(const lg_matmul *p, int threads)
    const char *lg_step_name(int i)
    const char *lg_float_step_name(int i)
    const lg_kernels *lg
    const char *lg_isa_runnable(int i)
    int lg_isa_select(const char *name)
    int lg_streams
    void lg_dispatch_init()

cdef extern from "integers.h" nogil:
    ptrdiff_t ceil_div(ptrdiff_t x, ptrdiff_t by)
    ptrdiff_t round_up(ptrdiff_t x, ptrdiff_t by)

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
    Py_ssize_t Py_REFCNT(object)  # in cpython.ref from Cython 3.1 on

include "record/errors.pxi"
include "record/memory.pxi"
include "record/lists.pxi"
include "record/pace.pxi"
include "record/plans.pxi"
include "record/process.pxi"

include "shared/size.pxi"
include "shared/arrays.pxi"
include "shared/views.pxi"
include "shared/creation.pxi"
include "shared/kinds.pxi"
include "shared/options.pxi"
include "shared/rows.pxi"
include "shared/targets.pxi"
include "kernels/lanes.pxi"
include "kernels/augment.pxi"
include "kernels/elementwise.pxi"
include "bindings.pxi"  # made of csrc/ops.def
include "kernels/map.pxi"
include "kernels/matmul.pxi"
include "kernels/conv2d.pxi"
include "kernels/pool2d.pxi"
include "kernels/batch_norm.pxi"
include "kernels/row_norm.pxi"
include "kernels/local_response_norm.pxi"
include "kernels/pad.pxi"
include "kernels/movement.pxi"
include "kernels/indices.pxi"
include "kernels/sorting.pxi"
include "kernels/resample.pxi"
include "kernels/reduce.pxi"
include "kernels/grid_sample.pxi"
include "kernels/dropout.pxi"
include "kernels/softmax.pxi"
include "kernels/nll_loss.pxi"
include "kernels/cross_entropy.pxi"
include "kernels/linear_cross_entropy.pxi"
include "kernels/simd_probe.pxi"
include "kernels/peak.pxi"

include "tensors/modes.pxi"
include "tensors/tape.pxi"
include "tensors/backward.pxi"
include "tensors/in_place.pxi"
include "tensors/pointwise.pxi"
include "tensors/module.pxi"
include "tensors/reductions.pxi"
include "tensors/ops.pxi"
include "tensors/layers.pxi"
include "tensors/optimizers.pxi"

include "machine.pxi"
