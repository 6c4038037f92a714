"""Hooks of optimizers: functions that are called before and after steps, and as state is saved and loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from itertools import count
from types import MappingProxyType
from typing import Any

Hook = Callable[..., Any]
_Hooks = dict[int, Hook]
_Table = dict[str, _Hooks]  # by kind

_numbers = count()
_for_all: _Table = {}


class RemovableHandle:
    """What registering a hook gives: `remove` takes the hook away again."""

    def __init__(self, hooks: _Hooks) -> None:
        self._hooks, self.id = hooks, next(_numbers)

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _register(table: _Table, kind: str, hook: Hook, prepend: bool = False) -> RemovableHandle:
    hooks = table.setdefault(kind, {})
    handle = RemovableHandle(hooks)
    later = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[handle.id] = hook
    hooks.update(later)
    return handle


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(optimizer, args, kwargs)`` called before every step of all optimizers."""
    return _register(_for_all, "step_pre", hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(optimizer, args, kwargs)`` called after every step of all optimizers."""
    return _register(_for_all, "step_post", hook)


class Hooked:
    """Registers hooks, and has `step` of all subclasses call them."""

    _hooks: Mapping[str, _Hooks] = MappingProxyType({})  # also where __init__ is not called
    _in_step = False
    _has_stepped = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)  # type: ignore[attr-defined]

    def _own_hooks(self) -> _Table:
        hooks: _Table = self.__dict__.setdefault("_hooks", {})
        return hooks

    def _call(self, kind: str, *args: Any) -> Any:
        """Call the hooks of a kind; what they give stands for the last of `args` from then on."""
        for hook in list(self._hooks.get(kind, {}).values()):
            result = hook(self, *args)
            if result is not None and args:
                args = (*args[:-1], result)
        return args[-1] if args else None

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(optimizer, args, kwargs)`` called before each step; it may give other arguments."""
        return _register(self._own_hooks(), "step_pre", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(optimizer, args, kwargs)`` called after each step."""
        return _register(self._own_hooks(), "step_post", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer)`` called before `state_dict` collects the state."""
        return _register(self._own_hooks(), "state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(optimizer, state_dict)`` called with what `state_dict` gives; it may give another."""
        return _register(self._own_hooks(), "state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Have ``hook(optimizer, state_dict)`` called before a state is loaded; it may give another."""
        return _register(self._own_hooks(), "load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Have ``hook(optimizer)`` called after a state has been loaded."""
        return _register(self._own_hooks(), "load_state_dict_post", hook, prepend)


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, which calls the hooks; once, if it calls the step of the class above."""

    @wraps(step)
    def call(self: Hooked, *args: Any, **kwargs: Any) -> Any:
        self._has_stepped = True
        if self._in_step or not (self._hooks or _for_all):
            return step(self, *args, **kwargs)
        self._in_step = True
        try:
            for table in (_for_all, self._hooks):
                for hook in list(table.get("step_pre", {}).values()):
                    changed = hook(self, args, kwargs)
                    if changed is None:
                        continue
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(
                            f"a hook before a step gives None or (args, kwargs), found {changed!r}"
                        )
                    args, kwargs = changed
            result = step(self, *args, **kwargs)
            for table in (self._hooks, _for_all):
                for hook in list(table.get("step_post", {}).values()):
                    hook(self, args, kwargs)
            return result
        finally:
            self._in_step = False

    return call
