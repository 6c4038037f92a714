"""What stands beside networks and optimizers: `lanegrad.utils.data`, data sets and their loader."""

from . import data

__all__ = ["data"]
