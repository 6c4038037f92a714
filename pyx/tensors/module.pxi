# What modules and their hooks need of the compiled module.

@cython.auto_pickle(False)
cdef class BaseModule:
    """What calls a module's `forward`."""
    cdef public object _hooks  # of `nn/_hooks.py`, or None, as long as there are none

    def __call__(self, *args, **kwargs):
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)
