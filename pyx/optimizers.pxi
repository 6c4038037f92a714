# Steps of optimizers, and the table that their kernels read (see csrc/kernels/optimizers.c).

cdef enum:
    ARRAYS = 6  # of an entry: parameter, gradient, step, three of state

cdef class ParamTable:
    """Pointers to the parameters of a group, to their gradients and state, and the group's options.

    It is kept from step to step: `fill` checks and replaces what has become another array.
    """
    cdef lg_param *entries
    cdef ptrdiff_t count
    cdef lg_optimizer options
    cdef list arrays  # what the entries point to, ARRAYS of each
    cdef dict group

    def __cinit__(self):
        self.arrays = []

    def __dealloc__(self):
        free(self.entries)

    def __reduce__(self):
        return ParamTable, ()  # a copy is filled before it is used, as this one is

    cdef int grow(self, Py_ssize_t count) except -1:
        cdef void *entries = realloc(self.entries, count * sizeof(lg_param))
        if entries == NULL:
            raise MemoryError(f"no memory for a table of {count} parameters")
        self.entries = <lg_param *>entries
        self.arrays.extend([None] * (count * ARRAYS - len(self.arrays)))
        return 0

    cdef int point(self, Py_ssize_t at, object array, float **to, object like, str name) except -1:
        """Points to the data of an array of the shape of `like`; None: to a single number."""
        if array is self.arrays[at]:
            return 0
        to[0] = writeable_floats(array, name, 0 if like is None else -1)
        if like is not None:
            same_shape(array, name, like, "the parameter")
        self.arrays[at] = array
        return 0

    def fill(self, list params, list grads, list states=None, tuple names=(None,) * 4, first=()):
        """Points the entries to these arrays.

        `names` are those of the step and of up to three arrays in a dict of `states`; None is passed over.
        `first` holds the numbers of the parameters whose momentum starts. Gives the numbers of those of which
        the state lacks something; until that is there the table must not be used.
        """
        cdef Py_ssize_t i, j, at, count = len(params)
        cdef ptrdiff_t start = 0
        cdef lg_param *entry
        cdef list missing = []
        cdef bint lacks
        self.count = 0
        if count * ARRAYS > len(self.arrays):
            self.grow(count)
        for i in range(count):
            entry, at, param = self.entries + i, i * ARRAYS, params[i]
            if param is not self.arrays[at]:
                self.arrays[at : at + ARRAYS] = [None] * ARRAYS
                self.point(at, param, &entry.param, param, "the parameter")
            self.point(at + 1, grads[i], &entry.grad, param, "the gradient")
            state, lacks = None if states is None else states[i], False
            for j in range(4):
                if names[j] is None:
                    self.arrays[at + 2 + j] = None
                    if j:
                        entry.state[j - 1] = NULL
                    else:
                        entry.step = NULL
                    continue
                array = None if state is None else (<dict>state).get(names[j])
                if array is None:
                    lacks = True
                elif j:
                    self.point(at + 2 + j, array, &entry.state[j - 1], param, names[j])
                else:
                    self.point(at + 2, array, &entry.step, None, names[0])
                    if not 0 <= entry.step[0] < INFINITY:
                        raise ValueError(f"the count of steps must not be negative, got {entry.step[0]}")
            if lacks:
                missing.append(i)
            entry.start, entry.size, entry.first = start, cnp.PyArray_SIZE(<cnp.ndarray>param), False
            start += (entry.size + 15) // 16 * 16
        for i in first:
            self.entries[i].first = True
        self.count = count
        return missing

    def set_options(self, dict group):
        """Copies the options of a group to where the kernel reads them."""
        cdef lg_optimizer *o = &self.options
        self.group = group
        o.lr, o.weight_decay, o.maximize = group["lr"], group["weight_decay"], group["maximize"]
        o.momentum = group.get("momentum", 0.0)
        o.dampening = group.get("dampening", 0.0)
        o.nesterov = group.get("nesterov", False)
        o.eps = group.get("eps", 0.0)
        o.beta1, o.beta2 = group.get("betas") or (0.0, group.get("alpha", 0.0))
        o.decoupled_weight_decay = group.get("decoupled_weight_decay", False)

    def packed(self):
        """The options as they are now, in bytes."""
        self.set_options(self.group)
        return PyBytes_FromStringAndSize(<char *>&self.options, sizeof(self.options))

    cdef note_arrays(self):
        """Has a recording know the arrays; those of the step before have been checked then."""
        for array in self.arrays if recorded_arrays is not None else ():
            if array is not None:
                note_array(array)


def sgd_step(ParamTable table not None):
    """A step of SGD: the state is (None, momentum_buffer or None, None, None)."""
    with nogil:
        lg.sgd_step(table.entries, table.count, &table.options)
    table.note_arrays()
    keep_live(table.packed)


def adam_step(ParamTable table not None):
    """A step of Adam: the state is (step, exp_avg, exp_avg_sq, max_exp_avg_sq or None)."""
    with nogil:
        lg.adam_step(table.entries, table.count, &table.options)
    table.note_arrays()
    keep_live(table.packed)


def rmsprop_step(ParamTable table not None):
    """A step of RMSprop: the state is (step, square_avg, momentum_buffer or None, grad_avg or None)."""
    with nogil:
        lg.rmsprop_step(table.entries, table.count, &table.options)
    table.note_arrays()
    keep_live(table.packed)
