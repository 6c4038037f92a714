"""What initial values depend on: how many numbers a weight joins, and what an activation leaves of them."""

from __future__ import annotations

from math import prod, sqrt

from .._tensor import Tensor

GAINS = {
    "tanh": 5 / 3,
    "relu": sqrt(2),
    "selu": 3 / 4,
    **dict.fromkeys(("linear", "sigmoid"), 1.0),
    **{f"conv{kind}{n}d": 1.0 for kind in ("", "_transpose") for n in (1, 2, 3)},
}


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output is computed from, and how many outputs an input goes to."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions; this "
            f"one has shape {tensor.shape}"
        )
    outputs, inputs, *kernel = tensor.shape
    return inputs * prod(kernel), outputs * prod(kernel)


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The fan that `mode` asks for."""
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"mode must be one of {modes}, found {mode!r}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def fan_in(weight: Tensor) -> int:
    """How many inputs one output is computed from, for weights (O, I) or (O, C, KH, KW).

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.fan_in(zeros(6, 3, 5, 5))
    75
    """
    return _calculate_fan_in_and_fan_out(weight)[0]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights are larger for an activation to keep the variance.

    Parameters
    ----------
    nonlinearity : str
        "linear", "conv1d" and its like, "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
    param : float, optional
        The slope of "leaky_relu" below zero, 0.01 if not given.

    Raises
    ------
    ValueError
        There is no such nonlinearity, or `param` is not a number.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.init.calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"the slope of leaky_relu must be a number, found {slope!r}")
        return sqrt(2 / (1 + slope * slope))
    if nonlinearity not in GAINS:
        raise ValueError(f"no gain for {nonlinearity!r}: there are {[*GAINS, 'leaky_relu']}")
    return GAINS[nonlinearity]
