"""Transforms of pictures under torchvision's names, and `functional`, what they do."""

from . import autoaugment as autoaugment
from . import functional as functional
from . import v2 as v2
from ._base import *
from ._color import *
from ._conversion import *
from ._geometry import *
from ._warping import *
from .autoaugment import *
from .functional import InterpolationMode as InterpolationMode
