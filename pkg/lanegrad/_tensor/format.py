"""How tensors are written, in `repr` and in formatted strings: as PyTorch writes them."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any, NamedTuple

import numpy as np

from .convert import FLOAT


class _Options(NamedTuple):
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": _Options(),
    "short": _Options(precision=2, edgeitems=2),
    "full": _Options(threshold=inf),
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are written. What is None stays as it is, but for `sci_mode`.

    Parameters
    ----------
    precision : int, optional
        Digits after the point, 4 at first.
    threshold : int or inf, optional
        Tensors of more elements are shown by their edges, 1000 at first.
    edgeitems : int, optional
        How many elements at each end of an axis are shown then, 3 at first.
    linewidth : int, optional
        Characters in a line, 80 at first.
    profile : {"default", "short", "full"}, optional
        Values for the four above, of which those that are given go first.
    sci_mode : bool, optional
        Whether floats are written with exponents. None: where they are very large, small or different.

    Raises
    ------
    ValueError
        There is no such profile.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad._tensor.format import set_printoptions
    >>> set_printoptions(precision=2)
    >>> lanegrad.tensor([1 / 3, 2.0])
    tensor([0.33, 2.00])
    >>> set_printoptions(profile="default")
    """
    global _options
    base = _options
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"profile must be one of {', '.join(_PROFILES)}, got {profile!r}")
        base = _PROFILES[profile]
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    _options = base._replace(**changed, sci_mode=sci_mode)


def array_text(a: np.ndarray, note: str = "", before: str = "tensor(") -> str:
    """What stands in the parentheses of a tensor's repr.

    Parameters
    ----------
    a : array
    note : str
        What follows, such as ``"requires_grad=True"``.
    before : str
        What stands before it in the line.

    Examples
    --------
    >>> array_text(np.array([1.0, 2.5], np.float32))
    '[1.0000, 2.5000]'
    """
    summarize = a.size > _options.threshold
    notes = []
    if a.size:
        text = _nested(a, _Numbers(_edges(a) if summarize else a), len(before), summarize)
        usual = a.dtype in (FLOAT, np.int64, np.bool_)
    else:
        text = "[]"
        if a.ndim != 1:
            notes.append(f"size={tuple(a.shape)}")
        usual = a.dtype == FLOAT
    if not usual:
        notes.append(f"dtype={a.dtype}")
    if note:
        notes.append(note)
    line = (before + text).rpartition("\n")[2]
    column = len(line) + 2
    for item in notes:
        if column + len(item) + 2 > _options.linewidth:
            text += ",\n" + " " * len(before) + item
            column = len(before) + len(item)
        else:
            text += ", " + item
            column += len(item) + 2
    return text


class _Numbers:
    """Writes numbers in one way and width that suit all of an array's."""

    def __init__(self, a: np.ndarray) -> None:
        self._form = ""  # format specification; "." for whole floats, "" for all but floats
        if a.dtype.kind != "f":
            counted = a.ravel()
        else:
            counted = a[np.isfinite(a) & (a != 0)].astype(np.float64)
            self._form = _form_of(counted)
        self.width = max(map(len, map(self._plain, counted.tolist())), default=1)

    def _plain(self, value: Any) -> str:
        if self._form != ".":
            return format(value, self._form)
        return f"{value:.0f}" + ("." if isfinite(value) else "")

    def text(self, value: Any) -> str:
        return self._plain(value).rjust(self.width)


def _form_of(values: np.ndarray) -> str:
    whole = bool((values == np.ceil(values)).all())
    if values.size:
        least, most = np.abs(values).min(), np.abs(values).max()
        exponents = most > 1000 * least or most > 1e8 or (least < 1e-4 and not whole)
        if exponents if _options.sci_mode is None else _options.sci_mode:
            return f".{_options.precision}e"
    return "." if whole else f".{_options.precision}f"


def _ends(a: np.ndarray) -> bool:
    return len(a) > 2 * _options.edgeitems


def _edges(a: np.ndarray) -> np.ndarray:
    """The elements that are shown of an array that is not shown as a whole."""
    for axis, length in enumerate(a.shape):
        if length > 2 * _options.edgeitems:
            ends = np.r_[: _options.edgeitems, length - _options.edgeitems : length]
            a = a.take(ends, axis)
    return a


def _nested(a: np.ndarray, numbers: _Numbers, indent: int, summarize: bool) -> str:
    if not a.ndim:
        return numbers.text(a.item())
    cut = summarize and _ends(a)
    edge = _options.edgeitems if cut else len(a)
    first, last = a[:edge], a[len(a) - edge :] if cut else a[:0]
    if a.ndim > 1:
        rows = [_nested(row, numbers, indent + 1, summarize) for row in first]
        rows += ["..."] * cut
        rows += [_nested(row, numbers, indent + 1, summarize) for row in last]
        return "[" + ("," + "\n" * (a.ndim - 1) + " " * (indent + 1)).join(rows) + "]"
    items = [numbers.text(x) for x in first.tolist()]
    items += [" ..."] * cut
    items += [numbers.text(x) for x in last.tolist()]
    a_line = max(1, (_options.linewidth - indent) // (numbers.width + 2))
    lines = (", ".join(items[i : i + a_line]) for i in range(0, len(items), a_line))
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
