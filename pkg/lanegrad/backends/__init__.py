"""Libraries and devices that PyTorch uses, under its names: lanegrad uses OpenMP alone."""

from .._missing import explain
from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]

explain(__name__)
