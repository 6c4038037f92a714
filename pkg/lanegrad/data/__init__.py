"""Data sets, transforms and the loader by one name; they are those of `vision` and `utils.data`."""

from .._missing import explain
from ..utils.data import DataLoader, Dataset
from ..vision.datasets import CIFAR10, MNIST, ArrayDataset, Digits, FashionMNIST
from ..vision.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

__all__ = [
    "CIFAR10",
    "MNIST",
    "ArrayDataset",
    "Compose",
    "DataLoader",
    "Dataset",
    "Digits",
    "FashionMNIST",
    "Normalize",
    "RandomCrop",
    "RandomHorizontalFlip",
    "ToTensor",
]

explain(__name__)
