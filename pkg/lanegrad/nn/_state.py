"""Saved states of modules: what is written over a module's parameters and buffers, checked first."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _core
from .._core import Array, ShapeError
from .._tensor import Tensor, as_tensor, overwrite
from ._members import joined
from .parameter import Parameter, UninitializedParameter

if TYPE_CHECKING:
    from .module import Module


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` gives: names that the state lacks, and those that the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self[0]}, unexpected_keys={self[1]})"


def own_state(module: Module, prefix: str = "") -> dict[str, tuple[Module, str]]:
    """For each name of a state, the module that has the tensor, and its name there."""
    found = {}
    for path, part in module.named_modules(prefix=prefix, remove_duplicate=False):
        for name, _ in part._own_state():
            found[f"{path}.{name}" if path else name] = part, name
    return found


_MODULE = f"{__package__}.module"  # which has methods for subclasses to define
EXTRA = "_extra_state"
"""The name in a state of what `get_extra_state` gives."""


def positional(args: tuple[Any, ...], *options: Any) -> tuple[Any, ...]:
    """The options of `state_dict`, the first of which were given by their places, as was right once."""
    warnings.warn(
        "Positional args are being deprecated, use kwargs instead.", FutureWarning, stacklevel=3
    )
    return (*args, *options[len(args) :])


def save(module: Module, state: MutableMapping[str, Any], prefix: str, keep_vars: bool) -> None:
    """Write what a state has of a module itself."""
    for hook in module._hooks_of("save_pre"):
        hook.function(module, prefix, keep_vars)
    for name, tensor in module._own_state():
        state[prefix + name] = tensor if keep_vars else tensor.detach()
    if _has_extra(module):
        state[prefix + EXTRA] = module.get_extra_state()


def _has_extra(module: Any) -> bool:
    """Whether a subclass has defined `get_extra_state`."""
    owner = next(cls for cls in type(module).__mro__ if "get_extra_state" in vars(cls))
    return owner.__module__ != _MODULE


def load(module: Module, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """What `Module.load_state_dict` does."""
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict of tensors by name, found {type(state).__name__}")
    parts = list(module.named_modules(remove_duplicate=False))
    keys = IncompatibleKeys([], [])
    wrong: list[str] = []
    state = dict(state)  # which hooks may change
    for path, part in parts:
        for hook in part._hooks_of("load_pre"):
            hook.function(part, state, path and f"{path}.", {}, strict, *keys, wrong)
    own = own_state(module)
    extra = {joined(path, EXTRA): part for path, part in parts if _has_extra(part)}
    known = {**own, **extra}
    keys.missing_keys.extend(name for name in known if name not in state)
    keys.unexpected_keys.extend(name for name in state if name not in known)
    new: dict[str, Array] = {}
    for name, (part, last) in own.items():
        if name in state:
            try:
                new[name] = _fitting(getattr(part, last), state[name])
            except (TypeError, ValueError) as error:
                wrong.append(f"{name} {error}")
    hooks = [(hook, part) for _, part in parts for hook in part._hooks_of("load")]
    if wrong or not hooks:
        _check(module, own, keys, wrong, strict)
    for name, array in new.items():
        part, last = own[name]
        _put(part, last, array, state[name] if assign else None)
    for name, part in extra.items():
        if name in state:
            part.set_extra_state(state[name])
    for hook, part in hooks:
        hook.function(part, keys)  # which may strike names from the lists
    _check(module, own, keys, [], strict)
    return keys


def _check(
    module: Module, own: Mapping[str, Any], keys: IncompatibleKeys, wrong: list[str], strict: bool
) -> None:
    """A ShapeError that lists all that is wrong, if something is."""
    lines = list(wrong)
    if strict:
        lines = [f"{name} is missing" for name in keys.missing_keys]
        lines += [f"{name} is not part of the module" for name in keys.unexpected_keys]
        lines += [*_hint(own, keys.unexpected_keys), *wrong]
    if lines:
        text = "".join(f"\n\t{line}" for line in lines)
        raise ShapeError(f"the state does not fit {type(module).__name__}:{text}")


def _hint(own: Mapping[str, Any], unexpected: list[str]) -> list[str]:
    """What to do about names that nn.DataParallel gives, where they are what is wrong."""
    start = "module."
    if unexpected and all(
        name.startswith(start) and name[len(start) :] in own for name in unexpected
    ):
        return ["it was saved from nn.DataParallel: load it into nn.DataParallel(net)"]
    return []


def _fitting(tensor: Tensor, value: Any) -> Array:
    """A copy of a value for a tensor; an error says what is wrong about it."""
    try:
        array = as_tensor(value).detach().numpy()
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"cannot be read: {error}") from None
    if not isinstance(tensor, UninitializedParameter):
        if array.shape == (1,) and tensor.shape == ():  # as old versions of PyTorch saved numbers
            array = array.reshape(())
        if array.shape != tensor.shape:
            raise ShapeError(f"has shape {array.shape} instead of {tensor.shape}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError("holds NaN: load a state from before it did")
    with np.errstate(invalid="ignore"):
        found = array.astype(tensor.dtype)
    if tensor.dtype.kind in "iub" and (found != array).any():
        raise ValueError(f"holds {array[found != array].flat[0]}, which {tensor.dtype} has not")
    return _core.adopt(found)


def _put(module: Module, name: str, array: Array, given: Any) -> None:
    """Write an array over a tensor; or, if one is given, make that the module's own."""
    tensor = getattr(module, name)
    if given is not None:
        value = given if isinstance(given, Tensor) else _core.record(array)
        if isinstance(tensor, Parameter) and not isinstance(value, Parameter):
            value = Parameter(value, tensor.requires_grad)
        setattr(module, name, value)
        return
    if isinstance(tensor, UninitializedParameter):
        tensor.materialize(array.shape)
    overwrite(tensor, array)
