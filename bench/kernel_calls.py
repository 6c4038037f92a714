"""Calls of lanegrad's kernels with as little as can be between them and the clock: a function on
tensors that hold lanes already, and for a gradient the rule that it leaves on the tape.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, nn, ops, optim
from lanegrad._core import record

from .kernels import FAMILIES, FMA_FLOPS, FMA_ROUNDS
from .problems import NETWORKS

assert FMA_ROUNDS * _core.FMA_LOOP_FLOPS == FMA_FLOPS

Shape = tuple[int, ...]
_T = TypeVar("_T")


def kernel(family: str, name: str) -> Callable[[], object]:
    """The call of a row of `FAMILIES`."""
    row = FAMILIES[family][name]
    call: Callable[[], object] = globals()[f"_{row.function}"](*row.arguments)
    return at_once(call)


def at_once(call: Callable[[], _T]) -> Callable[[], _T]:
    """The same, with kernels called as they are noted."""

    def run() -> _T:
        before = lanegrad.set_deferred(False)
        try:
            return call()
        finally:
            lanegrad.set_deferred(before)

    return run


def settled(call: Callable[[], _T]) -> Callable[[], _T]:
    """The same, after which all calls that it has noted are made."""

    def run() -> _T:
        result = call()
        _core.run()
        return result

    return run


def fma_loop(family: str, name: str) -> Callable[[], object]:
    """Nothing but multiply-adds: `FMA_FLOPS` of them, whatever the row."""
    return lambda: _core.fma_loop(FMA_ROUNDS)


def copy_loop(family: str, name: str) -> Callable[[], object]:
    """A copy that moves as many floats as the row's kernel."""
    source, copied = np.zeros((2, FAMILIES[family][name].moved // 2), np.float32) + 1
    return lambda: _core.copy_loop(source, copied)


def _conv2d(x: Shape, weight: Shape, stride: int, padding: int) -> Callable[[], object]:
    return _forward(F.conv2d, _images(x), _array(weight), None, stride, padding)


def _conv2d_backward_input(x: Shape, weight: Shape, *options: int) -> Callable[[], object]:
    return _gradient(F.conv2d, _required(_images(x)), _array(weight), None, *options)


def _conv2d_backward_weight(x: Shape, weight: Shape, *options: int) -> Callable[[], object]:
    return _gradient(F.conv2d, _images(x), _required(_array(weight)), None, *options)


def _linear(x: Shape, weight: Shape) -> Callable[[], object]:
    return _forward(F.linear, _array(x), _array(weight))


def _linear_backward_input(x: Shape, weight: Shape) -> Callable[[], object]:
    return _gradient(F.linear, _required(_array(x)), _array(weight))


def _linear_backward_weight(x: Shape, weight: Shape) -> Callable[[], object]:
    return _gradient(F.linear, _array(x), _required(_array(weight)))


def _max_pool2d(x: Shape) -> Callable[[], object]:
    return _forward(F.max_pool2d, _images(x), 2)


def _max_pool2d_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.max_pool2d, _required(_images(x)), 2)


def _activation(name: str, x: Shape) -> Callable[[], object]:
    return _forward(getattr(F, name), _images(x), *_options(name, x))


def _activation_backward(name: str, x: Shape) -> Callable[[], object]:
    return _gradient(getattr(F, name), _required(_images(x)), *_options(name, x))


def _options(name: str, x: Shape) -> list[Any]:
    """What an activation takes besides: slopes, or the axis of channels."""
    return {"prelu": [_array((x[1],))], "softmax": [1]}.get(name, [])


def _loss(name: str, x: Shape) -> Callable[[], object]:
    return _forward(_each(name), *_outputs_and_targets(x))


def _loss_backward(name: str, x: Shape) -> Callable[[], object]:
    outputs, targets = _outputs_and_targets(x)
    return _gradient(_each(name), _required(outputs), targets)


def _each(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of each element."""
    return partial(getattr(F, name), reduction="none")


def _outputs_and_targets(x: Shape) -> tuple[Tensor, Tensor]:
    """Probabilities, which all losses take."""
    return lanegrad.sigmoid(_array(x)), lanegrad.sigmoid(_array(x) - 1)


def _batch_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.batch_norm, _images(x), *_norm_arguments(x[1]))


def _batch_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.batch_norm, _required(_images(x)), *_norm_arguments(x[1]))


def _batch_norm_rows(x: Shape) -> Callable[[], object]:
    return _forward(F.batch_norm, _array(x[:2]), *_norm_arguments(x[1]))


def _batch_norm_rows_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.batch_norm, _required(_array(x[:2])), *_norm_arguments(x[1]))


def _group_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.group_norm, _images(x), 4, *_affine((x[1],)))


def _group_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.group_norm, _required(_images(x)), 4, *_affine((x[1],)))


def _instance_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.instance_norm, _images(x), None, None, *_affine((x[1],)))


def _instance_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.instance_norm, _required(_images(x)), None, None, *_affine((x[1],)))


def _layer_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.layer_norm, _images(x), x[1:], *_affine(x[1:]))


def _layer_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.layer_norm, _required(_images(x)), x[1:], *_affine(x[1:]))


def _rms_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.rms_norm, _images(x), x[1:], _affine(x[1:])[0])


def _rms_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.rms_norm, _required(_images(x)), x[1:], _affine(x[1:])[0])


def _local_response_norm(x: Shape) -> Callable[[], object]:
    return _forward(F.local_response_norm, _images(x), 5)


def _local_response_norm_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.local_response_norm, _required(_images(x)), 5)


def _pad(mode: str, x: Shape) -> Callable[[], object]:
    return _forward(F.pad, _images(x), (1, 1, 1, 1), mode)


def _pad_backward(mode: str, x: Shape) -> Callable[[], object]:
    return _gradient(F.pad, _required(_images(x)), (1, 1, 1, 1), mode)


def _pixel_shuffle(x: Shape) -> Callable[[], object]:
    return _forward(F.pixel_shuffle, _images(x), 2)


def _pixel_shuffle_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.pixel_shuffle, _required(_images(x)), 2)


def _conv_transpose2d(x: Shape, weight: Shape) -> Callable[[], object]:
    return _forward(F.conv_transpose2d, _images(x), _array(weight), None, 2)


def _conv_transpose2d_backward_input(x: Shape, weight: Shape) -> Callable[[], object]:
    return _gradient(F.conv_transpose2d, _required(_images(x)), _array(weight), None, 2)


def _conv_transpose2d_backward_weight(x: Shape, weight: Shape) -> Callable[[], object]:
    return _gradient(F.conv_transpose2d, _images(x), _required(_array(weight)), None, 2)


def _adaptive_max_pool2d(x: Shape, size: int) -> Callable[[], object]:
    return _forward(F.adaptive_max_pool2d, _images(x), size)


def _adaptive_max_pool2d_backward(x: Shape, size: int) -> Callable[[], object]:
    return _gradient(F.adaptive_max_pool2d, _required(_images(x)), size)


def _upsample(x: Shape, mode: str) -> Callable[[], object]:
    return _forward(F.interpolate, _images(x), None, 2, mode)


def _upsample_backward(x: Shape, mode: str) -> Callable[[], object]:
    return _gradient(F.interpolate, _required(_images(x)), None, 2, mode)


def _grid_sample(x: Shape) -> Callable[[], object]:
    return _forward(F.grid_sample, _array(x), _grid(x), "bilinear", "zeros", False)


def _grid_sample_backward(x: Shape) -> Callable[[], object]:
    return _gradient(F.grid_sample, _required(_array(x)), _grid(x), "bilinear", "zeros", False)


def _add(x: Shape) -> Callable[[], object]:
    return _forward(Tensor.__add__, _images(x), _images(x))


def _pack_lanes(x: Shape) -> Callable[[], object]:
    images = _array(x).numpy()
    return lambda: _core.pack_lanes(images)


def _unpack_lanes(x: Shape) -> Callable[[], object]:
    lanes = _core.pack_lanes(_array(x).numpy())
    return lambda: _core.unpack_lanes(lanes, x[0])


def _transpose(x: Shape) -> Callable[[], object]:
    shown = _core.with_axes(_plain(x), (1, 0))
    return lambda: shown.copy()


def _take(x: Shape) -> Callable[[], object]:
    rows, index = _plain(x), _numbers(x[0], x[0])
    return lambda: _core.take(rows, index, 0)


def _index_add(x: Shape) -> Callable[[], object]:
    rows, index, op = _plain(x), _numbers(x[0], x[0]), _core.SCATTER_OPS["sum"]
    return lambda: _core.put(rows, index, rows, 0, 1, op)


def _gather(x: Shape) -> Callable[[], object]:
    rows, index = _plain(x), _numbers(x[1], *x)
    return lambda: _core.gather(rows, index, 1)


def _scatter_add(x: Shape) -> Callable[[], object]:
    rows, index, op = _plain(x), _numbers(x[1], *x), _core.SCATTER_OPS["sum"]
    return lambda: _core.scatter(rows, index, rows, 1, op)


def _tril(x: Shape) -> Callable[[], object]:
    return _forward(lanegrad.tril, _array(x))


def _flip(x: Shape) -> Callable[[], object]:
    return _forward(lanegrad.flip, _array(x), (1,))


def _cummax(x: Shape) -> Callable[[], object]:
    rows = _plain(x)
    return lambda: _core.scan_extremes(rows, 1, False)


def _sum(x: Shape, axis: int | None) -> Callable[[], object]:
    return _forward(lanegrad.sum, _array(x), axis)


def _sum_of_integers(x: Shape) -> Callable[[], object]:
    return _forward(lanegrad.sum, record(_numbers(100, *x)))


def _prod(x: Shape) -> Callable[[], object]:
    return _forward(lanegrad.prod, _array(x), 1)


def _largest(x: Shape) -> Callable[[], object]:
    rows = _array(x)
    return lambda: lanegrad.max(rows, 1)


def _var(x: Shape) -> Callable[[], object]:
    return _forward(lanegrad.var, _array(x), 1)


def _var_backward(x: Shape) -> Callable[[], object]:
    return _gradient(lanegrad.var, _required(_array(x)), 1)


def _cumsum(x: Shape) -> Callable[[], object]:
    rows = _plain(x)
    return lambda: _core.scan(rows, 1, False, False)


def _sort(x: Shape) -> Callable[[], object]:
    rows = _plain(x)
    return lambda: _core.sort(rows, 1, x[1], False, _core.SORT_PICKS["first"], True)


def _plain(x: Shape) -> _core.Array:
    return _core.copied(_array(x).numpy())


def _numbers(below: int, *shape: int) -> _core.Array:
    return _core.copied(np.random.default_rng(0).integers(0, below, shape))


def _cross_entropy(logits: Shape) -> Callable[[], object]:
    scores = _array(logits).numpy()
    target = np.arange(len(scores)) % logits[1]
    return lambda: ops.cross_entropy_with_grad(scores, target)


def _sgd(network: str) -> Callable[[], object]:
    params = [nn.Parameter(np.zeros(shape, np.float32)) for shape in NETWORKS[network].values()]
    for param in params:
        param.grad = lanegrad.zeros(*param.shape)
    return optim.SGD(params, lr=0.001, momentum=0.9).step


def _array(shape: Shape) -> Tensor:
    rng = np.random.default_rng(0)
    return lanegrad.tensor(rng.standard_normal(shape, np.float32) / math.sqrt(shape[-1]))


def images_of(array: NDArray[np.float32]) -> Tensor:
    """A tensor that holds lanes, as an activation does."""
    return record(_core.lanes_of(lanegrad.tensor(array)._value))


def _images(shape: Shape) -> Tensor:
    return images_of(_array(shape).numpy())


def _required(x: Tensor) -> Tensor:
    x.requires_grad = True
    return x


def _norm_arguments(channels: int) -> tuple[Any, ...]:
    mean, var = lanegrad.zeros(channels), lanegrad.ones(channels)
    return mean, var, lanegrad.ones(channels), lanegrad.zeros(channels), True


def _affine(shape: Shape) -> tuple[Tensor, Tensor]:
    return lanegrad.ones(*shape), lanegrad.zeros(*shape)


def _grid(shape: Shape) -> Tensor:
    """Places in the images, as many as these have pixels."""
    places = np.random.default_rng(0).uniform(-1, 1, (shape[0], *shape[2:], 2))
    return lanegrad.tensor(places.astype(np.float32))


def _forward(function: Callable[..., Tensor], *arguments: Any) -> Callable[[], object]:
    return lambda: function(*arguments)


def _gradient(function: Callable[..., Tensor], *arguments: Any) -> Callable[[], object]:
    """The rule of the function's result, for those arguments that require a gradient."""
    y = function(*arguments)
    gradient = y.detach() + 1
    if y._value.in_lanes:
        gradient = record(_core.lanes_of(gradient._value))
    node: Any = y._edge
    return lambda: node.gradients(gradient._value)
