"""Transforms of pictures under torchvision's names, and `functional`, what they do.

Random numbers come from `lanegrad.random.generator()` for all of them, so `manual_seed` repeats them; they
are others than PyTorch's. A data set in memory applies a chain of transforms to whole batches, by compiled
kernels: of `Compose`, `ToTensor`, `PILToTensor`, `ConvertImageDtype`, `Normalize`, `Pad`, `CenterCrop`,
`RandomCrop`, flips, `AlternatingFlip`, `Cutout` and `RandomErasing`; and, of bytes, of
`RandomResizedCrop`, `RandomRotation`, `RandomAffine` and `ColorJitter`. What is drawn for a picture then
depends on the loader's pass and the picture's index, not on its batch. A subclass that overrides what they do
is asked picture by picture, as everything else is.
"""

from . import autoaugment as autoaugment
from . import functional as functional
from . import v2 as v2
from ._augment import *
from ._base import *
from ._color import *
from ._conversion import *
from ._geometry import *
from ._warping import *
from .autoaugment import *
from .functional import InterpolationMode as InterpolationMode
