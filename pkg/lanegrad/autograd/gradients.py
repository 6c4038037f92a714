"""Backward passes from several tensors, and gradients that are given back instead of being added up."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, ShapeError, adopt, record
from .._tensor.inside import array_of, as_tensor

if TYPE_CHECKING:
    from .._tensor import Tensor

__all__ = ["backward", "grad"]


def upstream(tensor: Tensor, gradient: Any = None) -> _core.Array:
    """What a backward pass from a tensor begins with: a gradient of its shape, unless of one element."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: nothing it was computed "
            "from requires a gradient, or it was computed under no_grad()"
        )
    if gradient is None:
        if tensor.numel() != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs: backward() of a tensor of shape "
                f"{tensor.shape} needs a gradient of that shape; a loss is a single number, as sum() and "
                "mean() give"
            )
        return _core.one() if not tensor.shape else adopt(np.ones(tensor.shape, np.float32))
    given = as_tensor(gradient)
    if given.shape != tensor.shape:
        raise ShapeError(f"gradient has shape {given.shape}, the tensor has {tensor.shape}")
    array = array_of(given)
    return array if given.dtype == np.float32 else adopt(array.array().astype(np.float32))


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of tensors to `.grad` of every leaf that they were computed from, in one pass.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
    grad_tensors : Tensor or sequence, optional
        The gradient with respect to each; those of one element need none.
    retain_graph : bool, optional
        Keep what a second pass through the same tensors needs.
    create_graph : bool
        Gradients of gradients are not computed: must be False.
    grad_variables : Tensor or sequence, optional
        Deprecated: `grad_tensors`.
    inputs : Tensor or sequence of Tensor, optional
        The only tensors whose `.grad` changes; they need not be leaves.

    Raises
    ------
    RuntimeError
        As `Tensor.backward`.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.ones(2, requires_grad=True)
    >>> lanegrad.autograd.backward([x.sum(), (x * 2).sum()])
    >>> x.grad
    tensor([3., 3.])
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated: use `grad_tensors`", FutureWarning, stacklevel=2
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to backward(): use "
                "`grad_tensors`"
            )
        grad_tensors = grad_variables
    roots, gradients = _started(tensors, grad_tensors, create_graph)
    if inputs is None:
        _core.backward(roots, gradients, bool(retain_graph))
        return
    wanted = (inputs,) if isinstance(inputs, BaseTensor) else tuple(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    _differentiable(wanted)
    for x in wanted:
        if not x.is_leaf:
            x.retain_grad()  # whose pass adds it up
    found = _core.backward(roots, gradients, bool(retain_graph), wanted)
    for x, g in zip(wanted, found, strict=True):
        if g is not None and x.is_leaf:
            added = _core.plain_of(g).copy()
            x.grad = record(added if x.grad is None else _core.add_alike(added, array_of(x.grad)))


def _differentiable(wanted: tuple[Tensor, ...]) -> None:
    for tensor in wanted:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of tensors with respect to others, which are left as they are.

    Parameters
    ----------
    outputs, inputs : Tensor or sequence of Tensor
    grad_outputs : Tensor or sequence, optional
        The gradient with respect to each output; those of one element need none.
    retain_graph : bool, optional
        Keep what a second pass through the same tensors needs.
    create_graph, is_grads_batched : bool
        Gradients of gradients, and of several passes at once, are not computed: must be False.
    only_inputs : bool
        Deprecated: has no effect, with a warning if it is False.
    allow_unused : bool, optional
        Give None for an input that the outputs do not depend on, instead of raising.
    materialize_grads : bool
        Give zeros for such an input.

    Returns
    -------
    tuple of Tensor

    Raises
    ------
    RuntimeError
        As `Tensor.backward`, or an input requires no gradient or was not used.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.ones(2, requires_grad=True)
    >>> lanegrad.autograd.grad((x * x).sum(), x)
    (tensor([2., 2.]),)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now", FutureWarning, stacklevel=2
        )
    if is_grads_batched:
        raise NotImplementedError("is_grads_batched=True is not there: call grad() for each")
    wanted = (inputs,) if isinstance(inputs, BaseTensor) else tuple(inputs)
    _differentiable(wanted)
    roots, gradients = _started(outputs, grad_outputs, create_graph)
    found = _core.backward(roots, gradients, bool(retain_graph), wanted)
    if None in found and not (allow_unused or materialize_grads):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph: set "
            "allow_unused=True if this is the desired behavior"
        )
    return tuple(
        record(_core.full(x.shape, 0.0))
        if g is None and materialize_grads
        else g if g is None else record(_core.plain_of(g).copy())
        for x, g in zip(wanted, found, strict=True)
    )  # fmt: skip


def _started(
    tensors: Tensor | Sequence[Tensor], gradients: Any, create_graph: bool
) -> tuple[tuple[Tensor, ...], tuple[_core.Array, ...]]:
    """The tensors that a backward pass begins at, and its gradients there."""
    if create_graph:
        raise NotImplementedError(
            "create_graph=True is not there: lanegrad computes no gradients of gradients"
        )
    roots = (tensors,) if isinstance(tensors, BaseTensor) else tuple(tensors)
    if gradients is None or isinstance(gradients, BaseTensor):
        gradients = [gradients] * len(roots) if gradients is None else [gradients]
    if len(gradients) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(gradients)} gradients")
    return roots, tuple(upstream(x, g) for x, g in zip(roots, gradients, strict=True))
