"""Neural networks: modules, layers, losses and initial values, named as in PyTorch."""

from .._missing import explain, leave_out
from . import (
    activation,
    batchnorm,
    binary_loss,
    common_types,  # noqa: F401
    container,
    conv,
    dense,
    distance_loss,
    dropping,
    flatten,
    functional,
    gating,
    init,
    lazy,
    linear_loss,
    lookup,
    loss,
    margin_loss,
    module,
    modules,
    normalization,
    normalizing,
    padding,
    parallel,
    parameter,
    parameter_lists,
    pooling,
    pooling1d,
    products,
    rectifying,
    regression_loss,
    shrinking,
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
from .binary_loss import *
from .container import *
from .conv import *
from .dense import *
from .distance_loss import *
from .dropping import *
from .flatten import *
from .gating import *
from .lazy import *
from .linear_loss import *
from .lookup import *
from .loss import *
from .margin_loss import *
from .module import *
from .normalization import *
from .normalizing import *
from .padding import *
from .parallel import *
from .parameter import *
from .parameter_lists import *
from .pooling import *
from .pooling1d import *
from .products import *
from .rectifying import *
from .regression_loss import *
from .shrinking import *
from .shuffle import *
from .signals import *
from .special_pooling import *
from .transposed import *
from .upsampling import *
from .windows import *

__all__ = ["functional", "init", "modules", "parallel", "parameter", "utils"]
__all__ += activation.__all__
__all__ += batchnorm.__all__
__all__ += binary_loss.__all__
__all__ += container.__all__
__all__ += conv.__all__
__all__ += dense.__all__
__all__ += distance_loss.__all__
__all__ += dropping.__all__
__all__ += flatten.__all__
__all__ += gating.__all__
__all__ += lazy.__all__
__all__ += linear_loss.__all__
__all__ += lookup.__all__
__all__ += loss.__all__
__all__ += margin_loss.__all__
__all__ += module.__all__
__all__ += normalization.__all__
__all__ += normalizing.__all__
__all__ += padding.__all__
__all__ += parallel.__all__
__all__ += parameter.__all__
__all__ += parameter_lists.__all__
__all__ += pooling.__all__
__all__ += pooling1d.__all__
__all__ += products.__all__
__all__ += rectifying.__all__
__all__ += regression_loss.__all__
__all__ += shrinking.__all__
__all__ += shuffle.__all__
__all__ += signals.__all__
__all__ += special_pooling.__all__
__all__ += transposed.__all__
__all__ += upsampling.__all__
__all__ += windows.__all__

leave_out(module.Module, f"{__name__}.Module")
explain(__name__)
