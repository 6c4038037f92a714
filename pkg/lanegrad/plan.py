"""compile: a step of training or inference that is recorded once and then played without Python.

A step is run by itself and its kernel calls are recorded until two recordings agree; from then on the calls
are made again, one after the other, in memory that was laid out for them. What a recording holds on to is
compared before each call, and where it has changed the step is recorded anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import chain
from types import CellType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np

from . import _core
from ._signature import describe, describe_result, rebuilt, with_arrays
from .autograd import mode
from .nn import Module
from .optim import Optimizer
from .tensor import Tensor

PLANS = 16  # kept by a compiled step: one for each combination of shapes, modes and so on
ATTEMPTS = 8  # recordings in a row that do not agree, until a step is given up

Guard = tuple[dict[Any, Any], Any, Any]


class Memory(NamedTuple):
    """The bytes that plans hold."""

    arena: int
    """Shared by temporary arrays, one after the other. Of what is used for one block of images at a
    time, each thread has its own."""
    kept: int
    """Gradients and results, and what else outlives a call."""
    unplanned: int
    """What the temporary arrays would take side by side."""


class CompiledStep:
    """What `compile` makes of a function. Call it as the function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._cases: dict[Any, _Case] = {}
        self._warned = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _core.is_recording():  # this one is part of what is recorded, or another thread records
            return self.function(*args, **kwargs)
        arrays: list[np.ndarray] = []
        try:
            described = describe(args, arrays), describe(kwargs, arrays) if kwargs else None
        except _core.CannotRecord as reason:
            self._warn(str(reason))
            return self.function(*args, **kwargs)
        settings = mode.enabled, _core.get_num_threads(), _core.isa(), _core.get_winograd()
        key = described, settings
        case = self._cases.get(key)
        if case is None:
            case = self._cases[key] = _Case()
            if len(self._cases) > PLANS:
                del self._cases[next(iter(self._cases))]
        for plan in case.plans:
            if plan.guards.hold():
                results = plan.core.run(arrays)
                if results is None:  # the data is not as it should be: then let the step say so
                    return self.function(*args, **kwargs)
                for leaf, gradient in plan.gradients:
                    leaf.grad = gradient
                return rebuilt(plan.shape, results, args, kwargs)
        if case.attempts > ATTEMPTS:
            return self.function(*args, **kwargs)
        return self._record(case, args, kwargs, arrays)

    def _record(
        self, case: _Case, args: tuple[Any, ...], kwargs: dict[str, Any], arrays: list[np.ndarray]
    ) -> Any:
        # The step gets copies, so that an address tells which argument it belongs to.
        copies = [array.copy("K") for array in arrays]
        given = with_arrays((args, kwargs), iter(copies))
        recording = _core.Recording(copies)
        values: list[np.ndarray] = []
        shape: Any = None
        case.attempts += 1
        with recording:
            result = self.function(*given[0], **given[1])
            try:
                shape = describe_result(result, values, given)
            except _core.CannotRecord as reason:
                _core.escapes(str(reason))
        gradients = [(leaf, leaf.grad) for leaf in recording.gradients]
        try:
            core = recording.finish(values, [g._plain() for _, g in gradients if g is not None])
        except _core.CannotRecord as reason:
            if (
                case.refused
            ):  # the first time may have been that of preparations, such as optimizers make
                case.attempts = ATTEMPTS + 1
                self._warn(str(reason))
            case.refused = True
            return result if shape is None else rebuilt(shape, values, args, kwargs)
        plan = _Plan(core, shape, gradients, _Guards(self.function, recording))
        if any(plan.agrees(other) for other in case.candidates):
            case.plans = [plan, *case.plans[: PLANS - 1]]
            case.candidates.clear()
            case.attempts = 0
        else:
            case.candidates = [plan.without_memory(), *case.candidates[:3]]
            if case.attempts > ATTEMPTS:
                case.candidates.clear()
                self._warn("what it computes with, besides its arguments, changes at each call")
        return rebuilt(shape, [value.copy() for value in values], args, kwargs)

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            name = getattr(self.function, "__qualname__", type(self.function).__name__)
            warnings.warn(f"{name} cannot be recorded and runs as it is: {reason}", stacklevel=4)

    @property
    def plans(self) -> int:
        """How many plans there are: one for each combination of shapes, modes and so on."""
        return sum(len(case.plans) for case in self._cases.values())

    def memory(self) -> Memory:
        """The bytes that the plans hold, of all together."""
        cores = [plan.core for case in self._cases.values() for plan in case.plans]
        return Memory(
            sum(core.arena_bytes for core in cores),
            sum(core.kept_bytes for core in cores),
            sum(core.unplanned_bytes for core in cores),
        )


def compile(function: Callable[..., Any]) -> CompiledStep:
    """Make a step of training or inference faster: its kernels run without Python between them.

    The first calls run `function` as it is and record what its kernels do with which memory. Once two
    recordings agree, a call only checks that nothing has changed and makes the same kernel calls again, with
    the same bits as the function itself would give. Temporary arrays share one piece of memory.

    Parameters
    ----------
    function : callable
        Takes tensors, arrays and anything else, in tuples, lists and dicts too; gives a tensor, several in a
        tuple, list or dict, or None. It may run backward passes and optimizers. What else Python does in it
        (printing, counting) happens only while it is recorded.

    Returns
    -------
    CompiledStep
        To be called as the function. It has ``plans``, how many there are, and ``memory()``.

    Notes
    -----
    There is a plan for each combination of: shapes and dtypes of the tensors and arrays among the arguments;
    values of the other arguments; whether gradients are recorded; what the function's own closure and global
    variables, and the attributes of the modules that it calls, hold (training mode and parameters are among
    them); which gradients were there before. What functions called by it read from elsewhere is taken to stay
    as it was. An optimizer's options may change at any time.

    A step whose Python looks at values (``loss.item()``, ``if x.max() > 0``), computes with NumPy, gives back
    a tensor through which a backward pass is still to go, or takes one that requires a gradient, cannot be
    recorded: it runs as it is, and a warning says why, once.

    Results are fresh at each call. Gradients are the same tensors at each call, with new values.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad import nn, optim
    >>> _ = lanegrad.manual_seed(0)
    >>> net = nn.Linear(4, 3)
    >>> criterion, optimizer = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1)
    >>> @lanegrad.compile
    ... def step(inputs, labels):
    ...     optimizer.zero_grad()
    ...     loss = criterion(net(inputs), labels)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> x, labels = lanegrad.ones(2, 4), lanegrad.tensor([0, 2])
    >>> losses = [step(x, labels).item() for _ in range(10)]
    >>> losses[9] < losses[0], step.plans
    (True, 1)
    """
    return CompiledStep(function)


class _Case:
    """What is known of calls with the same kinds of arguments."""

    __slots__ = ("attempts", "candidates", "plans", "refused")

    def __init__(self) -> None:
        self.plans: list[_Plan] = []
        self.candidates: list[_Plan] = []  # recorded once, to be compared with the next recording
        self.attempts = 0
        self.refused = False


class _Plan:
    """A recording that can be played, what it needs to find as it was, and what it leaves behind."""

    __slots__ = ("core", "gradients", "guards", "shape", "signature")

    def __init__(
        self,
        core: Any,
        shape: Any,
        gradients: list[tuple[Any, Tensor | None]],
        guards: _Guards,
    ) -> None:
        self.core = core
        self.shape = shape  # of the result
        self.gradients = gradients
        self.guards = guards
        left = [(id(leaf), gradient is None) for leaf, gradient in gradients]
        self.signature = core.signature, shape, left

    def agrees(self, other: _Plan) -> bool:
        return self.signature == other.signature and self.guards.agree(other.guards)

    def without_memory(self) -> _Plan:
        self.core = None
        self.gradients = []
        return self


class _Guards:
    """What a recording depends on besides its arguments."""

    __slots__ = ("cells", "gradients", "names", "optimizers", "tensors")

    def __init__(self, function: Callable[..., Any], recording: _core.Recording) -> None:
        names: list[Guard] = []
        tensors: dict[int, Tensor] = {}
        self.cells: list[tuple[CellType, Any]] = []
        if isinstance(function, MethodType):
            if not isinstance(function.__self__, Module | Optimizer) and hasattr(
                function.__self__, "__dict__"
            ):
                names += _items(vars(function.__self__))
            function = function.__func__
        if isinstance(function, FunctionType):
            for cell in function.__closure__ or ():
                self.cells.append((cell, cell.cell_contents))
            used = set(function.__code__.co_names)
            names += [guard for guard in _items(function.__globals__) if guard[1] in used]
        modules = {}
        for thing in recording.notes:
            if isinstance(thing, Module):
                modules.update({id(module): module for module in thing.modules()})
        for module in modules.values():
            names += _items(vars(module))
        self.optimizers = []
        for thing in {id(thing): thing for thing in recording.notes}.values():
            if isinstance(thing, Optimizer):
                self.optimizers.append((thing, _states(thing)))
                names += [
                    (vars(thing), name, vars(thing)[name]) for name in ("state", "param_groups")
                ]
                names += [(group, "params", group["params"]) for group in thing.param_groups]
                names += _items(thing.state)
                for state in thing.state.values():
                    names += _items(state)
        for value in chain((v for _, _, v in names), (v for _, v in self.cells)):
            if isinstance(value, Tensor):
                tensors[id(value)] = value
        self.names = names
        self.tensors = [(t, t._value, t._edge) for t in tensors.values()]
        self.gradients = [
            (leaf, before)
            for leaf, before in recording.gradients.items()
            if before is not recording
        ]

    def hold(self) -> bool:
        """Whether all is as it was."""
        for cell, value in self.cells:
            if not _same(cell.cell_contents, value):
                return False
        for tensor, array, edge in self.tensors:
            if tensor._value is not array or tensor._edge is not edge:
                return False
        for leaf, before in self.gradients:
            if leaf.grad is not before:
                return False
        for optimizer, states in self.optimizers:
            if _states(optimizer) != states:
                return False
        return _core.unchanged(self.names)

    def agree(self, other: _Guards) -> bool:
        return (
            len(self.names) == len(other.names)
            and all(
                a[0] is b[0] and a[1] is b[1] and _same(a[2], b[2])
                for a, b in zip(self.names, other.names, strict=True)
            )
            and len(self.cells) == len(other.cells)
            and all(_same(a[1], b[1]) for a, b in zip(self.cells, other.cells, strict=True))
            and self.optimizers == other.optimizers
            and len(self.gradients) == len(other.gradients)
            and all(
                a[0] is b[0] and a[1] is b[1]
                for a, b in zip(self.gradients, other.gradients, strict=True)
            )
        )


def _states(optimizer: Optimizer) -> list[tuple[str | None, ...]]:
    """Which arrays the options of an optimizer ask for."""
    return [optimizer._state_names(group) for group in optimizer.param_groups]


def _items(names: dict[Any, Any]) -> list[Guard]:
    return [(names, name, value) for name, value in names.items()]


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and isinstance(a, int | float | str | bytes) and a == b)
