# The tape: which results need a gradient, and the pass that carries gradients back to the leaves.
#
# It knows no op. An op that is to be differentiated gives `record` its result, the function that computes the
# gradients of its inputs, and what that takes; whoever holds the result holds the node. A node never refers
# to the result that it belongs to, and holds the arrays alone that it needs: there are no reference cycles,
# and an activation that no gradient needs dies as soon as nobody else holds it.
#
# Uses: record/errors, shared/size, shared/arrays, shared/creation, shared/rows, kernels/elementwise,
# tensors/modes.

cdef extern from "Python.h":
    object PyObject_Vectorcall(object function, PyObject **arguments, size_t count, PyObject *names)
    PyObject *PyTuple_GET_ITEM(object, Py_ssize_t)

cdef enum:
    MOST_SAVED = 16

cdef unsigned long long node_count = 0
cdef unsigned long long pass_count = 0


@cython.trashcan(True)
@cython.freelist(256)
@cython.final
cdef class Node:
    """One recorded op: the function that gives its inputs' gradients, what that takes, and the inputs' edges.

    An edge is the node that made an input, the `Leaf` of a leaf, or None where no gradient is needed.

    `function(gradient, need, *saved)` takes the gradient of the result and gives a tuple of one per input,
    None where `need` is false or none is to go on; of a single input `function(gradient, *saved)` gives that
    one's. What it gives is fresh or a view of what it took, and it must not write into what it took.
    """
    cdef object function  # None once the graph has been let go
    cdef tuple saved, need
    cdef readonly tuple parents
    cdef unsigned long long number, mark  # parents have smaller numbers
    cdef unsigned int written  # of all saved arrays, how often they had been written to
    cdef list hooks            # functions of the result's gradient, or None
    cdef BaseTensor grad       # of the result, where it is to be kept
    cdef bint retains          # it is

    @property
    def next_functions(self):
        """Pairs of an edge and the number of the result that it stands for, 0."""
        if self.function is None:
            raise RuntimeError("next_functions has gone with the graph: pass retain_graph=True to backward()")
        return tuple([(edge, 0) for edge in self.parents])

    cdef object call(self, Array upstream):
        """What the function gives: a gradient, or for several inputs a tuple of them."""
        cdef PyObject *arguments[MOST_SAVED + 2]
        cdef Py_ssize_t i, used = 1, count = PyTuple_GET_SIZE(self.saved)
        if count > MOST_SAVED:
            raise ValueError(f"at most {MOST_SAVED} things can be saved for a gradient")
        arguments[0] = <PyObject *>upstream
        if PyTuple_GET_SIZE(self.parents) > 1:
            arguments[1], used = <PyObject *>self.need, 2
        for i in range(count):
            arguments[used + i] = PyTuple_GET_ITEM(self.saved, i)
        return PyObject_Vectorcall(self.function, arguments, used + count, NULL)

    def gradients(self, Array upstream not None):
        """Those of the inputs, a tuple, from that of the result."""
        given = self.call(upstream)
        return given if len(self.parents) > 1 else (given,)

    def __reduce__(self):
        raise TypeError("only leaf tensors can be copied or pickled: call .detach() first")


cdef unsigned int writes_to(tuple saved) noexcept:
    """How often saved arrays have been written to, altogether, or taken from their tensor."""
    cdef unsigned int total = 0
    for thing in saved:
        if type(thing) is Array:
            total += (<Array>thing).storage.version + (<Array>thing).replaced
    return total


@cython.final
cdef class Leaf:
    """Where the gradient of a leaf tensor adds up."""
    cdef public BaseTensor grad  # or None
    cdef list hooks              # functions of what a backward pass adds, or None
    cdef list later              # functions of the tensor, when that has been added; or None
    cdef object owner            # a weak reference to the tensor, where there are such
    cdef bint closed             # nothing is added

    cdef int accumulate(self, Array gradient, bint shared) except -1:
        """Adds a gradient; one that is shared may be seen by others, and so is not kept."""
        if self.closed:
            return 0
        cdef Array g = dense(gradient)
        if self.grad is not None and self.grad._value.contiguous and self.grad._value.batch < 0:
            add(self.grad._value, g, self.grad._value)
        elif self.grad is not None:
            plain(self.grad._value).write(add(dense(self.grad._value), g))
        else:
            self.grad = new_tensor(g.copy() if shared and g.storage is gradient.storage else g, None)
        return 0

    def __deepcopy__(self, memo):
        copy = Leaf()
        copy.grad = None if self.grad is None else new_tensor(self.grad._value.copy(), None)
        return copy

    def __reduce__(self):
        return Leaf, ()


cdef Leaf NOWHERE = Leaf()  # where gradients are lost, of views that the tape knows no way back from
NOWHERE.closed = True


@cython.final
@cython.freelist(64)
cdef class View:
    """Which part of another tensor's memory a tensor shows, so that a change in place of one can be told to
    the other (see tensors/in_place.pxi)."""
    cdef BaseTensor base
    cdef unsigned int seen      # of the base's changes
    cdef unsigned int forms     # that the base had had
    cdef unsigned int version   # of the storage when the tensor was put on the tape, or not
    cdef bint recorded          # it was made while ops were recorded
    cdef object show            # the function of arrays that makes the view, and its arguments
    cdef tuple arguments
    cdef object function        # that gives the base's gradient, and what it takes: see Node
    cdef tuple saved


cdef class BaseTensor:
    """What the compiled module needs of a tensor: its array, and its edge on the tape."""
    cdef public Array _value
    cdef object edge            # see edge_of
    cdef Leaf rests             # what has its gradient while it requires none, or None
    cdef View view              # or None
    cdef unsigned int changes   # in place that the tape knows of
    cdef unsigned int forms     # other shapes that it has been given in place
    cdef object __weakref__

    @property
    def _edge(self):
        return edge_of(self)

    @_edge.setter
    def _edge(self, edge):
        self.edge = edge

    @property
    def shape(self):
        """The shape, (N, C, H, W) for images."""
        return Size(self._value.shape)

    @property
    def dtype(self):
        """NumPy's dtype."""
        return dtype_of(self._value.type)

    @property
    def ndim(self):
        """The number of axes."""
        return 4 if self._value.batch >= 0 else self._value.ndim

    @property
    def requires_grad(self):
        """Whether a gradient is computed for this tensor or through it; can be set on leaves."""
        return edge_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, bint wanted):
        if type(edge_of(self)) is Node:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables: of a computed tensor use "
                ".detach()"
            )
        if not wanted:
            leave_tape(self)
        elif self._value.type != cnp.NPY_FLOAT32:
            raise DtypeError(f"only Tensors of floating point dtype can require gradients, not {self.dtype}")
        elif self.edge is None:
            self.edge = Leaf() if self.rests is None else self.rests
            self.rests = None
            (<Leaf>self.edge).closed = False

    @property
    def is_leaf(self):
        """Whether the tensor was made by the user rather than computed with a gradient."""
        return type(edge_of(self)) is not Node

    @property
    def grad(self):
        """The gradient that has added up in a leaf, or that `retain_grad` has kept."""
        if type(self.edge) is Leaf:
            return (<Leaf>self.edge).grad
        if self.edge is None and self.rests is not None:
            return self.rests.grad
        edge = edge_of(self)
        return (<Node>edge).grad if type(edge) is Node else None

    def retain_grad(self):
        """Keep the gradient of a computed tensor in `grad` too.

        Examples
        --------
        >>> import lanegrad
        >>> x = lanegrad.ones(2, requires_grad=True)
        >>> y = x * 3
        >>> y.retain_grad()
        >>> (y * y).sum().backward()
        >>> y.grad
        tensor([6., 6.])
        """
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(edge) is Node:
            (<Node>edge).retains = True

    @property
    def retains_grad(self):
        """Whether the gradient of this computed tensor is kept."""
        edge = edge_of(self)
        return type(edge) is Node and (<Node>edge).retains

    def register_hook(self, hook):
        """Have a function called with the gradient of this tensor in each backward pass.

        Parameters
        ----------
        hook : callable
            Takes the gradient; what it gives, unless None, takes its place.

        Returns
        -------
        object
            Whose `remove()` takes the function away.

        Examples
        --------
        >>> import lanegrad
        >>> x = lanegrad.ones(2, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 2)
        >>> x.sum().backward()
        >>> x.grad
        tensor([2., 2.])
        """
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if type(edge) is Node:
            (<Node>edge).hooks = (<Node>edge).hooks or []
            return HookHandle((<Node>edge).hooks, hook)
        if edge is NOWHERE:
            return HookHandle([], hook)
        (<Leaf>edge).hooks = (<Leaf>edge).hooks or []
        return HookHandle((<Leaf>edge).hooks, hook)

    def register_post_accumulate_grad_hook(self, hook):
        """Have a function called with this leaf when a backward pass has added to its gradient.

        Parameters
        ----------
        hook : callable
            Takes the tensor; what it gives is ignored.

        Returns
        -------
        object
            Whose `remove()` takes the function away.

        Examples
        --------
        >>> import lanegrad
        >>> x = lanegrad.ones(2, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
        >>> (x * 3).sum().backward()
        tensor([3., 3.])
        """
        cdef Leaf leaf
        edge = edge_of(self)
        if edge is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if type(edge) is Node:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        leaf = <Leaf>edge
        leaf.hooks, leaf.later, leaf.owner = leaf.hooks or [], leaf.later or [], weak_reference(self)
        return HookHandle(leaf.later, hook)

    @grad.setter
    def grad(self, value):
        cdef BaseTensor g
        if type(edge_of(self)) is Node:
            if value is not None:
                raise RuntimeError("only a leaf can be given a gradient: this tensor is computed")
            return
        if value is not None:
            if not isinstance(value, BaseTensor):
                raise TypeError(f"the gradient must be a tensor, found {type(value).__name__}")
            g = value
            if g.shape != self.shape or g._value.type != cnp.NPY_FLOAT32:
                raise ShapeError(
                    f"the gradient must be float32 of shape {self.shape}, found {g.dtype} of shape {g.shape}"
                )
            g._value = plain(g._value)  # optimizers do not take lanes
        if type(self.edge) is Leaf:
            (<Leaf>self.edge).grad = value
        elif value is not None or self.rests is not None:
            self.rests = Leaf() if self.rests is None else self.rests
            self.rests.grad = value


cdef object Tensor = None  # the class whose instances results are


def set_tensor_class(cls):
    """Says what results are."""
    global Tensor
    Tensor = cls


cdef int keep_retaining(object before, object after) except -1:
    """Has a node keep the gradient of its result, if another of that tensor did until now."""
    if type(before) is Node and type(after) is Node:
        (<Node>after).grad, (<Node>after).retains = (<Node>before).grad, (<Node>before).retains
        (<Node>before).retains = False
    return 0


cdef int leave_tape(BaseTensor x) except -1:
    """Makes a tensor one that requires no gradient; what it has of one stays."""
    if type(x.edge) is Leaf:
        x.rests = x.edge
        x.rests.closed = True
    x.edge = None
    return 0


cdef inline object edge_of(BaseTensor x):
    """Where gradients of a tensor go: to the node that made it, a `Leaf`, or None if it requires none."""
    return x.edge if x.view is None else edge_of_view(x)


cdef int check_form(View view) except -1:
    """RuntimeError if a view's base has another shape than when the view was made."""
    if view.forms != view.base.forms:
        raise RuntimeError(
            "the tensor of which this is a view has got another shape in place since: make the view again"
        )
    return 0


cdef object edge_of_view(BaseTensor x):
    """A view goes on from what has become of its base, and requires a gradient if that does.

    But no gradient goes to a base that has come to require one since, or from a view made under no_grad().
    """
    global lg_no_grad
    cdef View view = x.view
    cdef bint now = lg_no_grad
    cdef BaseTensor root = view.base
    before = edge_of(view.base)  # which may be a view itself
    while root.view is not None:
        root = root.view.base
    if view.seen != view.base.changes or (
        x.edge is None and root.edge is not None and view.recorded
        and view.version != x._value.storage.version
    ):
        if not view.recorded and before is not None:
            raise RuntimeError(
                "this view was made under no_grad(), and then its base was changed in place while ops were "
                "recorded: make the view again, or do both under no_grad(), or neither"
            )
        x.changes += view.seen != view.base.changes
        view.seen, view.version = view.base.changes, x._value.storage.version
        if before is not None:
            check_form(view)
        lg_no_grad = False  # whenever it is that somebody asks
        before = x.edge
        x.edge = edge_of(record_op(x._value, view.function, view.saved, (view.base,)))
        keep_retaining(before, x.edge)
        lg_no_grad = now
    return NOWHERE if x.edge is None and root.edge is not None else x.edge


cdef inline BaseTensor new_tensor(Array value, object edge):
    cdef BaseTensor tensor = <BaseTensor>(<type>Tensor).__new__(Tensor)
    tensor._value, tensor.edge = value, edge
    return tensor


def float_tensor(x, str name):
    """`x` as a tensor of float32: itself if it is one. A TypeError for integers of somebody's choice."""
    if isinstance(x, BaseTensor):
        if (<BaseTensor>x)._value.type != cnp.NPY_FLOAT32:
            as_floats((<BaseTensor>x)._value.array(), name)  # raises
        return x
    array = as_floats(x, name)
    return new_tensor(share(array) if isinstance(x, np.ndarray) else adopt(array), None)


def record(Array value not None, function=None, tuple saved=(), *inputs):
    """The tensor of an op's result, on the tape if ops are recorded and an input, a tensor or None, needs a
    gradient.

    See `Node` for the function and what it takes.
    """
    return record_op(value, function, saved, inputs)


cdef BaseTensor record_op(Array value, object function, tuple saved, tuple inputs):
    global node_count
    cdef BaseTensor result = new_tensor(value, None)
    cdef Node node
    cdef Py_ssize_t i, count = PyTuple_GET_SIZE(inputs)
    cdef bint wanted = False
    cdef BaseTensor x
    if lg_no_grad or function is None:
        return result
    for i in range(count):
        if inputs[i] is not None and edge_of(<BaseTensor>inputs[i]) is not None:
            wanted = True
    if not wanted:
        return result
    node = Node.__new__(Node)
    node.function, node.saved = function, saved
    node.written = writes_to(saved)
    node_count += 1
    node.number = node_count
    if count == 1:
        node.parents, node.need = (edge_of(<BaseTensor>inputs[0]),), ONE_NEEDED
    else:
        node.parents = tuple([None if x is None else edge_of(x) for x in inputs])
        node.need = needs_of(node.parents)
    result.edge = node
    return result
