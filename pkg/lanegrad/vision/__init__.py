"""Pictures under torchvision's names: data sets, transforms, networks, grids of pictures.

Pillow is needed where a picture is read from a file or is to be shown as a PIL image:
``pip install "lanegrad[vision]"``.
"""

from .. import __version__
from .._missing import explain
from . import datasets, io, models, ops, transforms, utils

__all__ = ["__version__", "datasets", "io", "models", "ops", "transforms", "utils"]

explain(__name__)
