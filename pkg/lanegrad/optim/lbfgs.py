"""L-BFGS, which asks for the loss several times a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import _core
from .._tensor import Tensor, overwrite, plain_array
from .._tensor.convert import FLOAT
from ._built_in import BuiltIn, loss_of
from ._formula import full
from ._line_search import Point, strong_wolfe
from .optimizer import ParamsT

# A change of the gradient, that of the parameters, and 1 / their product.
_Pair = tuple[np.ndarray, np.ndarray, Any]


class LBFGS(BuiltIn):
    """L-BFGS, as PyTorch computes it [1]_: for the whole of a small data set rather than for batches.

    A step makes up to `max_iter` moves. Each goes along the gradient times what the last `history_size` moves
    tell of the inverse of the second derivatives.

    Parameters
    ----------
    params : iterable of Tensor
        Parameters, in one group.
    lr : float or Tensor
        The length of a move; with a line search, where this starts.
    max_iter : int
        How many moves a step makes at most.
    max_eval : int, optional
        How many times it asks for the loss; ``max_iter * 5 // 4`` unless given.
    tolerance_grad, tolerance_change : float
        A step ends where no element of the gradient is larger, or when a move changes less.
    history_size : int
    line_search_fn : {"strong_wolfe"}, optional

    Raises
    ------
    ValueError
        `lr` is negative, or there are several groups.
    RuntimeError
        There is no such line search.

    References
    ----------
    .. [1] D. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
       Mathematical Programming 45, 1989.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - lanegrad.tensor([3.0, -2.0])) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(13., requires_grad=True)
    >>> w
    tensor([ 3.0000, -2.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """ValueError for a second group."""
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        super().add_param_group(param_group)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        if options["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(
                f"line_search_fn: only 'strong_wolfe' is supported, found {options['line_search_fn']!r}"
            )

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        return {}

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Change the parameters.

        Parameters
        ----------
        closure : callable
            Sets the gradients to zero, computes the loss and its gradients and gives the loss.

        Returns
        -------
        loss
            What the first call of `closure` gave.
        """
        o = SimpleNamespace(**self.param_groups[0])
        rate = float(o.lr)
        state = self.state[o.params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        most_evals = state["func_evals"] + o.max_eval

        def evaluate() -> tuple[Any, np.ndarray]:
            state["func_evals"] += 1
            loss = loss_of(closure)
            return loss, _flat(full(p.shape, 0.0) if p.grad is None else p.grad for p in o.params)

        first_loss, grad = evaluate()
        loss = float(first_loss)
        if _largest(grad) <= o.tolerance_grad:
            return first_loss
        memory = _Memory.of(state)
        for move in range(1, o.max_iter + 1):
            state["n_iter"] += 1
            length = rate
            if state["n_iter"] == 1:
                length *= min(1.0, 1.0 / float(np.abs(grad).sum()))
            direction = memory.turned(grad, o.history_size)
            memory.loss, memory.length = loss, length
            slope = float(grad.dot(direction))
            if slope > -o.tolerance_change:
                break
            here = _flat(o.params)
            if o.line_search_fn is not None:

                def look(t: float, x: np.ndarray = here, along: np.ndarray = direction) -> Point:
                    _set(o.params, x + t * along)
                    loss, grad = evaluate()
                    return Point(t, float(loss), grad, float(grad.dot(along)))

                found = strong_wolfe(
                    look,
                    Point(0.0, loss, grad, slope),
                    length,
                    _largest(direction),
                    o.tolerance_change,
                    most_evals - state["func_evals"],
                )
                length, loss, grad = found.t, found.loss, found.grad
            memory.length = length
            _set(o.params, here + length * direction)
            if move == o.max_iter:
                break
            if o.line_search_fn is None:
                new_loss, grad = evaluate()
                loss = float(new_loss)
            if (
                state["func_evals"] >= most_evals
                or _largest(grad) <= o.tolerance_grad
                or _largest(direction * length) <= o.tolerance_change
                or abs(loss - memory.loss) < o.tolerance_change
            ):
                break
        memory.save(state)
        return first_loss


@dataclass
class _Memory:
    """The last move, and what the last ones tell of the second derivatives."""

    pairs: list[_Pair] = field(default_factory=list)
    scale: Any = 1
    direction: Any = None
    length: float = 0.0
    grad: Any = None  # before the move, as the loss
    loss: float = 0.0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> _Memory:
        if state.get("d") is None:
            return cls()
        columns = [[_array(x) for x in state[name]] for name in ("old_dirs", "old_stps", "ro")]
        scale, direction, grad = (_array(state[n]) for n in ("H_diag", "d", "prev_flat_grad"))
        pairs = list(zip(*columns, strict=True))
        return cls(pairs, scale, direction, float(state["t"]), grad, state["prev_loss"])

    def save(self, state: dict[str, Any]) -> None:
        if self.direction is None:
            return
        columns = list(zip(*self.pairs, strict=True)) or [(), (), ()]
        for name, column in zip(("old_dirs", "old_stps", "ro"), columns, strict=True):
            state[name] = [_tensor(x) for x in column]
        state.update(d=_tensor(self.direction), t=self.length, H_diag=_tensor(self.scale))
        state.update(prev_flat_grad=_tensor(self.grad), prev_loss=self.loss)

    def turned(self, grad: np.ndarray, most: int) -> Any:
        """The next direction: minus the gradient, times the inverse of the second derivatives."""
        if self.direction is not None:
            self._remember(grad - self.grad, self.direction * self.length, most)
        d: Any = -grad
        parts = []
        for y, s, r in reversed(self.pairs):
            parts.append(s.dot(d) * r)
            d -= parts[-1] * y
        d = d * self.scale
        for (y, s, r), part in zip(self.pairs, reversed(parts), strict=True):
            d += (part - y.dot(d) * r) * s
        self.grad, self.direction = grad, d
        return d

    def _remember(self, y: np.ndarray, s: np.ndarray, most: int) -> None:
        """Add a move, if it tells something: how far it went, and what the gradient did."""
        product = y.dot(s)
        if product <= 1e-10:
            return
        if len(self.pairs) == most:
            del self.pairs[0]
        self.pairs.append((y, s, 1.0 / product))
        self.scale = product / y.dot(y)


def _flat(tensors: Iterable[Tensor]) -> np.ndarray:
    return np.concatenate([plain_array(x).array().ravel() for x in tensors])


def _set(params: list[Tensor], values: np.ndarray) -> None:
    start = 0
    for p in params:
        part = values[start : start + p.numel()].reshape(p.shape)
        overwrite(p, _core.adopt(np.array(part, FLOAT)))
        start += p.numel()


def _largest(x: np.ndarray) -> float:
    return float(np.abs(x).max(initial=0.0))


def _array(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


def _tensor(x: Any) -> Any:
    return Tensor(np.array(x, FLOAT))
