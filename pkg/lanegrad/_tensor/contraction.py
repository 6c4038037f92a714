"""Sums of products by Einstein's convention, as matrix products."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .._core import ShapeError
from .inside import as_tensor
from .parts import diagonal
from .products import matmul
from .views import permuted

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["einsum"]

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def einsum(equation: Any, *operands: Any) -> Tensor:
    """The sum of products over the axes whose letters are not in the result.

    Parameters
    ----------
    equation : str
        A letter for each axis, as in "ij,jk->ik"; "..." is for axes that are broadcast. Without "->" the
        result has the letters that come once, in alphabetical order, after those. Operands and lists of
        numbers for their axes may take turns instead, and a last list be the result's.
    *operands : Tensor or array_like
        One for each group of letters, also as one list.

    Raises
    ------
    RuntimeError
        The equation and the operands do not fit.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.einsum("ij,j->i", lanegrad.tensor([[1.0, 2.0]]), lanegrad.tensor([3.0, 4.0]))
    tensor([11.])
    """
    if not isinstance(equation, str):
        equation, operands = _of_lists((equation, *operands))
    given = (
        operands[0] if len(operands) == 1 and isinstance(operands[0], list | tuple) else operands
    )
    tensors = [as_tensor(x) for x in given]
    inputs, output = _parsed(equation, tensors)
    sizes = _sizes(inputs, tensors, equation)
    parts = [_diagonals(x, letters) for x, letters in zip(tensors, inputs, strict=True)]
    parts = [_without_ones(x, letters, sizes) for x, letters in parts]
    left, mine = parts[0]
    for i, (right, theirs) in enumerate(parts[1:], 2):
        wanted = set(output).union(*(letters for _, letters in parts[i:]))
        left, mine = _contracted(left, mine, right, theirs, wanted, sizes)
    left, mine = _summed(left, mine, set(output))
    return _arranged(left, mine, output, sizes)


def _of_lists(turns: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of "operand, list, operand, list ..., list"."""
    groups = [
        "".join("..." if n is Ellipsis else LETTERS[n] for n in axes)
        for axes in (*turns[1::2], *turns[len(turns) - len(turns) % 2 :])
    ]
    count = len(turns) // 2
    return "->".join([",".join(groups[:count]), *groups[count:]]), turns[: 2 * count : 2]


def _parsed(equation: str, tensors: list[Tensor]) -> tuple[list[str], str]:
    """The letters of the operands and the result; broadcast axes have letters of their own."""
    text = equation.replace(" ", "")
    left, arrow, output = text.partition("->")
    groups = left.split(",")
    if len(groups) != len(tensors):
        raise RuntimeError(
            f"einsum(): {len(groups)} groups of letters in {equation!r} for {len(tensors)} operands"
        )
    for letter in text.replace("->", "").replace(",", "").replace("...", ""):
        if letter not in LETTERS:
            raise RuntimeError(f"einsum(): invalid subscript {letter!r} in {equation!r}")
    free = [letter for letter in LETTERS if letter not in text]
    counts = []
    for group, x in zip(groups, tensors, strict=True):
        more = x.ndim - len(group.replace("...", ""))
        if more < 0 or (more > 0 and "..." not in group):
            raise ShapeError(
                f"einsum(): {group!r} has letters for another number of axes than shape {x.shape} has"
            )
        counts.append(more)
    broadcast = "".join(free[: max(counts)])
    names = [
        group.replace("...", broadcast[len(broadcast) - more :])
        for group, more in zip(groups, counts, strict=True)
    ]
    if not arrow:
        letters = "".join(groups).replace("...", "")
        output = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    output = output.replace("...", broadcast)
    for letter in output:
        if output.count(letter) > 1 or not any(letter in name for name in names):
            raise RuntimeError(
                f"einsum(): the result's {letter!r} must come once there and in an operand: {equation!r}"
            )
    return names, output


def _sizes(inputs: list[str], tensors: list[Tensor], equation: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for letters, x in zip(inputs, tensors, strict=True):
        for letter, n in zip(letters, x.shape, strict=True):
            if sizes.get(letter, 1) != n != 1 and letter in sizes and sizes[letter] != 1:
                raise ShapeError(
                    f"einsum(): {letter!r} of {equation!r} has length {sizes[letter]} and length {n}"
                )
            if n != 1 or letter not in sizes:
                sizes[letter] = n
    return sizes


def _diagonals(x: Tensor, letters: str) -> tuple[Tensor, str]:
    """Each letter once: axes of one letter are taken along their diagonal."""
    once = "".join(dict.fromkeys(letters))
    if once == letters:
        return x, letters
    for letter in once:
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = diagonal(x, 0, first, second)
            letters = "".join(c for i, c in enumerate(letters) if i not in (first, second)) + letter
    return x, letters


def _without_ones(x: Tensor, letters: str, sizes: dict[str, int]) -> tuple[Tensor, str]:
    """Without the axes of length 1 that are broadcast to others."""
    kept = [i for i, letter in enumerate(letters) if x.shape[i] == sizes[letter]]
    if len(kept) == len(letters):
        return x, letters
    return x.reshape([x.shape[i] for i in kept]), "".join(letters[i] for i in kept)


def _summed(x: Tensor, letters: str, wanted: set[str]) -> tuple[Tensor, str]:
    """Summed over the axes that nobody wants."""
    axes = tuple(i for i, letter in enumerate(letters) if letter not in wanted)
    if not axes:
        return x, letters
    return x.sum(axes, dtype=x.dtype), "".join(c for c in letters if c in wanted)


def _contracted(
    x: Tensor, mine: str, y: Tensor, theirs: str, wanted: set[str], sizes: dict[str, int]
) -> tuple[Tensor, str]:
    """Two operands as one: a product of matrices for each element of the axes that both have and keep."""
    x, mine = _summed(x, mine, wanted | set(theirs))
    y, theirs = _summed(y, theirs, wanted | set(mine))
    both = "".join(c for c in mine if c in theirs and c in wanted)
    inner = "".join(c for c in mine if c in theirs and c not in wanted)
    rows = "".join(c for c in mine if c not in theirs)
    columns = "".join(c for c in theirs if c not in mine)

    def length(letters: str) -> int:
        return prod(sizes[c] for c in letters)

    batch = [length(both)] if both else []
    left = permuted(x, tuple(mine.index(c) for c in both + rows + inner))
    right = permuted(y, tuple(theirs.index(c) for c in both + inner + columns))
    product = matmul(
        left.reshape(*batch, length(rows), length(inner)),
        right.reshape(*batch, length(inner), length(columns)),
    )
    result = both + rows + columns
    return product.reshape([sizes[c] for c in result]), result


def _arranged(x: Tensor, letters: str, output: str, sizes: dict[str, int]) -> Tensor:
    """In the order of the result."""
    order = tuple(letters.index(c) for c in output)
    return permuted(x, order) if order != tuple(range(len(order))) else x
