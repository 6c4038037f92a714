"""Torchvision's functions of layers and losses."""

from .._missing import explain
from ..nn.functional import sigmoid_focal_loss

__all__ = ["sigmoid_focal_loss"]

explain(__name__)
