# Errors of lanegrad's own.

class ShapeError(ValueError, RuntimeError):
    """Shapes or sizes that do not fit: NumPy's programs expect a ValueError then, PyTorch's a RuntimeError."""


ShapeError.__module__ = "lanegrad"  # where users find it
