# The shape of a tensor.

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
