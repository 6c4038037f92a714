"""One function per op: the forward pass and its gradient rule, from one file per family.

Every function takes tensors or anything that NumPy can turn into an array; float64 and float16 are
rounded to float32. Images stay in lanes from one convolution, pooling or ReLU to the next.
"""

from ._activation import gelu, leaky_relu, relu, sigmoid, silu, tanh
from ._classification import cross_entropy, log_softmax, nll_loss, softmax
from ._convolution import conv2d
from ._dropout import dropout, dropout2d
from ._linear import linear
from ._linear_cross_entropy import linear_cross_entropy
from ._normalization import batch_norm
from ._padding import pad
from ._pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d

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
