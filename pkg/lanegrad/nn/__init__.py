"""Neural networks: modules, layers, losses and initial values, named as in PyTorch."""

from . import functional, init
from .container import Sequential
from .layers import Conv2d, Flatten, Linear, LogSoftmax, MaxPool2d, ReLU, Softmax
from .loss import CrossEntropyLoss, LinearCrossEntropyLoss, NLLLoss
from .module import Module, Parameter

__all__ = [
    "Conv2d",
    "CrossEntropyLoss",
    "Flatten",
    "Linear",
    "LinearCrossEntropyLoss",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "Softmax",
    "functional",
    "init",
]
