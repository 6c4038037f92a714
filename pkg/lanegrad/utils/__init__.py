"""What programs use around networks, under PyTorch's names."""

from . import model_zoo, tensorboard

__all__ = ["model_zoo", "tensorboard"]
