"""What transforms do, as functions of a picture: a PIL image, or a tensor (..., C, H, W).

PIL images are left to pillow itself; tensors are computed here, without gradients but for `crop`, `hflip`,
`vflip` and `normalize`.
"""

from ._color import *
from ._conversion import *
from ._geometry import *
from ._warping import *
