# The tape: which results need a gradient, and the pass that carries gradients back to the leaves.
#
# It knows no op. An op that is to be differentiated gives `record` its result, the function that computes the
# gradients of its inputs, and what that takes; whoever holds the result holds the node. A node never refers
# to the result that it belongs to, and holds the arrays alone that it needs: there are no reference cycles,
# and an activation that no gradient needs dies as soon as nobody else holds it.
#
# Uses: record/errors, shared/arrays, shared/creation, shared/rows, kernels/elementwise.

cdef extern from *:
    """
    static _Thread_local int lg_no_grad; /* of this thread: whether ops are left unrecorded */
    """
    int lg_no_grad


def is_grad_enabled():
    """Whether ops are being recorded in this thread.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.is_grad_enabled()
    True
    """
    return not lg_no_grad


def set_grad_enabled(bint wanted):
    """Records ops in this thread from now on, or not; gives whether it was so before."""
    global lg_no_grad
    before, lg_no_grad = not lg_no_grad, not wanted
    return before


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
    None where `need` is false; of a single input `function(gradient, *saved)` gives that one's. What it gives
    is fresh or a view of what it took, and it must not write into what it took.
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


cdef class HookHandle:
    """A function that is called with gradients, until it is removed."""
    cdef list hooks
    cdef object hook

    def __init__(self, list hooks, hook):
        self.hooks, self.hook = hooks, hook
        hooks.append(self)

    def remove(self):
        """Have it called no more."""
        if self in self.hooks:
            self.hooks.remove(self)


cdef Array hooked(list hooks, Array gradient):
    """A gradient after what hooks have made of it."""
    cdef Array before = gradient
    for handle in list(hooks):
        given = (<HookHandle>handle).hook(new_tensor(gradient, None))
        if given is not None:
            gradient = float_tensor(given, "what a hook gives")._value
            if gradient.shape != before.shape:
                raise ShapeError(f"a hook gave shape {gradient.shape} for a gradient of shape {before.shape}")
    return gradient


@cython.final
cdef class Leaf:
    """Where the gradient of a leaf tensor adds up."""
    cdef public BaseTensor grad  # or None
    cdef list hooks              # functions of what a backward pass adds, or None

    cdef int accumulate(self, Array gradient, bint shared) except -1:
        """Adds a gradient; one that is shared may be seen by others, and so is not kept."""
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


@cython.final
@cython.freelist(64)
cdef class View:
    """Which part of another tensor's memory a tensor shows, so that a change in place of one can be told to
    the other (see tensors/in_place.pxi)."""
    cdef BaseTensor base
    cdef unsigned int seen      # of the base's changes
    cdef bint recorded          # it was made while ops were recorded
    cdef object show            # the function of arrays that makes the view, and its arguments
    cdef tuple arguments
    cdef object function        # that gives the base's gradient, and what it takes: see Node
    cdef tuple saved


class Size(tuple):
    """The shape of a tensor: a tuple that knows the number of elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3).shape.numel()
    6
    """
    __slots__ = ()

    def numel(self):
        """The number of elements."""
        product = 1
        for size in self:
            product *= size
        return product

    def __getitem__(self, at):
        found = tuple.__getitem__(self, at)
        return Size(found) if isinstance(at, slice) else found

    def __add__(self, other):
        return Size(tuple.__add__(self, other))


Size.__module__ = "lanegrad"


cdef class BaseTensor:
    """What the compiled module needs of a tensor: its array, and its edge on the tape."""
    cdef public Array _value
    cdef object edge            # see edge_of
    cdef View view              # or None
    cdef unsigned int changes   # in place that the tape knows of
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
            if not wanted:
                raise RuntimeError("requires_grad of a computed tensor is fixed: use .detach()")
        elif not wanted:
            self.edge = None
        elif self._value.type != cnp.NPY_FLOAT32:
            raise DtypeError(f"only Tensors of floating point dtype can require gradients, not {self.dtype}")
        elif self.edge is None:
            self.edge, self.view = Leaf(), None

    @property
    def is_leaf(self):
        """Whether the tensor was made by the user rather than computed with a gradient."""
        return type(edge_of(self)) is not Node

    @property
    def grad(self):
        """The gradient that has added up in a leaf, or that `retain_grad` has kept."""
        if type(self.edge) is Leaf:
            return (<Leaf>self.edge).grad
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
        (<Leaf>edge).hooks = (<Leaf>edge).hooks or []
        return HookHandle((<Leaf>edge).hooks, hook)

    @grad.setter
    def grad(self, value):
        cdef BaseTensor g
        if type(self.edge) is not Leaf:
            if value is not None:
                raise RuntimeError("only a leaf that requires a gradient has one")
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
        (<Leaf>self.edge).grad = value


@cython.auto_pickle(False)
cdef class BaseModule:
    """What calls a module's `forward`."""
    cdef public object _hooks  # of `nn/_hooks.py`, or None, as long as there are none

    def __call__(self, *args, **kwargs):
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)


cdef object Tensor = None  # the class whose instances results are


def set_tensor_class(cls):
    """Says what results are."""
    global Tensor
    Tensor = cls


cdef inline object edge_of(BaseTensor x):
    """Where gradients of a tensor go: to the node that made it, a `Leaf`, or nowhere: None."""
    return x.edge if x.view is None else edge_of_view(x)


cdef object edge_of_view(BaseTensor x):
    """A view goes on from what has become of its base."""
    cdef View view = x.view
    edge_of(view.base)  # which may be a view itself
    if view.seen != view.base.changes:
        view.seen = view.base.changes
        x.changes += 1
        x.edge = None
        if view.recorded:
            x.edge = edge_of(record_op(x._value, view.function, view.saved, (view.base,)))
    return x.edge


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


cdef dict needs = {}  # tuples of bools


cdef tuple needs_of(tuple edges):
    """Which inputs need a gradient; of few the same tuple each time."""
    cdef int key = 0
    if len(edges) == 2:
        key = 4 + (edges[0] is not None) + 2 * (edges[1] is not None)
    elif len(edges) == 3:
        key = 8 + (edges[0] is not None) + 2 * (edges[1] is not None) + 4 * (edges[2] is not None)
    found = needs.get(key) if key else None
    if found is None:
        found = tuple([edge is not None for edge in edges])
        if key:
            needs[key] = found
    return found


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


ONE_NEEDED = (True,)
cdef Array ONE = None  # where most backward passes start: functions know it and need not multiply by it


def one():
    """The gradient of a single number with respect to itself."""
    global ONE
    if ONE is None:
        ONE = adopt(np.ones((), np.float32))
    return ONE
