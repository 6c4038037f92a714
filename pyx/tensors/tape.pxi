# The tape: which results need a gradient, and the pass that carries gradients back to the leaves.
#
# It knows no op. An op that is to be differentiated gives `record` its result, the function that computes the
# gradients of its inputs, and what that takes; whoever holds the result holds the node. A node never refers
# to the result that it belongs to, and holds the arrays alone that it needs: there are no reference cycles,
# and an activation that no gradient needs dies as soon as nobody else holds it.
#
# Uses: shared/arrays, shared/creation, shared/rows, kernels/lanes, kernels/elementwise.

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
    """How often saved arrays have been written to, altogether."""
    cdef unsigned int total = 0
    for thing in saved:
        if type(thing) is Array:
            total += (<Array>thing).storage.version
    return total


@cython.final
cdef class Leaf:
    """Where the gradient of a leaf tensor adds up."""
    cdef public BaseTensor grad  # or None

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


cdef class BaseTensor:
    """What the compiled module needs of a tensor: its array, and its edge on the tape."""
    cdef public Array _value
    cdef public object _edge
    cdef object __weakref__

    @property
    def shape(self):
        """The shape, (N, C, H, W) for images."""
        return self._value.shape

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
        return self._edge is not None

    @requires_grad.setter
    def requires_grad(self, bint wanted):
        if type(self._edge) is Node:
            if not wanted:
                raise RuntimeError("requires_grad of a computed tensor is fixed: use .detach()")
        elif not wanted:
            self._edge = None
        elif self._value.type != cnp.NPY_FLOAT32:
            raise TypeError(f"only float32 tensors can have a gradient, this one is {self.dtype}")
        elif self._edge is None:
            self._edge = Leaf()

    @property
    def is_leaf(self):
        """Whether the tensor was made by the user rather than computed with a gradient."""
        return type(self._edge) is not Node

    @property
    def grad(self):
        """The gradient that has added up in a leaf."""
        return (<Leaf>self._edge).grad if type(self._edge) is Leaf else None

    @grad.setter
    def grad(self, value):
        cdef BaseTensor g
        if type(self._edge) is not Leaf:
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
        (<Leaf>self._edge).grad = value


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


cdef inline BaseTensor new_tensor(Array value, object edge):
    cdef BaseTensor tensor = <BaseTensor>(<type>Tensor).__new__(Tensor)
    tensor._value, tensor._edge = value, edge
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
        if inputs[i] is not None and (<BaseTensor>inputs[i])._edge is not None:
            wanted = True
    if not wanted:
        return result
    node = Node.__new__(Node)
    node.function, node.saved = function, saved
    node.written = writes_to(saved)
    node_count += 1
    node.number = node_count
    if count == 1:
        node.parents, node.need = ((<BaseTensor>inputs[0])._edge,), ONE_NEEDED
    else:
        node.parents = tuple([None if x is None else x._edge for x in inputs])
        node.need = needs_of(node.parents)
    result._edge = node
    return result


ONE_NEEDED = (True,)
cdef Array ONE = None  # where most backward passes start: functions know it and need not multiply by it


def one():
    """The gradient of a single number with respect to itself."""
    global ONE
    if ONE is None:
        ONE = adopt(np.ones((), np.float32))
    return ONE


cdef list newest_first(Node root):
    """All nodes that the root was computed from, and itself.

    RuntimeError if some cannot be differentiated any more.
    """
    global pass_count
    cdef Node node, other
    cdef list order = [], pending = [root]
    cdef Py_ssize_t low, high, middle
    pass_count += 1
    cdef unsigned long long this_pass = pass_count
    root.mark = this_pass
    while pending:
        node = pending.pop()
        order.append(node)
        if node.function is None:
            raise RuntimeError(
                "the graph of this tensor has been freed by an earlier backward(): run the forward "
                "pass again, or call that backward with retain_graph=True"
            )
        if writes_to(node.saved) != node.written:
            raise RuntimeError(
                "a tensor that is needed to compute gradients has been changed in place since: "
                "work on a copy, such as .clone() gives, or call backward() before the change"
            )
        for edge in node.parents:
            if type(edge) is not Node:
                continue
            other = <Node>edge
            if other.mark == this_pass:
                continue
            other.mark = this_pass
            low, high = 0, len(pending)
            while low < high:
                middle = (low + high) // 2
                if (<Node>pending[middle]).number < other.number:
                    low = middle + 1
                else:
                    high = middle
            pending.insert(low, other)
    return order


def backward(BaseTensor tensor not None, Array gradient not None, bint retain_graph=False):
    """Carries the gradient of a tensor back to all leaves it was computed from.

    Nodes are taken from the newest to the oldest, so that a node's gradient is complete when its turn comes.
    What each has saved is let go right after, unless `retain_graph`.

    RuntimeError if some of the graph was let go by an earlier pass, or if what it needs has been changed: no
    gradient has been touched then.
    """
    cdef Node node
    cdef Array upstream, g
    cdef Py_ssize_t i, count
    cdef dict gradients
    cdef tuple parents
    edge = tensor._edge
    if type(edge) is Leaf:
        (<Leaf>edge).accumulate(gradient, True)
        return
    gradients = {edge: gradient}
    for node in newest_first(<Node>edge):
        upstream = gradients.pop(node)
        parents = node.parents
        count = PyTuple_GET_SIZE(parents)
        given = node.call(upstream)
        if not retain_graph:
            node.function, node.saved, node.parents = None, (), ()
        if count > 1 and len(<tuple?>given) != count:
            raise ValueError(f"{len(given)} gradients for {count} inputs")
        for i in range(count):
            parent = parents[i]
            if parent is None:
                continue
            g = (<tuple>given)[i] if count > 1 else given
            if type(parent) is Leaf:
                # A function that may run again may give the same array again; another input may have it too.
                (<Leaf>parent).accumulate(
                    g, retain_graph or g.storage is upstream.storage or (count > 1 and is_among(g, given, i))
                )
            elif parent in gradients:
                gradients[parent] = add_arrays(gradients[parent], g)
            else:
                gradients[parent] = g


cdef bint is_among(Array g, tuple given, Py_ssize_t but):
    """Whether another of these gradients is in the same memory."""
    cdef Py_ssize_t i
    for i in range(PyTuple_GET_SIZE(given)):
        if i != but and given[i] is not None and (<Array>given[i]).storage is g.storage:
            return True
    return False


cdef Array add_arrays(Array a, Array b):
    """The sum of two arrays of one shape, in lanes if one of them is."""
    if a.batch >= 0 or b.batch >= 0:
        a, b = in_lanes(a), in_lanes(b)
    else:
        a, b = contiguous(a), contiguous(b)
    return add(a, b)
