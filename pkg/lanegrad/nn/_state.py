"""Saved states of modules: what is written over a module's parameters and buffers, checked first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _core
from .._core import Array, ShapeError
from .._tensor import Tensor, as_tensor, overwrite
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


def load(module: Module, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """What `Module.load_state_dict` does."""
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict of tensors by name, found {type(state).__name__}")
    own = own_state(module)
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    wrong = []
    if strict:
        wrong += [f"{name} is missing" for name in missing]
        wrong += [f"{name} is not part of the module" for name in unexpected]
        wrong += _hint(own, unexpected)
    new: dict[str, Array] = {}
    for name, (part, last) in own.items():
        if name in state:
            try:
                new[name] = _fitting(getattr(part, last), state[name])
            except (TypeError, ValueError) as error:
                wrong.append(f"{name} {error}")
    if wrong:
        text = "".join(f"\n\t{line}" for line in wrong)
        raise ShapeError(f"the state does not fit {type(module).__name__}:{text}")
    for name, array in new.items():
        part, last = own[name]
        _put(part, last, array, state[name] if assign else None)
    return IncompatibleKeys(missing, unexpected)


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
    return _core.adopt(np.array(array, tensor.dtype))


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
