"""What programs use around networks, under PyTorch's names."""

from . import checkpoint, model_zoo, tensorboard

__all__ = ["checkpoint", "model_zoo", "tensorboard"]
