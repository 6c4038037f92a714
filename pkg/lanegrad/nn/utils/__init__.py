"""Gradients clipped, parameters as one vector, layers fused, and weights that are computed."""

from . import clip_grad, convert_parameters, fusion, init, reparameterized
from .clip_grad import *
from .convert_parameters import *
from .fusion import *
from .init import *
from .reparameterized import *

__all__: list[str] = []
__all__ += clip_grad.__all__
__all__ += convert_parameters.__all__
__all__ += fusion.__all__
__all__ += init.__all__
__all__ += reparameterized.__all__
