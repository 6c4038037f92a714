"""One function per op: the forward pass and its gradient rule.

What the layers in `nn/conv.py` compute is in `nn/functional/conv.py`, and so on. Every function takes
tensors or anything that NumPy can turn into an array; float64 and float16 are rounded to float32. Images
stay in lanes from one convolution, pooling or ReLU to the next.
"""

from . import (
    activation,
    batchnorm,
    conv,
    dense,
    dropping,
    linear_loss,
    lookup,
    loss,
    normalization,
    padding,
    pooling,
    pooling1d,
    products,
    shuffle,
    signals,
    special_pooling,
    transposed,
    upsampling,
    windows,
)
from .activation import *
from .batchnorm import *
from .conv import *
from .dense import *
from .dropping import *
from .linear_loss import *
from .lookup import *
from .loss import *
from .normalization import *
from .padding import *
from .pooling import *
from .pooling1d import *
from .products import *
from .shuffle import *
from .signals import *
from .special_pooling import *
from .transposed import *
from .upsampling import *
from .windows import *

__all__: list[str] = []
__all__ += activation.__all__
__all__ += batchnorm.__all__
__all__ += conv.__all__
__all__ += dense.__all__
__all__ += dropping.__all__
__all__ += linear_loss.__all__
__all__ += lookup.__all__
__all__ += loss.__all__
__all__ += normalization.__all__
__all__ += padding.__all__
__all__ += pooling.__all__
__all__ += pooling1d.__all__
__all__ += products.__all__
__all__ += shuffle.__all__
__all__ += signals.__all__
__all__ += special_pooling.__all__
__all__ += transposed.__all__
__all__ += upsampling.__all__
__all__ += windows.__all__
