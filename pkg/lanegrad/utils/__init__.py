"""Loading of data, and names of PyTorch's `utils`."""

from . import checkpoint, data, model_zoo, tensorboard

__all__ = ["checkpoint", "data", "model_zoo", "tensorboard"]
