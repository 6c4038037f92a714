# Elementwise ops of tensors and numbers: an op has a rule for its value and one for the slope along each
# operand, which are made programs of when they are first needed (see lanegrad/_tensor/pointwise.py).
#
# Uses: record/lists, shared/arrays, shared/creation, kernels/map, kernels/reduce, tensors/modes,
# tensors/tape.

cdef object float32 = np.dtype(np.float32)


cdef class PointwiseOp:
    """What runs the programs of an op. Rules and types are the business of its subclass."""
    cdef readonly tuple slopes   # rules, or None where an operand has no slope
    cdef readonly tuple named    # of each the operands that it takes, by number; the result is the last
    cdef readonly object result  # the dtype of all results, or None
    cdef int result_type         # its number, or -1
    cdef bint of_floats          # it takes them
    cdef bint divides            # by whole numbers that must not be 0
    cdef object kernel           # of its own, for one operand of floats; or None
    cdef dict programs           # by what they depend on

    def __init__(self, tuple slopes, tuple named, bint of_floats, result, kernel, bint divides=False):
        self.slopes, self.named, self.of_floats, self.result = slopes, named, of_floats, result
        self.kernel, self.programs, self.divides = kernel, {}, divides
        self.result_type = -1 if result is None else result.num

    def __call__(self, *inputs, dtype=None, tuple options=()):
        """The result for tensors, numbers and array_likes; `dtype` is taken instead of their common one."""
        return self.run(inputs, dtype, options)

    cdef object run(self, tuple inputs, object dtype, tuple options):
        cdef int kind = b"f", numbers = 0, i, count = PyTuple_GET_SIZE(inputs), type_number = cnp.NPY_FLOAT32
        cdef bint simple = dtype is None or dtype is float32, tensors = False
        cdef list arrays
        for i in range(count):
            x = inputs[i]
            if isinstance(x, BaseTensor):
                simple = simple and (<BaseTensor>x)._value.type == cnp.NPY_FLOAT32
                tensors = True
            elif type(x) is float or type(x) is int:
                numbers |= 1 << i
            else:
                simple = False
        if not simple or not tensors or not self.of_floats:
            inputs, dtype = self.promoted(inputs, dtype)
            kind, numbers, type_number = ord(dtype.kind), 0, dtype.num
            for i in range(count):
                numbers |= (not isinstance(inputs[i], BaseTensor)) << i
        arrays = []
        for i in range(count):
            x = inputs[i]
            if isinstance(x, BaseTensor):
                # A copy where others may touch the memory: they may do so before a slope reads it.
                arrays.append(own((<BaseTensor>x)._value))
            elif kind == b"f":
                arrays.append(<double><float>x)
            else:
                arrays.append(x)
        return self.record(inputs, tuple(arrays), kind, numbers, type_number, options)

    cdef object record(
        self, tuple inputs, tuple arrays, int kind, int numbers, int type_number, tuple options
    ):
        """Of operands of a common type, numbers among them rounded to it."""
        cdef Program program = None
        cdef Array y = None
        cdef Py_ssize_t i, k, count = PyTuple_GET_SIZE(inputs)
        cdef bint wanted = False
        cdef list kept
        cdef tuple tensors
        cdef set names
        if self.divides and kind != b"f":
            self.check_divisor(arrays[1])
        if self.kernel is None:
            program = self.program(-1, kind, count, numbers, options)
        if self.kernel is not None:
            y = by_kernel(self.kernel, arrays[0])
        elif program is not None and known(arrays):
            y = run_program(program, arrays, type_number if self.result_type < 0 else self.result_type)
            if y is None:
                self.refuse(arrays)
        else:
            y = self.computed(arrays, dtype_of(type_number), options)
        if lg_no_grad or not self.slopes or type_number != cnp.NPY_FLOAT32:
            return new_tensor(y, None)
        names = set()
        tensors = tuple([x if isinstance(x, BaseTensor) else None for x in inputs])
        for i in range(count):
            if tensors[i] is not None and edge_of(<BaseTensor>tensors[i]) is not None:
                if self.slopes[i] is None:
                    raise RuntimeError(
                        "a tensor that is a weight or a target here gets no gradient: use .detach()"
                    )
                wanted = True
                names.update(self.named[i])
        if not wanted:
            return new_tensor(y, None)
        kept = [arrays[k] if k in names else None for k in range(count)]
        kept.append(y if count in names else None)
        for k in range(count):  # what has been copied, since a change of it by an op is an error
            if k in names and tensors[k] is not None and (<BaseTensor>tensors[k])._value is not arrays[k]:
                kept.append((<BaseTensor>tensors[k])._value)
        shapes = tuple([x.shape if x is not None else None for x in tensors])
        saved = (self, numbers, options, shapes), *kept  # whether the pass lets it go, what is kept decides
        return record_op(y, one_slope if count == 1 else all_slopes, saved, tensors)

    cdef Program program(self, int slope, int kind, int count, int numbers, tuple options):
        """The program of the value (-1) or of a slope; None if there is none."""
        key = slope, kind, numbers, repr(options) if options else None  # where 0.0 is not -0.0
        found = self.programs.get(key, self)
        if found is self:
            if len(self.programs) >= 64:
                self.programs.clear()
            found = self.programs[key] = self.compiled(slope, chr(kind), count, numbers, options)
        return found

    cdef Array slope(self, int i, Array g, int numbers, tuple options, shape, tuple kept):
        """The gradient of an operand of this shape from that of the result."""
        cdef Program program = self.program(i, b"f", len(self.slopes), numbers, options)
        cdef Array found = g
        cdef tuple operands = (g, *[kept[k] for k in self.named[i]])
        if program is None or not known(operands):
            found = self.computed_slope(i, operands, options)
        elif program.p.steps:
            found = run_program(program, operands, cnp.NPY_FLOAT32)
        return found if found.shape == shape else sum_to(found, shape)


cdef Program moving(list steps, str registers):
    """A program of one input that stays in one register."""
    cdef bytes code = b"".join([bytes([step, 0, 0, 0, 0]) for step in steps])
    return Program(code, (0,), (), registers, True)


cdef Program floats_copied = moving([LG_MAP_LOAD, LG_MAP_STORE], "either")
cdef Program whole_copied = moving([LG_MAP_LOAD_WHOLE, LG_MAP_STORE_WHOLE], "doubles")
cdef Program float_truths = moving([LG_MAP_LOAD, step_numbers()["truth"], LG_MAP_STORE], "either")
cdef Program whole_truths = moving([LG_MAP_LOAD, LG_MAP_TO_WHOLE, LG_MAP_STORE_WHOLE], "doubles")


def cast_array(Array x not None, dtype not None):
    """The elements in another type; None where that is NumPy's business."""
    cdef int type_number = dtype.num
    cdef bint floats = x.type == cnp.NPY_FLOAT32
    cdef Program program = whole_copied
    if element_type(x.type) < 0 or element_type(type_number) < 0:
        return None
    if type_number == cnp.NPY_FLOAT32:
        program = floats_copied
    elif type_number == cnp.NPY_BOOL:
        program = float_truths if floats else whole_truths
    elif floats and type_number != cnp.NPY_INT64:  # what does not fit is a matter of the type
        return None
    return run_program(program, (own(x),), type_number)


cdef Array by_kernel(object kernel, object operand):
    """What a kernel of one array of floats makes of an operand. In lanes without an image it may find
    anything and make anything of it: they become 0."""
    cdef Array x = operand if type(operand) is Array else filled((), operand), y
    if x.type != cnp.NPY_FLOAT32:
        x = run_program(floats_copied, (x,), cnp.NPY_FLOAT32)
    y = kernel(contiguous(x))
    return run_program(floats_copied, (y,), cnp.NPY_FLOAT32) if y.batch >= 0 and y.batch % y.dims[4] else y


cdef bint known(tuple arrays) noexcept:
    """Whether kernels know the types of all arrays."""
    for x in arrays:
        if type(x) is Array and element_type((<Array>x).type) < 0:
            return False
    return True


def all_slopes(Array g not None, tuple need, tuple call, *kept):
    """Gradients of an op's operands from that of its result."""
    cdef PointwiseOp op
    cdef int numbers, i
    cdef list found = []
    op, numbers, options, shapes = call
    for i in range(len(need)):
        found.append(op.slope(i, g, numbers, options, shapes[i], kept) if need[i] else None)
    return tuple(found)


def one_slope(Array g not None, tuple call, *kept):
    """That of the only operand."""
    cdef PointwiseOp op
    cdef int numbers
    op, numbers, options, shapes = call
    return op.slope(0, g, numbers, options, shapes[0], kept)


cdef inline bint of_float32(object x) noexcept:
    return isinstance(x, BaseTensor) and (<BaseTensor>x)._value.type == cnp.NPY_FLOAT32


def operators(function, PointwiseOp op=None):
    """Python's operator that a function of two tensors is, and its form for the tensor on the right.

    Where both are of floats, or one is a number, `op` is asked at once. An operand that no tensor can be made
    of is left to its own class, or to Python's TypeError.
    """
    def operator(self, other):
        if op is not None and of_float32(self) and (
            type(other) is float or type(other) is int or of_float32(other)
        ):
            return op.run((self, other), None, ())
        try:
            return function(self, other)
        except TypeError:
            return NotImplemented

    def reflected(self, other):
        if op is not None and of_float32(self) and (type(other) is float or type(other) is int):
            return op.run((other, self), None, ())
        try:
            return function(other, self)
        except TypeError:
            return NotImplemented

    return operator, reflected
