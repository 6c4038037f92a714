# Views of tensors, and changes in place, which views and bases share: in memory, and on the tape.
#
# A change in place is an op like any other, whose result takes the place of the tensor that it was computed
# from: `become`. Where nobody else shows that tensor's memory, it takes the result's array. Else the values
# are written there; a view's base then has a node of its own, whose gradient goes to the base as it was, but
# for the part that the view shows, and for that part to the result. Other views find out when they are
# used.
#
# Uses: record/errors, record/lists, shared/arrays, shared/creation, tensors/modes, tensors/tape.

cdef Array plain_of_tensor(BaseTensor x):
    """The array of a tensor, not in lanes from now on."""
    if x._value.batch >= 0:
        x._value = plain(x._value)
    return x._value


def plain_array(BaseTensor x not None):
    """The array of a tensor, not in lanes from now on."""
    return plain_of_tensor(x)


cdef BaseTensor view_of(BaseTensor x, object show, tuple arguments, object function, tuple saved):
    cdef Array shown = show(plain_of_tensor(x), *arguments)
    cdef BaseTensor result = record_op(shown, function, saved, (x,))
    cdef View view
    edge_of(x)  # which finds out about changes of what x is a view of
    if shown.storage is x._value.storage:
        view = View.__new__(View)
        view.base, view.seen, view.forms, view.recorded = x, x.changes, x.forms, not lg_no_grad
        view.version = shown.storage.version
        view.show, view.arguments, view.function, view.saved = show, arguments, function, saved
        result.view = view
    return result


def record_view(BaseTensor x not None, show, tuple arguments, function, tuple saved=()):
    """The view of x that `show` makes of its array; function and saved give the gradient of x (see Node)."""
    return view_of(x, show, arguments, function, saved)


def check_changeable(BaseTensor x not None, BaseTensor result=None):
    """RuntimeError if a gradient would be wrong after a change in place now, to a result if one is given."""
    if lg_no_grad:
        return
    cdef BaseTensor base = x
    while base.view is not None:
        check_form(base.view)
        if not base.view.recorded and (
            edge_of(base.view.base) is not None or result is not None and edge_of(result) is not None
        ):
            raise RuntimeError(
                "a view that was made under no_grad() is changed in place while ops are recorded: make the "
                "view again, or change it under no_grad() too"
            )
        base = base.view.base
    if edge_of(x) is not None and type(edge_of(base)) is not Node:
        raise RuntimeError(
            f"{'a' if base is x else 'a view of a'} leaf Variable that requires grad is being used in an "
            "in-place operation: do it under no_grad(), or on a copy, such as .clone() gives"
        )


def original(BaseTensor x not None, *others):
    """What an op that changes x in place computes with, and with others: x, or a copy where x is about to be
    overwritten but a gradient may need its values."""
    if lg_no_grad or x._value.alone:
        return x
    for other in (x, *others):
        if isinstance(other, BaseTensor) and edge_of(other) is not None:
            return record_op(x._value.copy(), identity_gradient, (), (x,))
    return x


def identity_gradient(Array g not None):
    return g


def zero_gradient(Array g not None):
    """Of what a result does not depend on."""
    return filled(g.shape, 0.0)


def become(BaseTensor x not None, BaseTensor result not None):
    """Give x, in place, the values and the place on the tape of a result of its shape and dtype."""
    if result is x:
        return x
    cdef Array old = x._value
    check_changeable(x, result)
    if x.shape != result.shape:
        raise ShapeError(
            f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(result.shape)}"
        )
    if old.type != result._value.type:
        raise RuntimeError(
            f"result type {result.dtype} can't be cast to the desired output type {x.dtype}"
        )
    if old.alone and result._value.alone and not old.storage.readonly:
        if not old.kept_alone:
            old.replaced = True
            if type(result.edge) is Node and Py_REFCNT(old) > 2:
                excuse(<Node>result.edge, old, x.edge)
        x._value = result._value
    else:
        spare_saved(x)
        plain_of_tensor(x).write(result._value)
    if not lg_no_grad and (edge_of(x) is not None or edge_of(result) is not None):
        if edge_of(result) is None:
            result = record_op(x._value, zero_gradient, (), (x,))
        take_place(x, result)
    return x


def reshown(BaseTensor x not None, show, tuple arguments, function, tuple saved):
    """Makes x, in place, what `record_view` would give of it."""
    cdef BaseTensor before, after
    if edge_of(x) is None and x.view is None:
        x._value = show(plain_of_tensor(x), *arguments)
    else:
        if lg_no_grad and edge_of(x) is not None:
            raise RuntimeError(
                "a tensor that requires a gradient is given another shape in place under no_grad(): set .data"
            )
        check_changeable(x)
        before = new_tensor(plain_of_tensor(x), x.edge)
        before.view, before.changes = x.view, x.changes
        after = view_of(before, show, arguments, function, saved)
        x._value, x.edge, x.view = after._value, after.edge, after.view
    x.changes += 1
    x.forms += 1
    return x


cdef int spare_saved(BaseTensor x) except -1:
    """Has the op that made a tensor save a copy of its result, if that is to be spared."""
    cdef BaseTensor root = x
    while root.view is not None:
        root = root.view.base
    if type(root.edge) is not Node or writes_to((<Node>root.edge).saved) != (<Node>root.edge).written:
        return 0
    cdef Node node = root.edge
    cdef list saved = list(node.saved)
    cdef Py_ssize_t i
    for i in range(len(saved)):
        if type(saved[i]) is Array and (<Array>saved[i]).kept_alone and root._value.shares(saved[i]):
            saved[i] = (<Array>saved[i]).copy()
    node.saved = tuple(saved)
    node.written = writes_to(node.saved)
    return 0


cdef int excuse(Node last, Array old, object before) except -1:
    """Lets the nodes of an op in place have saved what they replace, which keeps its values."""
    cdef unsigned long long start = (<Node>before).number if type(before) is Node else 0
    cdef list pending = [last]
    cdef set seen = set(pending)
    cdef Node node
    while pending:
        node = pending.pop()
        for thing in node.saved:
            if thing is old:
                node.written += 1
        for parent in node.parents:
            if type(parent) is Node and (<Node>parent).number > start and parent not in seen:
                seen.add(parent)
                pending.append(parent)
    return 0


cdef int take_place(BaseTensor x, BaseTensor result) except -1:
    """Puts x where a result is on the tape, and what x is a view of behind it."""
    cdef View view = x.view
    if view is None:
        keep_retaining(x.edge, result.edge)
        x.edge = edge_of(result)
        x.changes += 1
        return 0
    saved = view.show, view.arguments
    take_place(
        view.base, record_op(view.base._value, part_gradient, saved, (view.base, result))
    )
    edge_of(x)
    return 0


def part_gradient(Array g not None, tuple need, show, tuple arguments):
    """Of a base of which a view has been changed: of what it was before, and of what the view has become."""
    cdef Array whole = dense(g).copy(), part = show(whole, *arguments)
    cdef Array taken = part.copy() if need[1] else None
    if need[0]:
        part.write(filled(part.shape, 0.0))
    return whole if need[0] else None, taken


def forget_edge(BaseTensor x not None):
    """Takes a tensor off the tape, in place."""
    if x.view is not None:
        raise RuntimeError("Can't detach views in-place: use detach() instead of detach_()")
    leave_tape(x)
