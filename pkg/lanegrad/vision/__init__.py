"""Pictures under torchvision's names: data sets, transforms, and grids of pictures.

Pillow is needed where a picture is to be shown as a PIL image, pooch where data sets are fetched:
``pip install "lanegrad[vision]"``.
"""

from . import datasets, transforms, utils

__all__ = ["datasets", "transforms", "utils"]
