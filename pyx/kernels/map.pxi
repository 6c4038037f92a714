# Programs of elementwise steps on arrays of any strides, which broadcast (see csrc/kernels/map/). What makes
# programs is lanegrad/_tensor/tracing.py.
#
# Uses: record/memory, record/lists, shared/arrays, shared/views, kernels/lanes, kernels/elementwise.

def step_numbers():
    """The numbers of steps, by name."""
    cdef dict numbers = {
        "load": LG_MAP_LOAD, "load_whole": LG_MAP_LOAD_WHOLE, "store": LG_MAP_STORE,
        "store_whole": LG_MAP_STORE_WHOLE, "number": LG_MAP_NUMBER, "number_whole": LG_MAP_NUMBER_WHOLE,
        "to_whole": LG_MAP_TO_WHOLE, "to_float": LG_MAP_TO_FLOAT,
    }
    cdef int i = 0
    while lg_step_name(i) != NULL:
        numbers[lg_step_name(i).decode()] = i
        i += 1
    return numbers


def float_steps():
    """The names of those that floats have too."""
    cdef set names = set()
    while lg_float_step_name(len(names)) != NULL:
        names.add(lg_float_step_name(len(names)).decode())
    return names


cdef int add_step = step_numbers()["add"]
MOST_INPUTS, MOST_NUMBERS, MOST_REGISTERS = LG_MAP_INPUTS, LG_MAP_NUMBERS, LG_MAP_REGISTERS
MOST_STEPS = LG_MAP_BYTES // LG_MAP_STEP
KINDS_OF_REGISTERS = ["doubles", "floats", "either"]  # LG_IN_DOUBLES and so on


cdef int element_type(int type_number) noexcept:
    """What kernels call NumPy's type; -1 if they do not know it."""
    if type_number == cnp.NPY_FLOAT32:
        return LG_FLOAT32
    if type_number == cnp.NPY_INT64:
        return LG_INT64
    if type_number == cnp.NPY_BOOL:
        return LG_BOOL
    if type_number == cnp.NPY_INT32:
        return LG_INT32
    if type_number == cnp.NPY_UINT8:
        return LG_UINT8
    if type_number == cnp.NPY_INT16:
        return LG_INT16
    return LG_INT8 if type_number == cnp.NPY_INT8 else -1


@cython.final
cdef class Program:
    """Steps that make one number of a number of each operand.

    An operand is an input, whose elements are loaded, or a number that is the same for all elements.
    """
    cdef lg_map p
    cdef int count               # of operands
    cdef int inputs              # of those that are arrays
    cdef bint adds               # it is the sum of two
    cdef signed char[LG_MAP_INPUTS + LG_MAP_NUMBERS] place  # input, or -1 - number

    def __init__(
        self, bytes steps not None, tuple places not None, tuple constants not None, str registers not None,
        bint steady
    ):
        """`places` tells of each operand which input it is, or, as -1 - i, which number; constants are the
        numbers behind those."""
        cdef int i, numbers = 0
        memset(&self.p, 0, sizeof(self.p))
        self.p.steps = len(steps) // LG_MAP_STEP
        self.p.floats, self.p.steady = KINDS_OF_REGISTERS.index(registers), steady
        memcpy(self.p.step, <const char *>steps, len(steps))
        self.count = len(places)
        for i in range(self.count):
            self.place[i] = places[i]
            self.inputs += places[i] >= 0
            numbers += places[i] < 0
        self.p.inputs = self.inputs
        self.adds = (
            len(steps) == 4 * LG_MAP_STEP and self.inputs == 2 and self.p.step[2 * LG_MAP_STEP] == add_step
        )
        for i, constant in enumerate(constants):
            self.p.number[numbers + i] = constant


cdef enum:
    IN_PLAIN
    IN_LANES
    UNPACK


cdef int form_of_result(tuple operands, int ndim, const cnp.npy_intp *dims) except -1:
    """Whether the result of operands, of this shape, is in lanes. UNPACK: they cannot be in one form."""
    cdef ptrdiff_t batch = -1
    cdef Array x
    for operand in operands:
        if type(operand) is Array and (<Array>operand).batch >= 0:
            batch = (<Array>operand).batch
    if batch < 0:
        return IN_PLAIN
    if ndim != 4 or dims[0] != batch:
        return UNPACK
    for operand in operands:
        if type(operand) is not Array:
            continue
        x = operand
        if x.batch >= 0 and x.batch != batch:
            return UNPACK
        if x.batch < 0 and x.ndim == 4 and x.dims[0] == batch > 1 and x.type != cnp.NPY_FLOAT32:
            return UNPACK
    return IN_LANES


cdef int broadcast_dims(tuple operands, cnp.npy_intp *dims) except -1:
    """The number of axes that the shapes of operands have in common, and their sizes; -2 if there is no such
    shape."""
    cdef int ndim = 0, own_ndim, i, at
    cdef ptrdiff_t size
    cdef Array x
    for operand in operands:
        if type(operand) is Array:
            x = operand
            own_ndim = 4 if x.batch >= 0 else x.ndim
            ndim = max(ndim, own_ndim)
    for i in range(ndim):
        dims[i] = 1
    for operand in operands:
        if type(operand) is Array:
            x = operand
            own_ndim = 4 if x.batch >= 0 else x.ndim
            for i in range(own_ndim):
                size = x.batch if x.batch >= 0 and i == 0 else x.dims[i]
                at = ndim - own_ndim + i
                if size != 1 and dims[at] != size:
                    if dims[at] != 1:
                        return -2
                    dims[at] = size
    return ndim


cdef int merge_axes(
    lg_map *p, int inputs, int ndim, cnp.npy_intp *size, ptrdiff_t (*strides)[MOST_AXES]
) noexcept:
    """Sets sizes and strides, of the inputs and then the result, with as few axes as can be; 0 if there are
    too many."""
    cdef int i, k, last = -1
    cdef bint joins
    for i in range(ndim):
        if size[i] == 1:
            continue
        joins = last >= 0
        for k in range(inputs + 1):
            joins = joins and strides[k][last] == strides[k][i] * size[i]
        if joins:
            size[last] *= size[i]
        else:
            last += 1
            size[last] = size[i]
        for k in range(inputs + 1):
            strides[k][last] = strides[k][i]
    if last < 0:
        last, size[0] = 0, 1
        for k in range(inputs + 1):
            strides[k][0] = 0
    if last >= LG_MAP_AXES:
        return 0
    p.axes = last + 1
    for i in range(p.axes):
        p.size[i], p.y_stride[i] = size[i], strides[inputs][i]
        for k in range(inputs):
            p.x_stride[k * LG_MAP_AXES + i] = strides[k][i]
    return 1


cdef list inputs_of(Program program, tuple operands, int form):
    """The arrays among operands, as they are read: in the form of the result, and nobody else's."""
    cdef list inputs = [None] * program.inputs
    cdef Array x
    cdef int i
    for i in range(program.count):
        if program.place[i] < 0:
            continue
        x = operands[i]
        if form == UNPACK:
            x = plain(x)
        elif form == IN_LANES and x.batch < 0 and x.ndim == 4 and x.dims[0] > 1:
            x = in_lanes(x)
        inputs[program.place[i]] = own(x)
    return inputs


cdef Array result_for(list inputs, int form, int ndim, cnp.npy_intp *dims, int type_number):
    """The array of a result whose shape this is; the sizes become those in memory."""
    cdef ptrdiff_t batch = dims[0]
    cdef Array x, y
    if form == IN_LANES:
        for x in inputs:
            if x.batch >= 0:
                dims[0], dims[4] = x.dims[0], x.dims[4]
        ndim = 5
    y = new_array(ndim, dims, type_number)
    if form == IN_LANES:
        y.batch = batch
    return y


cdef void set_strides(Array x, Array y, ptrdiff_t *strides) noexcept:
    """Bytes from an element of x to the next along each axis of the result y; 0 along what x lacks."""
    cdef int axis, at
    for axis in range(y.ndim):
        at = axis - (y.ndim - x.ndim)
        if y.batch >= 0 and x.batch < 0:  # the same for all images, and so along the lanes
            at = axis - (4 - x.ndim) if axis < 4 else -1
        strides[axis] = 0 if at < 0 or x.dims[at] == 1 else x.strides[at]


cdef Array run_program(Program program, tuple operands, int type_number):
    """The array that a program makes of arrays, whose shapes broadcast, and numbers; in lanes if one of them
    is and the others allow it. None if shapes do not fit."""
    cdef cnp.npy_intp[MOST_AXES] dims
    cdef ptrdiff_t[LG_MAP_INPUTS + 1][MOST_AXES] strides
    cdef int ndim = broadcast_dims(operands, dims), form, i
    cdef lg_map p = program.p
    cdef Array y
    cdef list inputs
    cdef const lg_kernels *k
    if ndim == -2:
        return None
    form = form_of_result(operands, ndim, dims)
    if type_number != cnp.NPY_FLOAT32 and form == IN_LANES:
        form = UNPACK
    inputs = inputs_of(program, operands, form)
    if program.adds and are_alike(inputs[0], inputs[1]):
        return add(inputs[0], inputs[1])  # which plans can make part of what was before
    y = result_for(inputs, form, ndim, dims, type_number)
    if elements(y) == 0:
        return y
    if form == IN_LANES:
        p.blocks, p.lanes = y.dims[0], y.dims[4]
        p.last = y.batch - (p.blocks - 1) * p.lanes
    for i in range(program.inputs):
        p.type[i] = element_type((<Array>inputs[i]).type)
        set_strides(inputs[i], y, strides[i])
    set_strides(y, y, strides[program.inputs])
    p.type[LG_MAP_INPUTS] = element_type(type_number)
    for i in range(program.count):
        if program.place[i] < 0:
            p.number[-1 - program.place[i]] = operands[i]
    if not merge_axes(&p, program.inputs, y.ndim, dims, strides):
        return run_program(program, of_few_axes(operands, y.shape), type_number)
    k = begin()
    for i in range(program.inputs):
        p.x[i] = <const uint8_t *>read_token(inputs[i])
    p.y = <uint8_t *>new_token(y)
    k.map(&p)
    return y


cdef bint are_alike(Array a, Array b) noexcept:
    """Whether both are C-contiguous floats of one shape and form."""
    return (
        a.type == b.type == cnp.NPY_FLOAT32 and a.contiguous and b.contiguous and a.batch == b.batch
        and a.ndim == b.ndim and memcmp(a.dims, b.dims, a.ndim * sizeof(cnp.npy_intp)) == 0
    )


cdef tuple of_few_axes(tuple operands, shape):
    """Operands all of one shape and C-contiguous, for arrays of many axes."""
    cdef list found = []
    for operand in operands:
        if type(operand) is Array:
            operand = contiguous(expanded(plain(operand), shape))
        found.append(operand)
    return tuple(found)
