"""What counts as an array, as floats, as class indices: conversions that the layers above share.

The compiled module checks the rest: the range of labels, sizes that must fit, options.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

FLOAT = np.dtype(np.float32)
INT64 = np.dtype(np.int64)


def as_array(x: Any) -> np.ndarray:
    """`x` as a C-contiguous array of float32, integers or booleans; other floats become float32."""
    a = np.asarray(x)
    kind = a.dtype.kind
    if kind == "f":
        return np.asarray(a, FLOAT, order="C")
    if kind in "iub":
        return np.asarray(a, a.dtype.newbyteorder("="), order="C")
    raise TypeError(f"a tensor holds floats, integers or booleans; found {a.dtype}")


def as_floats(x: Any, name: str) -> np.ndarray:
    """`x` as a C-contiguous float32 array.

    Integers are refused where they are somebody's choice of dtype (labels in the wrong place, most
    often), not where they are Python's numbers.
    """
    a = np.asarray(x)
    kind = a.dtype.kind
    if kind == "f" or (kind in "iu" and not hasattr(x, "dtype")):
        return np.asarray(a, FLOAT, order="C")
    raise TypeError(f"{name} must be floats, found {a.dtype}: convert it to float32 first")


def as_rows(x: np.ndarray, axis: int) -> np.ndarray:
    """`x` as a matrix whose rows run along `axis`."""
    if x.ndim == 2 and (axis == 1 or axis == -1):
        return x
    x = np.moveaxis(x, axis, -1)
    return np.ascontiguousarray(x).reshape(prod(x.shape[:-1]), x.shape[-1])


def from_rows(rows: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """The array of this shape that `as_rows` has made `rows` of."""
    if len(shape) == 2 and (axis == 1 or axis == -1):
        return rows
    axis %= len(shape)
    moved = rows.reshape(*shape[:axis], *shape[axis + 1 :], shape[axis])
    return np.ascontiguousarray(np.moveaxis(moved, -1, axis))


def class_axis(shape: tuple[int, ...]) -> int:
    """The axis of the classes in logits (C,), (N, C) or (N, C, d1, ...)."""
    if not shape:
        raise ValueError("the scores of the classes must have shape (C,), (N, C) or (N, C, ...)")
    return 1 if len(shape) > 1 else 0


def class_indices(target: Any, shape: tuple[int, ...]) -> np.ndarray:
    """`target` as int64, of the shape that logits of shape `shape` need."""
    t = np.asarray(target)
    needed = shape[:1] if len(shape) == 2 else () if len(shape) == 1 else shape[:1] + shape[2:]
    whole = t.dtype.kind in "iu"
    if whole and t.shape == needed:
        return np.asarray(t, INT64, order="C")
    found = f"found {t.dtype} of shape {t.shape} for scores of shape {shape}"
    indices = f"class indices (integers of shape {needed})"
    if whole and (t.shape == shape or (t.ndim == 2 == len(shape) and t.shape[1] > 1)):
        raise ValueError(
            f"the target looks one-hot: {found}. Give {indices}, for instance "
            f"target.argmax({class_axis(shape)}), or float probabilities to cross_entropy of "
            "lanegrad.nn.functional or lanegrad.nn.CrossEntropyLoss"
        )
    if t.dtype.kind == "f" and t.shape == shape:
        raise TypeError(
            f"the target must be {indices}; {found}. Class probabilities are for cross_entropy of "
            "lanegrad.nn.functional and lanegrad.nn.CrossEntropyLoss"
        )
    raise (ValueError if whole else TypeError)(f"the target must be {indices}; {found}")


def loss_arguments(
    scores: np.ndarray, target: Any, weight: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[int, ...]]:
    """Scores as rows, their class indices, class weights if any, and the shape of the target."""
    axis = class_axis(scores.shape)
    rows = as_rows(scores, axis)
    indices = class_indices(target, scores.shape)
    shape = indices.shape
    if len(shape) != 1:
        indices = indices.reshape(-1)
    return rows, indices, None if weight is None else as_floats(weight, "weight"), shape


def shaped_loss(loss: Any, shape: tuple[int, ...]) -> Any:
    """The losses of rows in the shape of their targets; a reduced loss as it is."""
    return loss.reshape(shape) if loss.ndim and len(shape) != 1 else loss


def check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none", found {reduction!r}')
