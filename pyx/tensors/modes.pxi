# What the tape rests on: whether ops are recorded in this thread, which inputs need a gradient, and what
# takes hooks away.

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


cdef class GradMode:
    """Records ops in this thread, or does not, from entering to leaving. Compiled, since Ctrl-C may come at
    any call of Python's: also between a change and what would undo it."""
    cdef bint wanted, before

    def __init__(self, bint wanted):
        self.wanted = wanted

    def __enter__(self):
        self.before = set_grad_enabled(self.wanted)

    def __exit__(self, *error):
        set_grad_enabled(self.before)


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


ONE_NEEDED = (True,)
