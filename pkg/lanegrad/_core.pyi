"""Types of the compiled module. Arrays are C-contiguous float32, targets int64, results fresh."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

_Pair = tuple[int, ...]

def empty(shape: Iterable[int]) -> np.ndarray: ...
def pack_lanes(x: np.ndarray) -> np.ndarray: ...
def unpack_lanes(x: np.ndarray, N: int) -> np.ndarray: ...
def conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    groups: int,
    relu: bool = False,
) -> np.ndarray: ...
def conv2d_backward_input(
    gy: np.ndarray,
    weight: np.ndarray,
    size: _Pair,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    groups: int,
) -> np.ndarray: ...
def conv2d_backward_weight(
    gy: np.ndarray,
    x: np.ndarray,
    kernel_size: _Pair,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    groups: int,
) -> np.ndarray: ...
def conv2d_backward_bias(gy: np.ndarray) -> np.ndarray: ...
def set_winograd(allowed: bool) -> None: ...
def get_winograd() -> bool: ...
def max_pool2d(
    x: np.ndarray,
    kernel: _Pair,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    ceil_mode: bool = False,
    relu: bool = False,
) -> np.ndarray: ...
def max_pool2d_backward(
    gy: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    kernel: _Pair,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    ceil_mode: bool = False,
    relu: bool = False,
) -> np.ndarray: ...
def max_pool2d_indices(
    x: np.ndarray,
    N: int,
    kernel: _Pair,
    stride: _Pair,
    padding: _Pair,
    dilation: _Pair,
    ceil_mode: bool = False,
) -> np.ndarray: ...
def avg_pool2d(
    x: np.ndarray,
    kernel: _Pair,
    stride: _Pair,
    padding: _Pair,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray: ...
def avg_pool2d_backward(
    gy: np.ndarray,
    shape: _Pair,
    kernel: _Pair,
    stride: _Pair,
    padding: _Pair,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray: ...
def adaptive_avg_pool2d(x: np.ndarray, size: tuple[int | None, ...]) -> np.ndarray: ...
def adaptive_avg_pool2d_backward(
    gy: np.ndarray, shape: _Pair, size: tuple[int | None, ...]
) -> np.ndarray: ...
def batch_norm(
    x: np.ndarray,
    N: int,
    running_mean: Any,
    running_var: Any,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    training: bool,
    momentum: float | None,
    eps: float,
    num_batches_tracked: Any = None,
    relu: bool = False,
) -> tuple[np.ndarray, np.ndarray]: ...
def batch_norm_backward(
    gy: np.ndarray,
    x: np.ndarray,
    N: int,
    statistics: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    training: bool,
    relu: bool = False,
    input_needed: bool = True,
) -> tuple[Any, np.ndarray, np.ndarray]: ...
def pad(
    x: np.ndarray, left: Iterable[int], right: Iterable[int], mode: str, value: float = 0.0
) -> np.ndarray: ...
def pad_backward(
    gy: np.ndarray, shape: _Pair, left: Iterable[int], right: Iterable[int], mode: str
) -> np.ndarray: ...
def cat(arrays: list[np.ndarray], axis: int) -> np.ndarray: ...
def split(y: np.ndarray, sizes: Iterable[int], axis: int) -> list[np.ndarray]: ...
def relu(x: np.ndarray) -> np.ndarray: ...
def relu_backward(gy: np.ndarray, y: np.ndarray) -> np.ndarray: ...
def add(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray: ...
def mul(a: np.ndarray, b: np.ndarray) -> np.ndarray: ...
def mul_scalar(x: np.ndarray, factor: float) -> np.ndarray: ...
def exp(x: np.ndarray) -> np.ndarray: ...
def log(x: np.ndarray) -> np.ndarray: ...
def matmul(
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
    add_to: np.ndarray | None = None,
    relu: bool = False,
) -> np.ndarray: ...
def batch_matmul(
    a: np.ndarray,
    b: np.ndarray,
    transpose_a: bool = False,
    transpose_b: bool = False,
    shape: tuple[int, ...] | None = None,
) -> np.ndarray: ...
def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray: ...
def sum_rows(a: np.ndarray) -> np.ndarray: ...
def check_reduction(reduction: str) -> None: ...
def as_floats(x: Any, name: str) -> np.ndarray: ...
def softmax(x: Any, axis: int) -> np.ndarray: ...
def log_softmax(x: Any, axis: int) -> np.ndarray: ...
def softmax_backward(gy: Any, y: Any, axis: int) -> np.ndarray: ...
def log_softmax_backward(gy: Any, y: Any, axis: int) -> np.ndarray: ...
def cross_entropy(
    logits: Any,
    target: Any,
    weight: Any,
    sample_weight: Any,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    z_loss: float,
    softcap: float | None,
    axis: int | None,
    grad: Any = None,
    stats: bool = False,
    target_grad: bool = False,
    totals: tuple[float, float] | None = None,
) -> tuple[Any, Any, Any, Any, Any]: ...
def scaled(x: np.ndarray, factor: np.ndarray) -> np.ndarray: ...
def loss_targets(
    shape: _Pair,
    target: Any,
    weight: Any,
    sample_weight: Any,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    z_loss: float,
    softcap: float | None,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, int, tuple[float, float]]: ...
def nll_loss(
    log_probs: Any,
    target: Any,
    weight: Any,
    sample_weight: Any,
    ignore_index: int,
    reduction: str,
    axis: int | None,
) -> Any: ...
def nll_loss_backward(
    grad: Any,
    log_probs: Any,
    target: Any,
    weight: Any,
    sample_weight: Any,
    ignore_index: int,
    reduction: str,
    axis: int | None,
) -> np.ndarray: ...

class ParamTable:
    def fill(
        self,
        params: list[np.ndarray],
        grads: list[np.ndarray],
        states: list[dict[str, np.ndarray]] | None = None,
        names: tuple[str | None, ...] = ...,
        first: Iterable[int] = (),
    ) -> list[int]: ...
    def set_options(self, group: dict[str, Any]) -> None: ...

def sgd_step(table: ParamTable) -> None: ...
def adam_step(table: ParamTable) -> None: ...
def rmsprop_step(table: ParamTable) -> None: ...
def clip_grad_norm(
    grads: list[np.ndarray], max_norm: float, norm_type: float, error_if_nonfinite: bool
) -> np.ndarray: ...
def clip_grad_value(grads: list[np.ndarray], clip_value: float) -> None: ...
def set_num_threads(count: int) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def isas() -> list[str]: ...
def set_isa(name: str) -> None: ...
def build_info() -> dict[str, Any]: ...

FMA_LOOP_FLOPS: int

def fma_loop(blocks: int) -> np.ndarray: ...
def copy_loop(x: np.ndarray, y: np.ndarray) -> None: ...
def simd_names() -> list[str]: ...
def simd(
    name: str, a: np.ndarray, b: np.ndarray | None = None, c: np.ndarray | None = None, k: int = 0
) -> np.ndarray: ...

class CannotRecord(Exception): ...

def is_recording() -> bool: ...
def escapes(what: str) -> None: ...
def note(thing: object) -> None: ...
def seen(array: np.ndarray) -> np.ndarray: ...
def note_gradient(leaf: Any, read: bool) -> Any: ...
def keep_live(pack: Callable[[], bytes]) -> None: ...

class Recording:
    notes: list[Any]
    gradients: dict[Any, Any]
    def __init__(self, inputs: list[np.ndarray]) -> None: ...
    def __enter__(self) -> Recording: ...
    def __exit__(self, *error: object) -> None: ...
    def finish(self, results: list[np.ndarray], gradients: list[np.ndarray]) -> Plan: ...

class Plan:
    signature: Any
    arena_bytes: int
    kept_bytes: int
    unplanned_bytes: int
    def run(self, inputs: list[np.ndarray]) -> list[np.ndarray] | None: ...

def unchanged(guards: list[tuple[dict[str, Any], str, Any]]) -> bool: ...
