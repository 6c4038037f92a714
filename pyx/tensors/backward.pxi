# The pass that carries gradients back to the leaves.
#
# Uses: record/errors, record/lists, shared/size, shared/arrays, kernels/lanes, kernels/elementwise,
# tensors/modes, tensors/tape.

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


cdef int call_later(Leaf leaf) except -1:
    """Calls the functions of a leaf's tensor."""
    tensor = leaf.owner()
    for handle in list(leaf.later) if tensor is not None else ():
        (<HookHandle>handle).hook(tensor)
    return 0


cdef Array ONE = None  # where most backward passes start: functions know it and need not multiply by it


def one():
    """The gradient of a single number with respect to itself."""
    global ONE
    if ONE is None:
        ONE = adopt(np.ones((), np.float32))
    return ONE


cdef list newest_first(list roots):
    """All nodes that these were computed from, and themselves."""
    global pass_count
    cdef Node node, other
    cdef list order = [], pending = []
    cdef Py_ssize_t low, high, middle
    pass_count += 1
    cdef unsigned long long this_pass = pass_count
    for node in roots:
        node.mark = this_pass
    pending.extend(roots)
    if len(roots) > 1:
        pending.sort(key=number_of)
    while pending:
        node = pending.pop()
        order.append(node)
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


cdef int check_nodes(list nodes) except -1:
    """RuntimeError if some cannot be differentiated any more."""
    cdef Node node
    for node in nodes:
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
    return 0


# A float alone is an operand, which PyTorch saves as it does tensors; those in a tuple are options.
cdef frozenset PLAIN = frozenset(
    [type(None), bool, int, str, tuple, slice, Size, type(dtype_of(cnp.NPY_FLOAT32)), type(adopt)]
)


cdef bint holds_values(Node node) except -1:
    """Whether what is there for a gradient may hold values of tensors."""
    if getattr(node.function, "__closure__", None) is not None:
        return True
    for thing in node.saved:
        if type(thing) not in PLAIN:
            return True
    return False


cdef set leading_to(dict wanted, list nodes):
    """Those edges that are wanted, and those nodes that gradients pass on the way there, newest first;
    what has been let go may have led there."""
    cdef Node node
    cdef set leading = set()
    for node in reversed(nodes):
        if node.function is None:
            leading.add(node)
        for parent in node.parents:
            if parent in wanted or parent in leading:
                leading.add(node)
    return leading


def number_of(Node node not None):
    return node.number


def backward(tuple tensors, tuple given_gradients, bint retain_graph=False, tuple wanted=None):
    """Carries gradients of tensors back to all leaves they were computed from; or, if tensors are `wanted`,
    gives those of these alone, None where there is no way to one.

    Nodes are taken from the newest to the oldest, so that a node's gradient is complete when its turn comes.
    What each has saved is let go right after, unless `retain_graph`; those that saved no values can go on.

    RuntimeError if some of the graph was let go by an earlier pass, or if what it needs has been changed: no
    gradient has been touched then.
    """
    cdef Node node
    cdef Array upstream, g
    cdef Py_ssize_t i, count
    cdef bint search = wanted is not None
    cdef dict gradients = {}, found = {}
    cdef set leading = None
    cdef tuple parents
    cdef list nodes
    if search:
        found = {edge_of(x): None for x in wanted if edge_of(x) is not NOWHERE}
    for tensor, g in zip(tensors, given_gradients):
        edge = edge_of(tensor)
        if type(edge) is Leaf and not search and (<Leaf>edge).hooks is None:
            (<Leaf>edge).accumulate(g, True)
        else:
            gradients[edge] = add_arrays(gradients[edge], g) if edge in gradients else g
    nodes = newest_first([edge for edge in gradients if type(edge) is Node])
    if search:
        leading = leading_to(found, nodes)
        check_nodes([node for node in nodes if node in leading])
    else:
        check_nodes(nodes)
    for node in nodes:
        if node not in gradients:
            continue
        upstream = gradients.pop(node)
        if search and node not in leading and node not in found:
            continue
        if node.hooks is not None:
            upstream = hooked(node.hooks, upstream)
        if node.retains:
            g = dense(upstream).copy()
            node.grad = new_tensor(g if node.grad is None else add(g, node.grad._value), None)
        if search and node in found:
            found[node] = upstream
        if search and node not in leading:
            continue
        parents = node.parents
        count = PyTuple_GET_SIZE(parents)
        given = node.call(upstream)
        if not retain_graph and holds_values(node):
            node.function, node.saved, node.parents = None, (), ()
        if count > 1 and len(<tuple?>given) != count:
            raise ValueError(f"{len(given)} gradients for {count} inputs")
        for i in range(count):
            parent = parents[i]
            if parent is None or search and parent not in leading and parent not in found:
                continue
            g = (<tuple>given)[i] if count > 1 else given
            if g is None:
                continue
            if type(parent) is Leaf and not search and (<Leaf>parent).hooks is None:
                # A function that may run again may give the same array again; another input may have it too.
                (<Leaf>parent).accumulate(
                    g, retain_graph or g.storage is upstream.storage or (count > 1 and is_among(g, given, i))
                )
            elif parent in gradients:
                gradients[parent] = add_arrays(gradients[parent], g)
            else:
                gradients[parent] = g
    for leaf, g in gradients.items():  # those leaves that hooks see as a whole, or that somebody wants
        if (<Leaf>leaf).hooks is not None:
            g = hooked((<Leaf>leaf).hooks, g)
        if not search:
            (<Leaf>leaf).accumulate(g, True)
            if (<Leaf>leaf).later is not None:
                call_later(leaf)
        elif leaf in found:
            found[leaf] = g
    if search:
        return [found.get(edge_of(x)) for x in wanted]


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
