"""Function: an op whose forward and backward pass a user writes in Python."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, record
from .._tensor.broadcasting import summed_to
from .._tensor.inside import array_of, as_tensor, become
from .modes import no_grad

if TYPE_CHECKING:
    from .._tensor import Tensor

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What the forward pass of a `Function` leaves for its backward pass.

    Attributes
    ----------
    saved_tensors : tuple of Tensor
        What `save_for_backward` was given; a RuntimeError if it has been changed in place since.
    needs_input_grad : tuple of bool
        Which arguments of `apply` require a gradient.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self._saved: tuple[Any, ...] = ()
        self._versions: tuple[tuple[Array, int] | None, ...] | None = None
        self._without_gradient: tuple[BaseTensor, ...] = ()
        self._changed: tuple[BaseTensor, ...] = ()
        self._zeros = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for the backward pass."""
        for i, x in enumerate(tensors):
            if not (x is None or isinstance(x, BaseTensor)):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type "
                    f"{type(x).__name__}: keep it as an attribute of ctx"
                )
        self._saved = tensors

    def _close(self) -> None:
        """After the forward pass: what is saved must not change from now on."""
        arrays = (None if x is None else array_of(x) for x in self._saved)
        self._versions = tuple(None if a is None else (a, a.version) for a in arrays)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given."""
        if any(
            noted is not None and noted[0].version != noted[1] for noted in self._versions or ()
        ):
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace "
                "operation after save_for_backward: work on a copy, such as .clone() gives"
            )
        return self._saved

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """As `saved_tensors`."""
        return self.saved_tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say that no gradient goes through these results."""
        self._without_gradient = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say that these arguments, which are results too, were changed in place."""
        self._changed = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether the backward pass gets zeros, not None, for results that the loss does not depend on."""
        self._zeros = value


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself: gradients of gradients are computed of no backward pass.

    Examples
    --------
    >>> from lanegrad.autograd.function import once_differentiable
    >>> once_differentiable(len) is len
    True
    """
    return fn


class Function:
    """An op with a gradient rule of one's own.

    A subclass has static methods ``forward(ctx, *args)``, or ``forward(*args)`` with
    ``setup_context(ctx, inputs, output)``, and ``backward(ctx, *gradients)``, which gives a gradient or None
    for each argument. It is called by ``apply``.

    Examples
    --------
    >>> import lanegrad
    >>> class Sign(lanegrad.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return (x > 0).float() * 2 - 1
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return g
    >>> x = lanegrad.tensor([-1.5, 2.0], requires_grad=True)
    >>> y = Sign.apply(x)
    >>> y.detach()
    tensor([-1.,  1.])
    >>> y.sum().backward()
    >>> x.grad
    tensor([1., 1.])
    """

    def __init__(self) -> None:
        raise RuntimeError(f"{type(self).__name__} is called by {type(self).__name__}.apply(...)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """What the op computes."""
        raise NotImplementedError("a Function needs a static method forward")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """What the backward pass is to know, where `forward` takes no context."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments, from those of the results."""
        raise NotImplementedError("a Function needs a static method backward")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Compute the op, and record it."""
        takes_context = cls.setup_context is Function.setup_context
        if kwargs or not takes_context:
            bound = signature(cls.forward).bind(*[None] * takes_context, *args, **kwargs)
            bound.apply_defaults()
            args = bound.args[takes_context:]
        needs = tuple(isinstance(x, BaseTensor) and x.requires_grad for x in args)
        ctx = FunctionCtx(needs)
        with no_grad():
            if takes_context:
                output = cls.forward(ctx, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
        ctx._close()
        results = output if isinstance(output, tuple) else (output,)
        recorded = _recorded(cls, ctx, args, results)
        return recorded if isinstance(output, tuple) else recorded[0]


def _recorded(
    function: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], results: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The results on the tape: parts of one long row, since one backward pass is for all of them."""
    parts = [
        i
        for i, y in enumerate(results)
        if isinstance(y, BaseTensor)
        and y.dtype == np.float32
        and not _is_among(y, ctx._without_gradient)
    ]
    inputs = [x if needed else None for x, needed in zip(args, ctx.needs_input_grad, strict=True)]
    if not parts or not any(ctx.needs_input_grad) or not _core.is_grad_enabled():
        return tuple(_fresh(y, ctx) if isinstance(y, BaseTensor) else y for y in results)
    arrays = [array_of(results[i]).array() for i in parts]
    row = adopt(np.concatenate([a.ravel() for a in arrays]))
    shapes = tuple(a.shape for a in arrays)
    arrived: set[int] = set()  # results whose gradient has come
    saved = (
        function,
        ctx,
        shapes,
        parts,
        arrived,
        len(results),
        tuple(None if x is None else x.shape for x in inputs),
    )
    rule = _gradients if len(args) > 1 else _gradient
    whole = record(row, rule, saved, *inputs)
    recorded, start = list(results), 0
    for i, shape in zip(parts, shapes, strict=True):
        size = int(np.prod(shape))
        piece = _core.part_of(row, (slice(start, start + size),))
        saved_part = row.shape, start, size, arrived, i
        result = record(piece.reshape(shape), _part_gradient, saved_part, whole)
        recorded[i] = become(results[i], result) if _is_among(results[i], ctx._changed) else result
        start += size
    return tuple(recorded)


def _is_among(y: Any, tensors: tuple[BaseTensor, ...]) -> bool:
    return any(y is other for other in tensors)


def _fresh(y: BaseTensor, ctx: FunctionCtx) -> BaseTensor:
    return y if _is_among(y, ctx._changed) else record(_core.plain_of(array_of(y)).alias())


def _part_gradient(
    g: Array, row: tuple[int, ...], start: int, size: int, arrived: set[int], number: int
) -> Array:
    arrived.add(number)
    whole = np.zeros(row, np.float32)
    whole[start : start + size] = g.array().ravel()
    return adopt(whole)


def _gradient(g: Array, *saved: Any) -> Array | None:
    return _gradients(g, (True,), *saved)[0]


def _gradients(
    g: Array,
    need: tuple[bool, ...],
    function: type[Function],
    ctx: FunctionCtx,
    shapes: tuple[tuple[int, ...], ...],
    parts: list[int],
    arrived: set[int],
    count: int,
    wanted: tuple[tuple[int, ...] | None, ...],
) -> tuple[Array | None, ...]:
    row, start = g.array(), 0
    upstream: list[Any] = [None] * count
    for i, shape in zip(parts, shapes, strict=True):
        size = int(np.prod(shape))
        if ctx._zeros or i in arrived:
            upstream[i] = record(adopt(np.array(row[start : start + size]).reshape(shape)))
        start += size
    arrived.clear()
    with no_grad():
        given = function.backward(ctx, *upstream)
    gradients = list(given) if isinstance(given, tuple) else [given]
    extra = gradients[len(need) :]
    if len(gradients) < len(need) or any(x is not None for x in extra):
        raise RuntimeError(
            f"function {function.__name__} returned an incorrect number of gradients (expected {len(need)}, "
            f"got {len(gradients)})"
        )
    return tuple(
        _checked(gradients[i], function, i, wanted[i]) if needed else None
        for i, needed in enumerate(need)
    )


def _checked(
    gradient: Any, function: type[Function], number: int, shape: tuple[int, ...] | None
) -> Array | None:
    if gradient is None:
        return None
    g = _core.plain_of(array_of(_core.float_tensor(as_tensor(gradient), "the gradient")))
    assert shape is not None
    if len(g.shape) >= len(shape) and g.shape != shape:
        with suppress(ValueError):
            if np.broadcast_shapes(g.shape, shape) == g.shape:  # the argument was broadcast
                return summed_to(g.array(), shape)
    if g.shape != shape:
        raise ShapeError(
            f"function {function.__name__} returned an invalid gradient at index {number} - got {g.shape} "
            f"but expected shape compatible with {shape}"
        )
    return g.copy() if g.outside else g
