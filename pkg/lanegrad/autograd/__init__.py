"""Gradients: whether ops are recorded, backward passes, and ops of one's own."""

from . import anomaly, checking, function, gradients, modes, variable
from .anomaly import *
from .checking import *
from .function import *
from .gradients import *
from .modes import *
from .variable import *

__all__: list[str] = []
__all__ += anomaly.__all__
__all__ += checking.__all__
__all__ += function.__all__
__all__ += gradients.__all__
__all__ += modes.__all__
__all__ += variable.__all__
