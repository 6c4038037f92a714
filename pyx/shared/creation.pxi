# Arrays that are made of values: those that callers give, or one number.
#
# Uses: record/memory, record/lists, shared/arrays.

def copied(values):
    """The array of a copy of values, in a storage of its own."""
    cdef cnp.ndarray a = presentable(values)
    cdef Array y = new_array(cnp.PyArray_NDIM(a), cnp.PyArray_DIMS(a), cnp.PyArray_TYPE(a))
    cnp.PyArray_CopyInto(cnp.PyArray_SimpleNewFromData(y.ndim, y.dims, y.type, y.storage.place()), a)
    return y


def share(values):
    """The array of the memory of values that others may hold on to, or of a copy where they have to be
    converted.

    Floats become float32; integers and booleans stay. TypeError for other dtypes.
    """
    given = values if isinstance(values, (list, tuple, int, float)) else np.asarray(values)
    cdef Array y = of_memory(presentable(given))
    if y.storage.owner is given or y.storage.owner.base is not None:  # else it has been converted
        y.storage.outside = 1  # for ever: who knows who holds it
    return y


def full(shape, double value):
    """An array of float32 with one value everywhere."""
    return filled(shape, value)


cdef Array filled(object shape, double value):
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef int ndim = read_shape(shape, dims)
    cdef const lg_kernels *k = begin()
    cdef Array y = new_array(ndim, dims)
    k.fill(elements(y), value, <float *>new_token(y))
    return y
