"""The tape: which results need a gradient, and the pass that carries gradients back to the leaves.

It knows no op and no Tensor. An op that is to be differentiated makes a `Node` of its gradient rule
and of its inputs' edges; whoever holds the op's result holds the node. A node never refers to the
result it belongs to, and a rule captures only the arrays it needs: there are no reference cycles,
and an activation that no rule captures dies as soon as nobody else holds it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from itertools import count
from threading import local
from types import TracebackType
from typing import Any, NoReturn, ParamSpec, Protocol, TypeVar, final

_P = ParamSpec("_P")
_R = TypeVar("_R")

Rule = Callable[[Any], tuple[Any, ...]]
"""Takes the gradient of the result; gives one gradient per parent, None where the parent is None.

What it gives is fresh or a view of what it took. It must not write into what it took.
"""


class Accumulator(Protocol):
    """Where gradients leave the tape."""

    def accumulate(self, gradient: Any, shared: bool) -> None:
        """Add a gradient; if it is `shared`, others may see the array, so it must not be kept."""


@final
class Node:
    """One recorded op: its gradient rule and the edges of its inputs.

    An edge is the `Node` that made an input, the `Accumulator` of a leaf, or None where no gradient
    is needed.
    """

    __slots__ = ("number", "parents", "rule")

    _numbers = count()

    def __init__(self, rule: Rule, parents: tuple[Edge, ...]) -> None:
        self.rule: Rule | None = rule
        self.parents = parents
        self.number = next(Node._numbers)  # parents have smaller ones

    def __reduce__(self) -> NoReturn:
        raise TypeError("only leaf tensors can be copied or pickled: call .detach() first")


Edge = Node | Accumulator | None


class _Mode(local):
    enabled = True  # in each thread, until it enters no_grad


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether ops are being recorded in this thread.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.is_grad_enabled()
    True
    """
    return mode.enabled


class no_grad:
    """Leaves ops unrecorded in this thread: a context manager, and a decorator for functions.

    Examples
    --------
    >>> import lanegrad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> with lanegrad.no_grad():
    ...     y = w * 2
    >>> y.requires_grad
    False
    >>> @lanegrad.no_grad()
    ... def double(x):
    ...     return x * 2
    >>> double(w).requires_grad
    False
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = mode.enabled
        mode.enabled = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        mode.enabled = self._before

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def unrecorded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with no_grad():
                return function(*args, **kwargs)

        return unrecorded


def backward(
    root: Node,
    gradient: Any,
    retain_graph: bool = False,
    add: Callable[[Any, Any], Any] = operator.add,
) -> None:
    """Carry the gradient of `root`'s result back to all leaves it was computed from.

    Nodes are taken from the newest to the oldest, so that a node's gradient is complete when its
    rule runs. Each rule and what it captured are let go right after, unless `retain_graph`. `add` sums
    the gradients of a result that has been used more than once.

    Raises
    ------
    RuntimeError
        Some of the graph was let go by an earlier backward pass. No gradient has been touched then.
    """
    gradients = {root: gradient}
    for node in _newest_first(root):
        upstream = gradients.pop(node)
        rule, parents = node.rule, node.parents
        assert rule is not None
        if not retain_graph:
            node.rule, node.parents = None, ()
        for parent, g in zip(parents, rule(upstream), strict=True):
            if type(parent) is Node:
                gradients[parent] = add(gradients[parent], g) if parent in gradients else g
            elif parent is not None:
                # A rule that may run again may give the same array again.
                parent.accumulate(g, retain_graph or _shares_memory(g, upstream))


def _newest_first(root: Node) -> list[Node]:
    reached = {root}
    pending = [root]
    while pending:
        node = pending.pop()
        if node.rule is None:
            raise RuntimeError(
                "the graph of this tensor has been freed by an earlier backward(): run the forward "
                "pass again, or call that backward with retain_graph=True"
            )
        for parent in node.parents:
            if type(parent) is Node and parent not in reached:
                reached.add(parent)
                pending.append(parent)
    return sorted(reached, key=operator.attrgetter("number"), reverse=True)


def _shares_memory(g: Any, upstream: Any) -> bool:
    """Whether `g` is `upstream`, a view of it, or a view of the same array.

    The two bases tell in a quarter of the time that numpy.may_share_memory takes.
    """
    if g is upstream:
        return True
    base = getattr(g, "base", None)
    return base is not None and (base is upstream or base is getattr(upstream, "base", None))
