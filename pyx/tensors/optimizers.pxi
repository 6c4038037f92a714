# Steps of optimizers, and clipping of gradients (see csrc/kernels/optim/).
#
# Uses: record/errors, record/lists, shared/arrays, shared/kinds, tensors/tape.

cdef class ParamTable:
    """The table that a kernel takes of many parameters: where they, their gradients and their state are."""
    cdef lg_param *entries
    cdef ptrdiff_t count
    cdef Py_ssize_t most  # that there is room for

    def __dealloc__(self):
        free(self.entries)

    cdef int start(self, Py_ssize_t count) except -1:
        """Empties it, and makes room for so many parameters."""
        cdef void *entries
        self.count = 0
        if count > self.most:
            entries = realloc(self.entries, count * sizeof(lg_param))
            if entries == NULL:
                raise MemoryError(f"no memory for a table of {count} parameters")
            self.entries, self.most = <lg_param *>entries, count
        return 0

    cdef lg_param *add(self, Array like) except NULL:
        """The next entry, for a parameter of the size of `like`."""
        cdef lg_param *entry = self.entries + self.count
        cdef ptrdiff_t start = 0
        if self.count:
            start = (entry - 1).start + round_up((entry - 1).size, 16)
        memset(entry, 0, sizeof(lg_param))
        entry.start, entry.size = start, elements(like)
        self.count += 1
        return entry


cdef Array state_array(object thing, Array like, str name):
    """An array of an optimizer's state, checked: of the shape of `like`, or a single number for None."""
    if not isinstance(thing, BaseTensor):
        raise TypeError(f"{name} must be a tensor, found {type(thing).__name__}")
    cdef Array array = (<BaseTensor>thing)._value
    if array.type != cnp.NPY_FLOAT32 or not array.contiguous or array.batch >= 0:
        raise TypeError(f"{name} must be a contiguous tensor of float32")
    if like is None:
        if array.ndim != 0:
            raise ShapeError(f"{name} must be a single number, found shape {shape_of(array)}")
        if not 0 <= (<const float *>values_of(array))[0] < INFINITY:  # there since the last step
            raise ValueError(f"the count of steps must not be negative, got {array.item()}")
    else:
        same_shape(array, name, like, "the parameter")
    return array


cdef inline BaseTensor gradient_of(BaseTensor p):
    if type(p.edge) is Leaf:
        return (<Leaf>p.edge).grad
    return None if p.rests is None else p.rests.grad


cdef class OptimizerStep:
    """The steps of one group of parameters: each is checked first, as are those of all groups.

    `names` are those of the count of steps and of up to three arrays in a parameter's state; None is passed
    over.
    """
    cdef ParamTable table
    cdef lg_optimizer options
    cdef list arrays  # of each parameter seven: itself, its array, gradient, count of steps and state

    def __cinit__(self):
        self.table = ParamTable()

    def __reduce__(self):
        return OptimizerStep, ()  # a copy fills its table before it is used, as this one does

    def lacking(self, list params, dict states, tuple names):
        """The parameters with a gradient of which the state lacks something."""
        missing = []
        for p in params:
            if gradient_of(p) is None:
                continue
            state = states.get(p)
            for name in names:
                if name is not None and (state is None or (<dict>state).get(name) is None):
                    missing.append(p)
                    break
        return missing

    def check(self, list params, dict states, tuple names, dict group):
        """Reads the options, the parameters with a gradient and what belongs to them. If something is wrong,
        nothing has been changed."""
        cdef Array param, grad
        cdef BaseTensor held
        cdef int j
        self.set_options(group)
        self.arrays = []
        for p in params:
            held = gradient_of(p)
            if held is None:
                continue
            param, grad = (<BaseTensor>p)._value, dense(held._value)
            if param.batch >= 0 or not param.contiguous or param.storage.readonly:
                raise ValueError("a parameter must be a contiguous tensor, and not read-only")
            same_shape(grad, "the gradient", param, "the parameter")
            self.arrays += (p, param, grad)
            for j in range(4):
                if names[j] is None:
                    self.arrays.append(None)
                else:
                    self.arrays.append(state_array(states[p][names[j]], None if j == 0 else param, names[j]))

    def step(self, str kernel, new=()):
        """Changes what has been checked. `new` are the parameters whose momentum starts."""
        cdef const lg_kernels *k
        cdef lg_param *entry
        cdef list arrays = self.arrays
        cdef Py_ssize_t i, j, count = len(arrays) // 7
        if count == 0:
            return
        self.table.start(count)
        k = begin()
        if not lg_list_reserve(&(<CallList>lg_mine).list, count * sizeof(lg_param) + 4096):
            raise MemoryError
        for i in range(0, 7 * count, 7):
            entry = self.table.add(arrays[i + 1])
            entry.first = arrays[i] in new
            entry.param, entry.grad = <float *>write_token(arrays[i + 1]), <float *>read_token(arrays[i + 2])
            if arrays[i + 3] is not None:
                entry.step = <float *>write_token(arrays[i + 3])
            for j in range(3):
                if arrays[i + 4 + j] is not None:
                    entry.state[j] = <float *>write_token(arrays[i + 4 + j])
        if kernel == "sgd":
            k.sgd_step(self.table.entries, self.table.count, &self.options)
        elif kernel == "adam":
            k.adam_step(self.table.entries, self.table.count, &self.options)
        else:
            k.rmsprop_step(self.table.entries, self.table.count, &self.options)
        self.arrays = None

    cdef int set_options(self, dict group) except -1:
        """Copies the options of a group to where the kernel reads them."""
        cdef lg_optimizer *o = &self.options
        o.lr, o.weight_decay, o.maximize = group["lr"], group["weight_decay"], group["maximize"]
        o.momentum = group.get("momentum", 0.0)
        o.dampening = group.get("dampening", 0.0)
        o.nesterov = group.get("nesterov", False)
        o.eps = group.get("eps", 0.0)
        o.beta1, o.beta2 = group.get("betas") or (0.0, group.get("alpha", 0.0))
        o.decoupled_weight_decay = group.get("decoupled_weight_decay", False)
        return 0


cdef ParamTable table_of_gradients(list grads):
    """Of float32 arrays that are changed in place."""
    cdef ParamTable table = ParamTable()
    cdef Array grad
    table.start(len(grads))
    for grad in grads:
        check(grad, "the gradient", cnp.NPY_FLOAT32, "float32", -1)
    for grad in grads:
        table.add(grad).grad = <float *>write_token(grad)
    return table


def clip_grad_norm(list grads, double max_norm, double norm_type, bint error_if_nonfinite):
    """Scales gradients in place if their norm is more than max_norm; gives the norm before, shape ()."""
    if not max_norm >= 0:
        raise ValueError(f"max_norm must not be negative, got {max_norm}")
    if not norm_type > 0:
        raise ValueError(f"norm_type must be positive, 1, 2 or inf for instance, got {norm_type}")
    cdef const lg_kernels *k = begin()
    cdef double *partial_
    cdef ptrdiff_t pieces = 0
    cdef Array norm = new_array(0, NULL)
    cdef ParamTable table = table_of_gradients(grads)
    if table.count:
        pieces = pieces_of_size(table.entries[table.count - 1].start + table.entries[table.count - 1].size)
    partial = room(norm, 2 * pieces * sizeof(double), <void **>&partial_)
    k.clip_grad_norm(
        table.entries, table.count, max_norm, norm_type, error_if_nonfinite, partial_,
        <float *>new_token(norm),
    )
    if error_if_nonfinite and not norm.item() < INFINITY:
        raise RuntimeError(
            f"the norm of the gradients is {norm.item()}, so they cannot be clipped: look for NaN or "
            "infinity, or scale them nonetheless with error_if_nonfinite=False"
        )
    return norm


def clip_grad_value(list grads, double clip_value):
    """Limits gradients to -clip_value ... clip_value, in place."""
    if not clip_value >= 0:
        raise ValueError(f"clip_value must not be negative, got {clip_value}")
    cdef const lg_kernels *k = begin()
    cdef ParamTable table = table_of_gradients(grads)
    k.clip_grad_value(table.entries, table.count, clip_value)
