"""Neural networks: modules, layers, losses and initial values, named as in PyTorch."""

from . import (
    activation,
    batchnorm,
    binary_loss,
    container,
    conv,
    dense,
    distance_loss,
    dropping,
    flatten,
    functional,
    gating,
    init,
    linear_loss,
    loss,
    margin_loss,
    module,
    normalizing,
    pooling,
    rectifying,
    regression_loss,
    shrinking,
    utils,
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
from .linear_loss import *
from .loss import *
from .margin_loss import *
from .module import *
from .normalizing import *
from .pooling import *
from .rectifying import *
from .regression_loss import *
from .shrinking import *

__all__ = ["functional", "init", "utils"]
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
__all__ += linear_loss.__all__
__all__ += loss.__all__
__all__ += margin_loss.__all__
__all__ += module.__all__
__all__ += normalizing.__all__
__all__ += pooling.__all__
__all__ += rectifying.__all__
__all__ += regression_loss.__all__
__all__ += shrinking.__all__
