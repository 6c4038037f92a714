"""Datasets that fit in memory, transforms of whole batches, and the loader that feeds a model."""

from ..utils.data import DataLoader
from .datasets import CIFAR10, MNIST, Dataset, Digits, FashionMNIST
from .transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip

__all__ = [
    "CIFAR10",
    "MNIST",
    "Compose",
    "DataLoader",
    "Dataset",
    "Digits",
    "FashionMNIST",
    "Normalize",
    "RandomCrop",
    "RandomHorizontalFlip",
]
