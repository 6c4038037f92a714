"""One function per op: the forward pass and its gradient rule.

What the layers in `nn/conv.py` compute is in `nn/functional/conv.py`, and so on. Every function takes
tensors or anything that NumPy can turn into an array; float64 and float16 are rounded to float32. Images
stay in lanes from one convolution, pooling or ReLU to the next.
"""

from .activation import gelu, leaky_relu, log_softmax, relu, sigmoid, silu, softmax, tanh
from .batchnorm import batch_norm
from .conv import conv2d
from .dense import linear
from .dropping import dropout, dropout2d
from .linear_loss import linear_cross_entropy
from .loss import cross_entropy, nll_loss
from .padding import pad
from .pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "cross_entropy",
    "dropout",
    "dropout2d",
    "gelu",
    "leaky_relu",
    "linear",
    "linear_cross_entropy",
    "log_softmax",
    "max_pool2d",
    "nll_loss",
    "pad",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "tanh",
]
