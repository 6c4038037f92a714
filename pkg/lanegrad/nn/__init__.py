"""Neural networks: modules, layers, losses and initial values, named as in PyTorch."""

from . import (
    activation,
    batchnorm,
    common_types,
    container,
    conv,
    dense,
    dropping,
    flatten,
    functional,
    init,
    lazy,
    linear_loss,
    lookup,
    loss,
    module,
    modules,
    normalization,
    padding,
    parallel,
    parameter,
    parameter_lists,
    pooling,
    pooling1d,
    products,
    shuffle,
    signals,
    special_pooling,
    transposed,
    upsampling,
    utils,
    windows,
)
from .activation import *
from .batchnorm import *
from .container import *
from .conv import *
from .dense import *
from .dropping import *
from .flatten import *
from .lazy import *
from .linear_loss import *
from .lookup import *
from .loss import *
from .module import *
from .normalization import *
from .padding import *
from .parallel import *
from .parameter import *
from .parameter_lists import *
from .pooling import *
from .pooling1d import *
from .products import *
from .shuffle import *
from .signals import *
from .special_pooling import *
from .transposed import *
from .upsampling import *
from .windows import *

__all__ = ["common_types", "functional", "init", "modules", "utils"]
__all__ += activation.__all__
__all__ += batchnorm.__all__
__all__ += container.__all__
__all__ += conv.__all__
__all__ += dense.__all__
__all__ += dropping.__all__
__all__ += flatten.__all__
__all__ += lazy.__all__
__all__ += linear_loss.__all__
__all__ += lookup.__all__
__all__ += loss.__all__
__all__ += module.__all__
__all__ += normalization.__all__
__all__ += padding.__all__
__all__ += parallel.__all__
__all__ += parameter.__all__
__all__ += parameter_lists.__all__
__all__ += pooling.__all__
__all__ += pooling1d.__all__
__all__ += products.__all__
__all__ += shuffle.__all__
__all__ += signals.__all__
__all__ += special_pooling.__all__
__all__ += transposed.__all__
__all__ += upsampling.__all__
__all__ += windows.__all__
