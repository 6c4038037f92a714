"""Hooks: functions that are called before and after a module's forward and backward passes."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from itertools import count
from math import prod
from types import TracebackType
from typing import Any, NamedTuple

from .. import _core
from .._core import Array, record
from .._tensor import Tensor, array_of, plain_array
from .._tensor.joining import cat
from .._tensor.views import flatten
from ..autograd import no_grad

_numbers = count()

Tensors = tuple[Tensor | None, ...]


class _Hook(NamedTuple):
    kind: str  # "forward", "backward", "save" or "load", or such a one with "_pre"
    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


class RemovableHandle:
    """What registering a hook gives: `remove` takes the hook away again, as leaving a ``with`` does.

    Examples
    --------
    >>> from lanegrad import nn
    >>> net = nn.ReLU()
    >>> with net.register_forward_hook(lambda module, args, output: output + 1):
    ...     net([-1.0, 2.0])
    tensor([1., 3.])
    >>> net([-1.0, 2.0])
    tensor([0., 2.])
    """

    def __init__(self, module: Hooked) -> None:
        self.id = next(_numbers)
        self._module = weakref.ref(module)

    def remove(self) -> None:
        """Take the hook away; nothing happens if it has gone already."""
        module = self._module()
        if module is not None and module._hooks:
            others = {number: hook for number, hook in module._hooks.items() if number != self.id}
            module._hooks = others or None  # and a copy of the module keeps what it has

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


class Hooked(_core.BaseModule):
    """A module's hooks. `_hooks` holds them by number, and is None where there are none."""

    _hooks: dict[int, _Hook] | None

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Have ``hook(module, args)`` called before `forward`; what it gives, if not None, replaces args.

        Parameters
        ----------
        hook : callable
            With `with_kwargs` it is ``hook(module, args, kwargs)``, and gives a pair or None.
        prepend : bool
            Whether it is called before the hooks that are there.
        with_kwargs : bool
        """
        return self._register_hook(_Hook("forward_pre", hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Have ``hook(module, args, output)`` called after `forward`; what it gives, if not None,
        replaces the output.

        Parameters
        ----------
        hook : callable
            With `with_kwargs` it is ``hook(module, args, kwargs, output)``.
        prepend : bool
            Whether it is called before the hooks that are there.
        with_kwargs : bool
        always_call : bool
            Whether it is called even where `forward` raised an error, with None as the output.
        """
        return self._register_hook(_Hook("forward", hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Have ``hook(module, grad_output)`` called before the backward pass through the module; what it
        gives, if not None, replaces the gradients of the outputs."""
        return self._register_hook(_Hook("backward_pre", hook), prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Have ``hook(module, grad_input, grad_output)`` called when the gradients of the inputs are
        there; what it gives, if not None, replaces them.

        `grad_input` has one entry for each positional argument of the module, None for one without a
        gradient, and `grad_output` one for each output.
        """
        return self._register_hook(_Hook("backward", hook), prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Left out: PyTorch's gives gradients of the last op alone. RuntimeError."""
        raise RuntimeError("register_backward_hook is left out: use register_full_backward_hook")

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Have ``hook(module, prefix, keep_vars)`` called before the module is written to a state."""
        return self._register_hook(_Hook("save_pre", hook), False)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Have ``hook(module, state_dict, prefix, local_metadata)`` called after the module, and all in it,
        have been written to a state, which it may change."""
        return self._register_hook(_Hook("save", hook), False)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Have ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs)`` called before a state is read; it may change that, which is a copy, and the lists."""
        return self._register_hook(_Hook("load_pre", hook), False)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Have ``hook(module, incompatible_keys)`` called after a state has been read; it may strike names
        from the two lists of `incompatible_keys`, which are an error then no more."""
        return self._register_hook(_Hook("load", hook), False)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """As `register_load_state_dict_pre_hook`, of a hook that does not take the module."""
        function = hook if with_module else lambda module, *args: hook(*args)
        return self.register_load_state_dict_pre_hook(function)

    def _register_hook(self, hook: _Hook, prepend: bool) -> RemovableHandle:
        handle = RemovableHandle(self)
        new, others = {handle.id: hook}, self._hooks or {}
        self._hooks = {**new, **others} if prepend else {**others, **new}
        return handle

    def _hooks_of(self, kind: str) -> list[_Hook]:
        return [hook for hook in (self._hooks or {}).values() if hook.kind == kind]

    def _call_with_hooks(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """What calling a module does where there are hooks."""
        called: list[_Hook] = []
        try:
            for hook in self._hooks_of("forward_pre"):
                if hook.with_kwargs:
                    replaced = hook.function(self, args, kwargs)
                    args, kwargs = (args, kwargs) if replaced is None else replaced
                else:
                    replaced = hook.function(self, args)
                    if replaced is not None:
                        args = replaced if isinstance(replaced, tuple) else (replaced,)
            passes = None
            if self._hooks_of("backward") or self._hooks_of("backward_pre"):
                passes = _BackwardPass(self)
                args = passes.through_inputs(args)
            output = self.forward(*args, **kwargs)  # type: ignore[attr-defined]
            for hook in self._hooks_of("forward"):
                called.append(hook)
                given = (args, kwargs, output) if hook.with_kwargs else (args, output)
                replaced = hook.function(self, *given)
                output = output if replaced is None else replaced
            return output if passes is None else passes.through_outputs(output)
        except Exception:
            for hook in self._hooks_of("forward"):
                if hook.always_call and hook not in called:
                    given = (args, kwargs, None) if hook.with_kwargs else (args, None)
                    try:
                        hook.function(self, *given)
                    except Exception as error:
                        warnings.warn(f"a hook with always_call=True failed: {error}", stacklevel=2)
            raise


class _BackwardPass:
    """One call of a module whose backward hooks want its gradients."""

    def __init__(self, module: Hooked) -> None:
        self.module = module
        self.inputs = 0  # how many there are
        self.differentiable = False  # whether one of them has a gradient
        self.grad_output: Tensors = ()

    def through_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.inputs = len(args)
        self.differentiable = any(isinstance(x, Tensor) and x.requires_grad for x in args)
        return _through(args, self.of_inputs)

    def through_outputs(self, output: Any) -> Any:
        if isinstance(output, tuple):
            return _through(output, self.of_outputs)
        return _through((output,), self.of_outputs)[0]

    def of_outputs(self, grads: Tensors) -> Tensors:
        for hook in self.module._hooks_of("backward_pre"):
            grads = _replaced(grads, hook.function(self.module, grads))
        self.grad_output = grads
        if not self.differentiable:
            self.of_inputs((None,) * self.inputs)
        return grads

    def of_inputs(self, grads: Tensors) -> Tensors:
        for hook in self.module._hooks_of("backward"):
            grads = _replaced(grads, hook.function(self.module, grads, self.grad_output))
        return grads


def _replaced(grads: Tensors, given: Any) -> Tensors:
    """The gradients that a hook gave instead of these."""
    if given is None:
        return grads
    given = given if isinstance(given, tuple) else (given,)
    if len(given) != len(grads):
        raise RuntimeError(f"a backward hook gave {len(given)} gradients instead of {len(grads)}")
    return tuple(given)


def _through(things: tuple[Any, ...], function: Callable[[Tensors], Tensors]) -> tuple[Any, ...]:
    """The same things, so that a function sees, and may replace, the gradients of the tensors among them.

    Several tensors go through one node of the tape as one row: their gradients are there together.
    """
    places = [i for i, x in enumerate(things) if isinstance(x, Tensor) and x.requires_grad]
    if not places or not _core.is_grad_enabled():
        return things
    tensors = [things[i] for i in places]
    if len(tensors) == 1:
        row = tensors[0]
        value = plain_array(row).alias()
    else:
        row = cat([flatten(x) for x in tensors])
        value = plain_array(row)

    def gradient(g: Array) -> Array:
        with no_grad():
            grads: list[Tensor | None] = [None] * len(things)
            for place, part in zip(places, _parts(record(g), tensors), strict=True):
                grads[place] = part
            given = function(tuple(grads))
            kept = [
                # A module that is called without one of its gradients has that one gone.
                flatten(x * 0 if grad is None else grad)
                for x, grad in ((things[i], given[i]) for i in places)
            ]
            return array_of(cat(kept)).copy().reshape(row.shape)

    through = list(things)
    for place, part in zip(places, _parts(record(value, gradient, (), row), tensors), strict=True):
        through[place] = part
    return tuple(through)


def _parts(row: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """A row of the elements of tensors, cut into tensors of their shapes."""
    if len(tensors) == 1:
        return [row]
    sizes = [prod(x.shape) for x in tensors]
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [
        row[end - size : end].reshape(x.shape)
        for x, size, end in zip(tensors, sizes, ends, strict=True)
    ]
