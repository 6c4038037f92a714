"""Loading of data, and names of PyTorch's `utils`."""

from .._missing import explain
from . import checkpoint, data, model_zoo, tensorboard

__all__ = ["checkpoint", "data", "model_zoo", "tensorboard"]

explain(__name__)
