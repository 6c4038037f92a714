"""Gradients beside what differences of values say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor
from .._tensor.convert import FLOAT
from .._tensor.inside import as_tensor
from .gradients import grad
from .modes import no_grad

if TYPE_CHECKING:
    from .._tensor import Tensor

__all__ = ["GradcheckError", "gradcheck"]

STEP, TOLERANCE = 2.0**-8, 1e-3  # less is lost in the rounding of float32


class GradcheckError(RuntimeError):
    """A gradient is not what differences of values say.

    Examples
    --------
    >>> import lanegrad
    >>> issubclass(lanegrad.autograd.GradcheckError, RuntimeError)
    True
    """


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether a function's gradients are what differences of its values say.

    lanegrad computes in float32: PyTorch's `eps` and `atol`, which are meant for float64, count as 2 ** -8
    and 1e-3 where they are less.

    Parameters
    ----------
    func : callable
        Takes the inputs, and gives a tensor or several.
    inputs : Tensor or sequence
        Those that require gradients are changed while the function is called, and are then as before.
    eps : float
        How far an element is moved, either way.
    atol, rtol : float
        A gradient may be off by ``atol + rtol * abs(difference)``.
    raise_exception : bool
        False: give False instead of raising GradcheckError.
    nondet_tol : float
        By how much gradients may differ from one backward pass to the next.
    check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad
        Have no use, as those that follow: backward passes are checked, and each element.
    check_forward_ad, check_backward_ad, fast_mode, masked

    Raises
    ------
    GradcheckError
        A gradient is wrong.
    ValueError
        No input requires a gradient.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([1.0, 2.0], requires_grad=True)
    >>> lanegrad.autograd.gradcheck(lambda x: x * x, x)
    True
    """
    given = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    leaves: list[Any] = [x for x in given if isinstance(x, BaseTensor) and x.requires_grad]
    if not leaves:
        raise ValueError("gradcheck needs an input that requires a gradient: requires_grad=True")
    try:
        for number, leaf in enumerate(leaves):
            slopes = _differences(func, given, leaf, max(eps, STEP))
            first, second = (_gradients(func, given, leaf) for _ in range(2))
            for output, (want, got, again) in enumerate(zip(slopes, first, second, strict=True)):
                of = f"output {output} with respect to input {number}"
                if not np.allclose(got, again, rtol=0, atol=nondet_tol, equal_nan=True):
                    raise GradcheckError(f"the gradient of {of} differs from pass to pass")
                if not np.allclose(got, want, rtol, max(atol, TOLERANCE)):
                    raise GradcheckError(
                        f"Jacobian mismatch for {of},\nnumerical:{want}\nanalytical:{got}"
                    )
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _outputs(func: Callable[..., Any], given: tuple[Any, ...]) -> list[Tensor]:
    """The tensors of floats that a function gives."""
    found = func(*given)
    several = found if isinstance(found, tuple | list) else (found,)
    return [x for x in map(as_tensor, several) if x.dtype == FLOAT]


def _differences(
    func: Callable[..., Any], given: tuple[Any, ...], leaf: Tensor, step: float
) -> list[np.ndarray]:
    """Of each output a matrix, (elements of the leaf, elements of the output)."""
    elements = leaf.detach().numpy().reshape(-1)  # of the same memory
    columns = []
    for i, value in enumerate(elements.copy()):
        sides = []
        for moved in (value + np.float32(step), value - np.float32(step)):
            elements[i] = moved
            with no_grad():
                values = [np.array(y.numpy(), np.float64).ravel() for y in _outputs(func, given)]
            sides.append((np.float64(moved), values))
        elements[i] = value
        (above, high), (below, low) = sides
        columns.append([(a - b) / (above - below) for a, b in zip(high, low, strict=True)])
    return [np.array(rows) for rows in zip(*columns, strict=True)]


def _gradients(func: Callable[..., Any], given: tuple[Any, ...], leaf: Tensor) -> list[np.ndarray]:
    """The same by backward passes, one for each element of the outputs."""
    found = []
    for y in _outputs(func, given):
        matrix = np.zeros((leaf.numel(), y.numel()))
        for i in range(y.numel() if y.requires_grad else 0):
            one = np.zeros(y.numel(), np.float32)
            one[i] = 1
            (slope,) = grad(
                [y], [leaf], [as_tensor(one.reshape(y.shape))], retain_graph=True, allow_unused=True
            )
            if slope is not None:
                matrix[:, i] = slope.numpy().ravel()
        found.append(matrix)
    return found
