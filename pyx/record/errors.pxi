# Errors of lanegrad's own.

class ShapeError(ValueError, RuntimeError):
    """Shapes or sizes that do not fit: NumPy has a ValueError for that, PyTorch a RuntimeError."""


class DtypeError(TypeError, RuntimeError):
    """A dtype that an op is not for: NumPy has a TypeError for that, PyTorch a RuntimeError."""


ShapeError.__module__ = DtypeError.__module__ = "lanegrad"  # where users find it
