"""Averages of a network's parameters over the steps of its training: SWA and EMA."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from math import cos, pi
from typing import Any, Literal

import numpy as np

from .. import _core
from .._core import OptimizerStep
from .._tensor import Tensor, overwrite, plain_array
from .._tensor.convert import FLOAT
from ..autograd import no_grad
from ..nn import Module
from ..nn.batchnorm import _BatchNorm
from .lr_scheduler import LRScheduler
from .lr_scheduler.scheduler import Rates, per_group
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

_Average = Callable[[Tensor, Tensor, Any], Tensor]
_MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> _Average:
    """The function of an exponential moving average, for `avg_fn`: it keeps `decay` of itself."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> _Average:
    """The function of the mean of all, for `avg_fn`."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (int(num_averaged) + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> _MultiAverage:
    """The function of an exponential moving average, for `multi_avg_fn`: it keeps `decay` of itself."""
    _check_decay(decay)

    def ema_update(
        ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        _move(ema_param_list, current_param_list, 1 - decay)

    return ema_update


def get_swa_multi_avg_fn() -> _MultiAverage:
    """The function of the mean of all, for `multi_avg_fn`."""

    def swa_update(
        averaged_param_list: Sequence[Tensor],
        current_param_list: Sequence[Tensor],
        num_averaged: Any,
    ) -> None:
        _move(averaged_param_list, current_param_list, 1 / (int(num_averaged) + 1))

    return swa_update


class AveragedModel(Module):
    """A copy of a network whose parameters are averages of the network's.

    Parameters
    ----------
    model : Module
        What is copied.
    device : optional
        The CPU.
    avg_fn : callable, optional
        Gives the new average for one tensor: ``avg_fn(averaged, current, num_averaged)``.
    multi_avg_fn : callable, optional
        Changes the averages of a list of tensors. Without either, the average is the mean of all (SWA) [1]_.
    use_buffers : bool
        Whether buffers are averaged as well; else they are copied.

    Attributes
    ----------
    module : Module
        The copy.
    n_averaged : Tensor of int64, ()
        How many times `update_parameters` was called.

    References
    ----------
    .. [1] P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> from lanegrad.optim import swa_utils
    >>> net = nn.Linear(2, 1, bias=False)
    >>> averaged = swa_utils.AveragedModel(net, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.75))
    >>> for value in (0.0, 4.0):
    ...     _ = nn.init.constant_(net.weight, value)
    ...     averaged.update_parameters(net)
    >>> averaged.module.weight.tolist()
    [[1.0, 1.0]]
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: _Average | None = None,
        multi_avg_fn: _MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        if device is not None and str(device) != "cpu":
            raise RuntimeError(f"lanegrad runs on the CPU: leave device={device!r} out")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", np.zeros((), np.int64))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the copy gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the network's parameters, as they are now, into the averages."""
        averaged, buffers_of_averaged = _tensors(self.module)
        current, buffers_of_current = _tensors(model)
        buffers = list(zip(buffers_of_averaged, buffers_of_current, strict=True))
        if self.use_buffers:
            averaged += buffers_of_averaged
            current += buffers_of_current
            buffers = []
        own = [x.detach() for x in averaged]
        others = [x.detach() for x in current]
        if int(self.n_averaged) == 0:
            buffers += list(zip(own, others, strict=True))
        elif self.avg_fn is not None:
            for x, y in zip(own, others, strict=True):
                _set(x, self.avg_fn(x, y, self.n_averaged).detach().numpy())
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(own, others, self.n_averaged)
        for x, y in buffers:
            _set(x, y.detach().numpy())
        _set(self.n_averaged, self.n_averaged.numpy() + 1)


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of the batch normalization layers anew, as means over all batches.

    Parameters
    ----------
    loader : iterable
        Gives batches, or lists or tuples that begin with them.
    model : Module
        Is in training mode while it looks at them, and as it was then.
    device : optional
        The CPU.
    """
    if device is not None and str(device) != "cpu":
        raise RuntimeError(f"lanegrad runs on the CPU: leave device={device!r} out")
    momenta = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for norm in momenta:
        norm.reset_running_stats()
        norm.momentum = None
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    for norm, momentum in momenta.items():
        norm.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Takes the rates to `swa_lr` in `anneal_epochs` steps and leaves them there.

    Parameters
    ----------
    optimizer : Optimizer
    swa_lr : float or list of float
        A list has one per group.
    anneal_epochs : int
    anneal_strategy : {"cos", "linear"}
        The shape of the way.
    last_epoch : int

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.swa_utils.SWALR(optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be 'cos' or 'linear', found {anneal_strategy!r}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be an int of at least 0, found {anneal_epochs!r}")
        rates = per_group(optimizer, "swa_lr", swa_lr)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """The part of the way that is gone at a step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - cos(pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> Rates:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"decay must be in [0, 1], found {decay}")


def _tensors(module: Module) -> tuple[list[Tensor], list[Tensor]]:
    """The parameters and the buffers of a network, in the order of its modules."""
    parts = list(module.modules())
    parameters = dict.fromkeys(p for part in parts for p in part._parameters.values())
    buffers = [part._buffers[name] for part in parts for name in sorted(part._buffers)]
    return [p for p in parameters if p is not None], [b for b in buffers if b is not None]


def _move(averaged: Sequence[Tensor], current: Sequence[Tensor], weight: float) -> None:
    """Take each of `averaged` a part of the way to its counterpart.

    That is x - lr * (y + weight_decay * x), so one call of SGD's kernel does it for all of them.
    """
    moved = []
    for x, y in zip(averaged, current, strict=True):
        if x.dtype == y.dtype == FLOAT and plain_array(x).contiguous:
            x = x.detach()
            x.grad = y.detach()
            moved.append(x)
        else:
            a = plain_array(x).array()
            _set(x, a + (plain_array(y).array() - a) * weight)
    step = OptimizerStep()
    step.check(moved, {}, (None,) * 4, {"lr": -weight, "weight_decay": -1.0, "maximize": False})
    step.step("sgd")
    _core.run()


def _set(x: Tensor, values: np.ndarray) -> None:
    overwrite(x, _core.adopt(np.array(values, x.dtype)))
